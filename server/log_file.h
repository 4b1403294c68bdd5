// LogFile: the rows of relay.db through one connection. It has no queue and no policy: SqliteLog decides where
// transactions begin and end and what a failure means.
//
// Small plans go to the end of one table, whatever their space, since a commit costs by the pages it touches; SqliteLog
// says when they are sorted in. All functions work inside of a transaction, and reads see both.
//
// Every function throws LogError. With sqlite_code() == 0 one of our own checks failed, and the transaction goes on;
// otherwise SQLite did, and the caller rolls back. One thread.
#pragma once

#include <memory>
#include <string>

#include "server/bundle_log.h"
#include "server/log_error.h"

namespace tidemark::server {

// A space's share of the key of an entry: 2^23 spaces of 2^40 entries each.
inline constexpr int log_seq_bits = 40;
inline constexpr std::uint64_t log_seq_max = (std::uint64_t{1} << log_seq_bits) - 1;
inline constexpr std::int64_t log_spaces_max = std::int64_t{1} << 23;

class LogFile {
 public:
  // Opens or creates the file and brings its tables up to date. An empty vfs is the default one.
  LogFile(const std::string& path, const std::string& vfs);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  void begin();
  void commit();             // durable when it returns
  void rollback() noexcept;  // does nothing outside of a transaction

  // --- writes ---
  // Creates the space if it does not exist. Checks that the last entry is the one the space ends at.
  SpaceState load(const std::string& space, const LogId& fresh);
  // False, and nothing changed, unless the space ends at plan.from. Failure::refused if a bundle of the plan is in the
  // log already, failure::full beyond log_seq_max.
  bool append(const SpacePlan& plan);
  // How many entries are durable and wait to be sorted into the tables that reads by place need; and sorts them all in.
  std::size_t unsorted() const;
  void sort_in();
  void mend(const std::string& space, const Head& head, ByteView envelope);
  void trim(const std::string& space, std::uint64_t up_to);

  // --- reads; an unknown space reads as an empty one ---
  Page read(const std::string& space, std::uint64_t after_seq, std::size_t bytes_max);
  std::optional<Hash> acc_at(const std::string& space, std::uint64_t seq);
  std::vector<std::optional<Hash>> hashes_at(const std::string& space,
                                             const std::vector<std::pair<NodeId, std::uint64_t>>& places);
  std::vector<LogEntry> chain(const std::string& space, NodeId node, std::uint64_t after_n, std::size_t bytes_max);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemark::server
