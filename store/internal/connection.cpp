#include "store/internal/connection.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "hlc/assert.h"
#include "store/wal.h"

namespace tidemark::store::internal {

namespace {

constexpr std::int64_t checkpoint_pages = 1000;
constexpr int largest_cell_bytes = 4 * 1024 * 1024;  // a parked envelope is at most one message of 1 MiB

sqlite3_vfs* find_vfs(const std::string& name) { return sqlite3_vfs_find(name.empty() ? nullptr : name.c_str()); }

// The VFS and the path as it wants it; no VFS if it knows no such path.
std::pair<sqlite3_vfs*, std::string> locate(const std::string& path, const std::string& vfs) {
  sqlite3_vfs* system = find_vfs(vfs);
  if (system == nullptr) return {nullptr, {}};
  std::string full(static_cast<std::size_t>(system->mxPathname) + 1, '\0');
  const int named = system->xFullPathname(system, path.c_str(), static_cast<int>(full.size()), full.data());
  if (named != SQLITE_OK && named != SQLITE_OK_SYMLINK) return {nullptr, {}};
  full.resize(std::strlen(full.c_str()));
  return {system, full};
}

int open_flags(Connection::Open how) {
  switch (how) {
    case Connection::Open::create:
      return SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE;
    case Connection::Open::write:
      return SQLite::OPEN_READWRITE;
    case Connection::Open::read:
      break;
  }
  return SQLite::OPEN_READONLY;
}

}  // namespace

Statement::Statement(const SQLite::Database& database, const char* sql) {
  const int code = sqlite3_prepare_v3(database.getHandle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) throw SQLite::Exception(database.getHandle(), code);
}

Query::~Query() {
  if (statement_ == nullptr) return;
  reset();
  statement_->busy = false;
}

bool Query::step() {
  const int code = sqlite3_step(statement_->handle);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  fail(code);
}

void Query::run() {
  while (step()) {}
}

void Query::fail(int code) const { throw SQLite::Exception(sqlite3_db_handle(statement_->handle), code); }

std::string Query::string(int column) const {
  const void* data = sqlite3_column_blob(statement_->handle, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_->handle, column))};
}

std::optional<std::int64_t> Query::maybe_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

void Query::bind(int index, std::optional<std::int64_t> value) {
  value ? bind(index, *value) : bind(index, std::nullopt);
}

void Query::bind(int index, std::string_view text) {
  check(sqlite3_bind_text(statement_->handle, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC));
}

void Query::bind(int index, ByteView blob) {
  static const std::uint8_t nothing = 0;  // a null pointer would bind NULL instead of no bytes
  check(sqlite3_bind_blob(statement_->handle, index, blob.empty() ? &nothing : blob.data(),
                          static_cast<int>(blob.size()), SQLITE_STATIC));
}

void Query::bind(int index, const Value& value) {
  switch (value.type()) {
    case ValueType::null:
      return bind(index, std::nullopt);
    case ValueType::boolean:
      return bind(index, value.as_boolean() ? 1 : 0);
    case ValueType::integer:
      return bind(index, value.as_integer());
    case ValueType::real:
      if (std::isnan(value.as_real())) return bind(index, std::nullopt);
      return check(sqlite3_bind_double(statement_->handle, index, value.as_real()));
    case ValueType::text:
    case ValueType::json:
      return bind(index, value.as_string());
    case ValueType::bytes: {
      const std::string& raw = value.as_string();
      return bind(index, ByteView(reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size()));
    }
  }
}

Connection::Connection(const std::string& path, Open how, const Options& options)
    : path_(path), vfs_(options.vfs), in_memory_(path == ":memory:") {
  database_.emplace(path, open_flags(how), options.busy_timeout_ms, options.vfs);
  sqlite3* handle = database_->getHandle();
  writable_ = how != Open::read && sqlite3_db_readonly(handle, "main") == 0;
  distrust_wal(handle);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, largest_cell_bytes);
  sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(handle, SQLITE_LIMIT_TRIGGER_DEPTH, 10);
}

void Connection::configure() {
  exec("PRAGMA cache_size = -16384");
  exec("PRAGMA temp_store = MEMORY");
  exec("PRAGMA cell_size_check = ON");
  exec("PRAGMA recursive_triggers = ON");  // else REPLACE would get past the triggers that keep events append-only
  if (writable_ && !in_memory_) {
    const std::string mode = use_wal(database_->getHandle());
    if (mode != "wal")
      throw StoreError(Failure::io_error, "opening the write-ahead log", "SQLite chose journal mode " + mode);
    database_->execAndGet("PRAGMA wal_autocheckpoint = 1000");
    TIDEMARK_ASSERT(pragma("PRAGMA wal_autocheckpoint") == checkpoint_pages);
  }
  sync_commits(true);
  if (writable_ && !in_memory_) rewrite_wal(database_->getHandle());
}

Query Connection::query(const char* sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end())
    found = statements_.emplace(sql, std::make_unique<Statement>(*database_, sql)).first;
  else if (found->second->busy)
    return Query(std::make_unique<Statement>(*database_, sql));
  return Query(*found->second);
}

void Connection::try_run(const char* sql) noexcept {
  try {
    query(sql).with().run();
  } catch (const std::exception&) {}
}

std::int64_t Connection::pragma(const char* sql) {
  Query question = query(sql);
  return question.with().step() ? question.integer(0) : 0;
}

void Connection::sync_commits(bool on) {
  if (syncing_ == on) return;
  exec(on ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  TIDEMARK_ASSERT(pragma("PRAGMA synchronous") == (on ? 2 : 1));
  syncing_ = on;
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(database_->getHandle()) == 0; }

int Connection::system_error() const { return sqlite3_system_errno(database_->getHandle()); }

bool path_exists(const std::string& path, const std::string& vfs) {
  const auto [system, full] = locate(path, vfs);
  int exists = 0;
  return system != nullptr && system->xAccess(system, full.c_str(), SQLITE_ACCESS_EXISTS, &exists) == SQLITE_OK &&
         exists != 0;
}

std::optional<std::string> read_start(const std::string& path, const std::string& vfs, std::size_t size) {
  const auto [system, full] = locate(path, vfs);
  if (system == nullptr) return std::nullopt;
  const std::unique_ptr<const char, decltype(&sqlite3_free_filename)> name(
      sqlite3_create_filename(full.c_str(), "", "", 0, nullptr), &sqlite3_free_filename);
  std::vector<std::max_align_t> room(static_cast<std::size_t>(system->szOsFile) / sizeof(std::max_align_t) + 1);
  auto* file = reinterpret_cast<sqlite3_file*>(room.data());
  file->pMethods = nullptr;
  std::optional<std::string> start;
  if (system->xOpen(system, name.get(), file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, nullptr) == SQLITE_OK) {
    sqlite3_int64 length = 0;
    if (file->pMethods->xFileSize(file, &length) == SQLITE_OK) {
      start.emplace(std::min(size, static_cast<std::size_t>(length)), '\0');
      const int read =
          start->empty() ? SQLITE_OK : file->pMethods->xRead(file, start->data(), static_cast<int>(start->size()), 0);
      if (read != SQLITE_OK) start.reset();
    }
  }
  if (file->pMethods != nullptr) file->pMethods->xClose(file);
  return start;
}

void rethrow(const char* doing, const SQLite::Exception& exception, int system_error) {
  const int extended = exception.getExtendedErrorCode();
  const int primary = exception.getErrorCode() & 0xff;
  const bool no_space = system_error == ENOSPC || system_error == EDQUOT;
  const bool forbidden = system_error == EACCES || system_error == EPERM || system_error == EROFS;
  Failure failure = Failure::io_error;
  switch (primary) {
    case SQLITE_FULL:
      failure = Failure::disk_full;
      break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      failure = Failure::read_only;
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:  // our statements are right, so the tables are not ours any more
      failure = Failure::corrupt;
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      failure = Failure::busy;
      break;
    case SQLITE_NOMEM:
      failure = Failure::no_memory;
      break;
    case SQLITE_IOERR:
      failure = extended == SQLITE_IOERR_NOMEM ? Failure::no_memory : no_space ? Failure::disk_full : Failure::io_error;
      if (extended == SQLITE_IOERR_CORRUPTFS) failure = Failure::corrupt;
      break;
    case SQLITE_CANTOPEN:
      failure = no_space                 ? Failure::disk_full
                : forbidden              ? Failure::read_only
                : system_error == ENOENT ? Failure::not_found
                                         : Failure::io_error;
      break;
    default:
      break;
  }
  std::string detail = exception.what();
  if (system_error != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_FULL)) {
    detail += std::string(" (") + std::strerror(system_error) + ")";
  }
  throw StoreError(failure, doing, detail, extended);
}

void throw_corrupt(const std::string& detail) {
  throw StoreError(Failure::corrupt, "reading the replica file", detail);
}

}  // namespace tidemark::store::internal
