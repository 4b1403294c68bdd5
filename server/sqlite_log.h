// SqliteLog: the embedded bundle log, one SQLite file for all spaces of a relay.
//
// Calls only queue; run() executes everything that waits in one transaction and so with one sync: whatever arrived while
// the last one was under way is the next group, and no timer is needed to fill it. Outcomes can be polled only after
// COMMIT returned. A failed sync is never trusted: the connection is closed and opened anew, the commits of the group are
// `unknown`, and its reads are done again. Reads check what they give out; damage is the error relay_corrupt with the
// place, and everything else goes on.
//
// A plan that fails by itself does not stop the others of its call: the call is `committed`, the plan's own outcome and
// the error of the call say what happened. When a whole commit or trim fails, its payload repeats the outcome a plan.
//
// No thread, no clock, no randomness of its own. run() blocks on the disk: a program calls it on a thread of its own
// (log_thread.h), the simulator and the tests directly. One thread at a time.
#pragma once

#include <array>
#include <iterator>
#include <memory>
#include <string>

#include "server/bundle_log.h"

namespace tidemark::server {

class LogFile;
class LogError;

struct SqliteLogOptions {
  std::string path;  // ":memory:" makes a log without a file, for tests
  std::string vfs;   // SQLite VFS by name; empty for the default
  // A commit sorts in what earlier ones appended in the order of arrival once it is so many entries; 1 or more.
  std::size_t unsorted_max = 4096;
};

inline constexpr std::uint64_t group_sizes[] = {1, 4, 16, 64, 256, 1024, 4096};

// Counters since the start.
struct SqliteLogStats {
  std::uint64_t groups = 0;    // commits that contained a plan: each one sync
  std::uint64_t plans = 0;     // committed ones
  std::uint64_t entries = 0;   // appended
  std::uint64_t bytes = 0;     // of their envelopes
  std::uint64_t failures = 0;  // transactions that failed, and rows that are damaged
  std::uint64_t reopened = 0;  // connections given up because of it
  std::string last_failure;    // in words
  // Groups by how many entries they appended: at most group_sizes[i], the last counter for more than all of them.
  std::array<std::uint64_t, std::size(group_sizes) + 1> groups_by_size{};
};

class SqliteLog final : public BundleLog {
 public:
  // Opens or creates the file. Throws LogError not_a_log, newer_schema, corrupt, read_only, full, busy, io_error.
  explicit SqliteLog(SqliteLogOptions options);
  ~SqliteLog() override;

  void load(Ticket ticket, const std::string& space, const LogId& fresh) override;
  void commit(Ticket ticket, std::vector<SpacePlan> plans) override;
  void read(Ticket ticket, const std::string& space, std::uint64_t after_seq, std::size_t bytes_max) override;
  // A trimmed log still knows the acc just before its first entry.
  void acc_at(Ticket ticket, const std::string& space, std::uint64_t seq) override;
  // n = 0 is the zeros of an empty chain.
  void hashes_at(Ticket ticket, const std::string& space,
                 std::vector<std::pair<NodeId, std::uint64_t>> places) override;
  void chain(Ticket ticket, const std::string& space, NodeId node, std::uint64_t after_n,
             std::size_t bytes_max) override;
  void watch(const std::string& space, bool on) override;  // nobody else appends here
  void mend(Ticket ticket, const std::string& space, const Head& head, SharedBytes envelope) override;
  // Answered by Committed with one outcome.
  void trim(Ticket ticket, const std::string& space, std::uint64_t up_to) override;

  void run();
  std::size_t poll(std::vector<Done>& done) override;
  const SqliteLogStats& stats() const { return stats_; }

 private:
  struct Load {
    std::string space;
    LogId fresh;
  };
  struct Commit {
    std::vector<SpacePlan> plans;
    std::vector<std::optional<Outcome>> decided;  // one a plan: it failed by itself and is not tried again
    Error error;                                  // why
    std::size_t current = 0;                      // the plan under way
  };
  struct Read {
    std::string space;
    std::uint64_t after_seq;
    std::size_t bytes_max;
  };
  struct FindAcc {
    std::string space;
    std::uint64_t seq;
  };
  struct FindHashes {
    std::string space;
    std::vector<std::pair<NodeId, std::uint64_t>> places;
  };
  struct ReadChain {
    std::string space;
    NodeId node;
    std::uint64_t after_n;
    std::size_t bytes_max;
  };
  struct Mend {
    std::string space;
    Head head;
    SharedBytes envelope;
  };
  struct Trim {
    std::string space;
    std::uint64_t up_to;
  };
  struct Call {
    Ticket ticket = 0;
    std::variant<Load, Commit, Read, FindAcc, FindHashes, ReadChain, Mend, Trim> what;
    Done done;
    bool settled = false;  // done is final whatever becomes of the transaction
    bool answers_outcome() const { return std::holds_alternative<Mend>(what) || std::holds_alternative<Trim>(what); }
    bool writes() const { return std::holds_alternative<Commit>(what) || answers_outcome(); }
  };

  void add(Ticket ticket, decltype(Call::what) what);
  bool attempt(std::vector<Call>& group);
  void perform(Call& call);
  void perform(Commit& commit, Done& done);
  void blame(Call& call, const LogError& failure);
  void fail(Call& call, Outcome outcome, const Error& error);
  bool fail_writes(std::vector<Call>& group, Outcome outcome, const Error& error);
  void note(const LogError& failure);
  void give_up_connection();
  void count(const std::vector<Call>& group);

  SqliteLogOptions options_;
  std::unique_ptr<LogFile> file_;  // none after a failure, until the next attempt
  std::vector<Call> waiting_;
  std::vector<Done> finished_;
  SqliteLogStats stats_;
};

}  // namespace tidemark::server
