// Connection: one SQLite connection to a replica file, and Query, a prepared statement in use.
//
// Errors inside are SQLite::Exception; each public function of Store turns them into StoreError with guarded() of file.h.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "crdt/bytes.h"
#include "crdt/value.h"
#include "store/error.h"
#include "store/store.h"

namespace tidemark::store::internal {

// A prepared statement. SQLite's own interface serves here rather than SQLiteCpp's, whose every look at a column counts
// references: rows are read in the inner loops of the fold.
class Statement {
 public:
  // Throws SQLite::Exception, like all that steps.
  Statement(const SQLite::Database& database, const char* sql);
  ~Statement() { sqlite3_finalize(handle); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  sqlite3_stmt* handle = nullptr;
  bool busy = false;
};

// A statement with its bindings, reset when it goes out of scope so that it never pins a snapshot of the file.
// Strings and blobs are not copied: what is bound must live until the next binding or the end of the query.
class Query {
 public:
  // One that the connection keeps, and one that ends with the query.
  explicit Query(Statement& kept) : statement_(&kept) { kept.busy = true; }
  explicit Query(std::unique_ptr<Statement> own) : statement_(own.get()), own_(std::move(own)) {}
  ~Query();
  Query(Query&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)), own_(std::move(other.own_)) {}
  Query& operator=(Query&&) = delete;

  // Binds all parameters in order, after a reset.
  template <class... Arguments>
  Query& with(const Arguments&... arguments) {
    reset();
    int index = 0;
    (bind(++index, arguments), ...);
    return *this;
  }
  bool step();  // false: no more rows
  void run();   // to the end; rows are ignored

  // Of the row that the last step() gave; columns count from 0.
  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_->handle, column); }
  double real(int column) const { return sqlite3_column_double(statement_->handle, column); }
  bool is_null(int column) const { return type(column) == SQLITE_NULL; }
  int type(int column) const { return sqlite3_column_type(statement_->handle, column); }
  std::string string(int column) const;  // text or blob, byte for byte
  std::optional<std::int64_t> maybe_integer(int column) const;

 private:
  void reset() { sqlite3_reset(statement_->handle); }  // what failed was told by step()
  void bind(int index, std::int64_t value) { check(sqlite3_bind_int64(statement_->handle, index, value)); }
  void bind(int index, int value) { bind(index, std::int64_t{value}); }
  void bind(int index, std::optional<std::int64_t> value);
  void bind(int index, std::nullopt_t) { check(sqlite3_bind_null(statement_->handle, index)); }
  void bind(int index, std::string_view text);
  void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
  void bind(int index, const char* text) { bind(index, std::string_view(text)); }
  void bind(int index, ByteView blob);
  void bind(int index, const Bytes& blob) { bind(index, ByteView(blob)); }
  void bind(int index, const Hash& blob) { bind(index, ByteView(blob)); }
  void bind(int index, const LogId& blob) { bind(index, ByteView(blob)); }
  void bind(int index, const Value& value);
  void check(int code) const {
    if (code != SQLITE_OK) fail(code);
  }
  [[noreturn]] void fail(int code) const;

  Statement* statement_;
  std::unique_ptr<Statement> own_;
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
  // Runs the statement and does not tell what came of it; for destructors.
  void try_run(const char* sql) noexcept;
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
  std::unordered_map<const char*, std::unique_ptr<Statement>> statements_;
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
