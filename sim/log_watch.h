// LogWatch: the relay's bundle log as the oracle sees it: the real one, and beside it everything that it ever committed.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/sqlite_log.h"

namespace tidemark::sim {

inline constexpr const char* space_of_log = "space";  // the one space of a world

// What the log of the space has held, by what was said to be committed.
struct LogLedger {
  struct Entry {
    Head head;
    Hash acc{};
    Stamp last;  // greatest stamp in the bundle
    SharedBytes envelope;

    // True if its bytes make its head the next one of this chain.
    bool follows(const Head& before) const;
  };
  LogId log{};
  std::vector<Entry> entries;  // seq 1...

  // Index of a bundle's entry, or entries.size().
  std::size_t find(NodeId node, std::uint64_t n) const;
  // Envelopes with the same bytes stay the same objects: what is known of them is known by those.
  void keep_envelopes(const LogLedger& earlier);
};

class LogWatch final : public server::BundleLog {
 public:
  // Throws what SqliteLog throws.
  LogWatch(const std::string& path, const std::string& vfs, LogLedger& ledger);
  ~LogWatch() override;

  void load(server::Ticket ticket, const std::string& space, const LogId& fresh) override;
  void commit(server::Ticket ticket, std::vector<server::SpacePlan> plans) override;
  void read(server::Ticket ticket, const std::string& space, std::uint64_t after_seq, std::size_t bytes_max) override;
  void acc_at(server::Ticket ticket, const std::string& space, std::uint64_t seq) override;
  void hashes_at(server::Ticket ticket, const std::string& space,
                 std::vector<std::pair<NodeId, std::uint64_t>> places) override;
  void chain(server::Ticket ticket, const std::string& space, NodeId node, std::uint64_t after_n,
             std::size_t bytes_max) override;
  void watch(const std::string& space, bool on) override;
  void mend(server::Ticket ticket, const std::string& space, const Head& head, SharedBytes envelope) override;
  void trim(server::Ticket ticket, const std::string& space, std::uint64_t up_to) override;
  std::size_t poll(std::vector<server::Done>& done) override;

  // Carries out what waits.
  void run();
  bool waiting() const { return waiting_; }
  const server::SqliteLogStats& stats() const { return log_->stats(); }

 private:
  void take(const server::SpacePlan& plan);
  void take_loaded(const server::SpaceState& state);

  std::unique_ptr<server::SqliteLog> log_;
  LogLedger& ledger_;
  std::map<server::Ticket, std::vector<server::SpacePlan>> planned_;
  std::vector<server::SpacePlan> unknown_;
  bool waiting_ = false;
};

// Everything a log file holds of the space, read with a connection of its own, which creates what is not there: use a copy
// where that matters. Throws LogError.
LogLedger read_log(const std::string& path, const std::string& vfs);

}  // namespace tidemark::sim
