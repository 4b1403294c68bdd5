// Connection: one SQLite connection to a replica file, and Query, a prepared statement in use.
//
// Errors inside are SQLite::Exception; each public function of Store turns them into StoreError with guarded() of file.h.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "crdt/bytes.h"
#include "crdt/value.h"
#include "store/error.h"
#include "store/store.h"

namespace tidemark::store::internal {

struct CachedStatement {
  explicit CachedStatement(const SQLite::Database& database, const char* sql) : statement(database, sql) {}
  SQLite::Statement statement;
  bool busy = false;
};

// A statement with its bindings, reset when it goes out of scope so that it never pins a snapshot of the file.
// Strings and blobs are not copied: what is bound must live until the next binding or the end of the query.
class Query {
 public:
  explicit Query(std::shared_ptr<CachedStatement> cached) : cached_(std::move(cached)) { cached_->busy = true; }
  ~Query();
  Query(Query&& other) noexcept = default;
  Query& operator=(Query&&) = delete;

  // Binds all parameters in order, after a reset.
  template <class... Arguments>
  Query& with(const Arguments&... arguments) {
    reset();
    int index = 0;
    (bind(++index, arguments), ...);
    return *this;
  }
  bool step() { return cached_->statement.executeStep(); }
  void run();  // to the end; rows are ignored

  std::int64_t integer(int column) const { return cached_->statement.getColumn(column).getInt64(); }
  double real(int column) const { return cached_->statement.getColumn(column).getDouble(); }
  bool is_null(int column) const { return cached_->statement.isColumnNull(column); }
  int type(int column) const { return cached_->statement.getColumn(column).getType(); }
  std::string string(int column) const;  // text or blob, byte for byte
  std::optional<std::int64_t> maybe_integer(int column) const;

 private:
  void reset();
  void bind(int index, std::int64_t value) { cached_->statement.bind(index, value); }
  void bind(int index, int value) { cached_->statement.bind(index, value); }
  void bind(int index, std::optional<std::int64_t> value);
  void bind(int index, std::nullopt_t) { cached_->statement.bind(index); }
  void bind(int index, const std::string& text) { cached_->statement.bindNoCopy(index, text); }
  void bind(int index, const char* text) { cached_->statement.bind(index, text); }
  void bind(int index, ByteView blob);
  void bind(int index, const Bytes& blob) { bind(index, ByteView(blob)); }
  void bind(int index, const Hash& blob) { bind(index, ByteView(blob)); }
  void bind(int index, const LogId& blob) { bind(index, ByteView(blob)); }
  void bind(int index, const Value& value);

  std::shared_ptr<CachedStatement> cached_;
};

class Connection {
 public:
  enum class Open { create, write, read };

  // Opens without looking at what is in the file; the settings that need a schema come with configure().
  Connection(const std::string& path, Open how, const Options& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Write-ahead log, sync level, limits. Throws if SQLite does not take them. What an earlier process wrote is durable
  // when it returns.
  void configure();

  // The statement of this literal, prepared once. `sql` must live as long as the connection.
  Query query(const char* sql);
  void exec(const char* sql) { database_->exec(sql); }
  void drop_statements() { statements_.clear(); }
  std::int64_t pragma(const char* sql);

  // Takes effect at the next transaction: with it a commit returns once it is on the disk.
  void sync_commits(bool on);
  bool in_transaction() const;
  bool writable() const { return writable_; }
  bool in_memory() const { return in_memory_; }
  const std::string& path() const { return path_; }
  const std::string& vfs() const { return vfs_; }
  SQLite::Database& database() { return *database_; }
  // errno of the last failed system call, 0 if there was none.
  int system_error() const;

 private:
  std::string path_;
  std::string vfs_;
  bool in_memory_;
  bool writable_ = false;
  std::optional<bool> syncing_;
  std::optional<SQLite::Database> database_;
  // By address: literals are looked up more often than they are hashed cheaply.
  std::unordered_map<const char*, std::shared_ptr<CachedStatement>> statements_;
};

// What a path holds, asked through the VFS: opening and closing the file by other means would drop the locks that other
// connections of this process hold on it.
bool path_exists(const std::string& path, const std::string& vfs);
// The first bytes of the file, fewer if it is shorter; nothing if it cannot be read.
std::optional<std::string> read_start(const std::string& path, const std::string& vfs, std::size_t size);

// The StoreError that says what SQLite said.
[[noreturn]] void rethrow(const char* doing, const SQLite::Exception& exception, int system_error);
[[noreturn]] void throw_corrupt(const std::string& detail);

}  // namespace tidemark::store::internal
