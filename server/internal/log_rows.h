// How LogFile talks to SQLite: prepared statements kept by their text, and rows read and bound in our types. Only
// log_*.cpp files include it.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/log_file.h"

namespace tidemark::server {

// A statement in use: binds in order, steps, and is reset when it goes out of scope, because an open read would keep
// the write-ahead log from being checkpointed.
class Query {
 public:
  explicit Query(SQLite::Statement& statement) : statement_(statement) {}
  ~Query() { statement_.tryReset(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  // What is bound must outlive the query.
  Query& with(std::int64_t number) {
    statement_.bind(++bound_, number);
    return *this;
  }
  Query& with(const std::string& text) {
    statement_.bindNoCopy(++bound_, text);
    return *this;
  }
  Query& with(ByteView bytes) {
    // A null pointer would bind NULL.
    statement_.bindNoCopy(++bound_, bytes.empty() ? "" : static_cast<const void*>(bytes.data()),
                          static_cast<int>(bytes.size()));
    return *this;
  }

  bool step() { return statement_.executeStep(); }
  int run() { return statement_.exec(); }  // rows changed

  std::int64_t number(int column) { return statement_.getColumn(column).getInt64(); }
  std::string text(int column) { return statement_.getColumn(column).getString(); }
  ByteView bytes(int column) {
    const auto found = statement_.getColumn(column);
    const auto* data = static_cast<const std::uint8_t*>(found.getBlob());
    return {data, static_cast<std::size_t>(found.getBytes())};
  }

 private:
  SQLite::Statement& statement_;
  int bound_ = 0;
};

// An entry that is not sorted in yet.
struct UnsortedEntry {
  std::int64_t id = 0;  // of its row
  std::uint64_t seq = 0;
  Head head;
  Hash acc{};
};

struct SpaceRow {
  std::int64_t id = 0;
  LogId log{};
  Position end;  // of what is sorted in
  std::uint64_t first_seq = 1;
  Hash first_acc{};                     // acc before first_seq
  std::vector<UnsortedEntry> unsorted;  // those after `end`, in order

  // Null if it is sorted in, beyond the end, or damaged.
  const UnsortedEntry* unsorted_at(std::uint64_t seq) const {
    const std::size_t at = static_cast<std::size_t>(seq - end.seq - 1);
    return at < unsorted.size() && unsorted[at].seq == seq ? &unsorted[at] : nullptr;
  }
  // Of the whole log.
  Position last() const { return unsorted.empty() ? end : Position{unsorted.back().seq, unsorted.back().acc}; }
};

struct LogFile::Parts {
  Parts(const std::string& path, const std::string& vfs);

  // `sql` is a literal.
  Query query(const char* sql) {
    auto& statement = statements[sql];
    if (!statement) statement = std::make_unique<SQLite::Statement>(database, sql);
    return Query(*statement);
  }
  // Nothing if there is no such space. Valid until the next call that looks for another space, appends or sorts in.
  const SpaceRow* find(const std::string& space);
  std::optional<SpaceRow> find_sorted(const std::string& space);

  // To the table `entries`, and what the other tables say of the space.
  void append_sorted(const SpacePlan& plan);
  // Sets the end of a space, and the head of each of its chains that `heads` names; gives the ids of those chains.
  std::map<NodeId, std::int64_t> move_end(std::int64_t space, const Position& end, std::int64_t time_ms,
                                          const std::map<NodeId, Head>& heads);

  // log_unsorted.cpp
  void load_unsorted();
  void append_unsorted(const SpacePlan& plan);
  void move_end(const SpaceRow& row);  // to where its unsorted entries end
  void move_rows(std::int64_t space);
  void sort_in();
  void sort_in(const std::string& space);  // one space alone
  // 0 if the log has nothing of it.
  std::uint64_t last_n(const SpaceRow& row, NodeId node);

  SQLite::Database database;
  std::map<const char*, std::unique_ptr<SQLite::Statement>> statements;
  std::int64_t time_ms = 0;  // greatest of all spaces
  SpaceRow found;            // what find() gave last, of a space without unsorted entries

  // The rows of the table `unsorted` without their envelopes, by space; read again after a rollback.
  std::map<std::string, SpaceRow> unsorted;
  bool unsorted_loaded = false;
  std::size_t unsorted_entries = 0;
  std::int64_t unsorted_last_id = 0;
};

// Runs `work` and turns what SQLiteCpp throws into a LogError.
[[noreturn]] void rethrow(const SQLite::Exception& exception, const std::string& doing);
template <class Work>
auto guarded(const char* doing, Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const SQLite::Exception& exception) {
    rethrow(exception, doing);
  }
}

[[noreturn]] void corrupt(const std::string& space, const std::string& place, const std::string& detail);

inline std::string entry_place(std::uint64_t seq) { return "entry " + std::to_string(seq); }
inline std::string bundle_place(NodeId node, std::uint64_t n) {
  return "bundle " + std::to_string(n) + " of node " + to_string(node);
}

// A digest column; anything but 32 bytes is damage.
template <std::size_t Size>
std::array<std::uint8_t, Size> digest(ByteView bytes, const std::string& space, const std::string& place) {
  std::array<std::uint8_t, Size> out{};
  if (bytes.size() != Size) corrupt(space, place, std::to_string(bytes.size()) + " bytes");
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

// Nodes are stored with their top bit flipped, so that SQLite's signed order is theirs.
inline std::int64_t stored(NodeId node) { return static_cast<std::int64_t>(node.value ^ (std::uint64_t{1} << 63)); }
inline NodeId loaded_node(std::int64_t number) {
  return NodeId{static_cast<std::uint64_t>(number) ^ (std::uint64_t{1} << 63)};
}
inline std::int64_t entry_key(std::int64_t space, std::uint64_t seq) {
  return (space << log_seq_bits) | static_cast<std::int64_t>(seq);
}

// Tells whether an envelope is still what was stored: no secret, only rot is to be noticed.
std::int64_t envelope_sum(ByteView envelope);

}  // namespace tidemark::server
