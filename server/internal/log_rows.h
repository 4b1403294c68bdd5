// How LogFile talks to SQLite: prepared statements kept by their text, and rows read and bound in our types. Only
// log_*.cpp files include it.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

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
  ByteView bytes(int column) {
    const auto found = statement_.getColumn(column);
    const auto* data = static_cast<const std::uint8_t*>(found.getBlob());
    return {data, static_cast<std::size_t>(found.getBytes())};
  }

 private:
  SQLite::Statement& statement_;
  int bound_ = 0;
};

struct SpaceRow {
  std::int64_t id = 0;
  LogId log{};
  Position end;
  std::uint64_t first_seq = 1;
  Hash first_acc{};  // acc before first_seq
};

struct LogFile::Parts {
  Parts(const std::string& path, const std::string& vfs);

  // `sql` is a literal.
  Query query(const char* sql) {
    auto& statement = statements[sql];
    if (!statement) statement = std::make_unique<SQLite::Statement>(database, sql);
    return Query(*statement);
  }
  std::optional<SpaceRow> find(const std::string& space);

  SQLite::Database database;
  std::map<const char*, std::unique_ptr<SQLite::Statement>> statements;
  std::int64_t time_ms = 0;  // greatest of all spaces
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
