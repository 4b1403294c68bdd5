// LogThread: a SqliteLog on a thread of its own, so that the relay's loop never waits for a disk.
//
// The functions of BundleLog are called from one thread, the relay's; they only queue. While a group is being committed
// the next one gathers. `notify` is called from the worker whenever there is something to poll, and after the last
// poll at most once in vain; it must do no more than wake the relay's thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "server/sqlite_log.h"

namespace tidemark::server {

class LogThread final : public BundleLog {
 public:
  // Opens the log on the calling thread, see SqliteLog for what it throws.
  LogThread(SqliteLogOptions options, std::function<void()> notify);
  // Finishes what waits, then joins.
  ~LogThread() override;

  void load(Ticket ticket, const std::string& space, const LogId& fresh) override;
  void commit(Ticket ticket, std::vector<SpacePlan> plans) override;
  void read(Ticket ticket, const std::string& space, std::uint64_t after_seq, std::size_t bytes_max) override;
  void acc_at(Ticket ticket, const std::string& space, std::uint64_t seq) override;
  void hashes_at(Ticket ticket, const std::string& space,
                 std::vector<std::pair<NodeId, std::uint64_t>> places) override;
  void chain(Ticket ticket, const std::string& space, NodeId node, std::uint64_t after_n,
             std::size_t bytes_max) override;
  void watch(const std::string& space, bool on) override;
  void mend(Ticket ticket, const std::string& space, const Head& head, SharedBytes envelope) override;
  void trim(Ticket ticket, const std::string& space, std::uint64_t up_to) override;
  std::size_t poll(std::vector<Done>& done) override;

  // As of the last finished group. From any thread.
  SqliteLogStats stats() const;

 private:
  using Call = std::function<void(SqliteLog&)>;

  void add(Call call);
  void work();

  SqliteLog log_;  // the worker's, once it runs
  const std::function<void()> notify_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Call> waiting_;  // guarded by mutex_, as all below
  std::vector<Done> finished_;
  SqliteLogStats stats_;
  bool stopping_ = false;
  std::thread worker_;  // last: starts when everything else is there
};

}  // namespace tidemark::server
