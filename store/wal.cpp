#include "store/wal.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace tidemark::store {
namespace {

constexpr std::size_t chunk_bytes = 64 * 1024;  // SQLite never hands its VFS more than a page, and unix cuts at 128 KiB

void check(int code) {
  if (code != SQLITE_OK)
    throw SQLite::Exception(std::string("writing the write-ahead log again: ") + sqlite3_errstr(code), code);
}

void run(sqlite3* database, const char* sql) {
  if (const int code = sqlite3_exec(database, sql, nullptr, nullptr, nullptr); code != SQLITE_OK)
    throw SQLite::Exception(database, code);
}

// Nobody else writes to the log while this lives.
class WriteLock {
 public:
  explicit WriteLock(sqlite3* database) : database_(database) { run(database, "BEGIN IMMEDIATE"); }
  ~WriteLock() { sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr); }
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

 private:
  sqlite3* database_;
};

// A file of SQLite's, opened through its VFS. No lock of SQLite's lies on a log, so closing it drops none.
class LogFile {
 public:
  LogFile(sqlite3_vfs& vfs, const char* name)
      : room_(static_cast<std::size_t>(vfs.szOsFile) / sizeof(std::max_align_t) + 1),
        file_(reinterpret_cast<sqlite3_file*>(room_.data())) {
    const int code = vfs.xOpen(&vfs, name, file_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, nullptr);
    if (code != SQLITE_OK) close();
    check(code);
  }
  ~LogFile() { close(); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // False if it is empty.
  bool write_again() {
    sqlite3_int64 size = 0;
    check(file_->pMethods->xFileSize(file_, &size));
    if (size == 0) return false;
    std::vector<char> chunk(std::min(chunk_bytes, static_cast<std::size_t>(size)));
    for (sqlite3_int64 at = 0; at < size;) {
      const int count = static_cast<int>(std::min(static_cast<sqlite3_int64>(chunk.size()), size - at));
      check(file_->pMethods->xRead(file_, chunk.data(), count, at));
      check(file_->pMethods->xWrite(file_, chunk.data(), count, at));
      at += count;
    }
    check(file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL));
    return true;
  }

 private:
  void close() {
    if (file_->pMethods != nullptr) file_->pMethods->xClose(file_);
    file_->pMethods = nullptr;
  }

  std::vector<std::max_align_t> room_;
  sqlite3_file* file_;
};

// True if the file itself says that it has a log. A loss of power can take that back and leave the log; then the log is known
// by its being there, and SQLite takes an empty one for none: the next connection would go by a rollback journal.
bool says_wal(sqlite3* database) {
  constexpr sqlite3_int64 versions_at = 18;  // https://www.sqlite.org/fileformat2.html, "File format version numbers"
  constexpr char wal_version = 2;
  sqlite3_file* file = nullptr;
  std::array<char, 2> versions{};
  return sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK &&
         file->pMethods->xRead(file, versions.data(), int(versions.size()), versions_at) == SQLITE_OK &&
         versions[0] == wal_version && versions[1] == wal_version;
}

// Moves what the log holds into the file, so that whoever opens it next need not read and write it all again. Not if others
// read or write just now, nor if it cannot be done: the log goes on holding it.
void empty_wal(sqlite3* database) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(database, "PRAGMA busy_timeout", -1, &statement, nullptr);
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  const int waits_ms = code == SQLITE_ROW ? sqlite3_column_int(statement, 0) : 0;
  sqlite3_finalize(statement);
  sqlite3_busy_timeout(database, 0);
  code = sqlite3_wal_checkpoint_v2(database, "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(database, waits_ms);
  if (code != SQLITE_OK && is_sync_failure(sqlite3_extended_errcode(database))) {
    distrust_wal(database);
    throw SQLite::Exception(database, code);
  }
}

}  // namespace

bool is_sync_failure(int extended_code) {
  return extended_code == SQLITE_IOERR_FSYNC || extended_code == SQLITE_IOERR_DIR_FSYNC;
}

void distrust_wal(sqlite3* database) { sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

std::string use_wal(sqlite3* database) {
  std::string mode;
  const auto keep = [](void* kept, int, char** columns, char**) {
    *static_cast<std::string*>(kept) = columns[0];
    return 0;
  };
  if (const int code = sqlite3_exec(database, "PRAGMA journal_mode=WAL", keep, &mode, nullptr); code != SQLITE_OK)
    throw SQLite::Exception(database, code);
  return mode;
}

void rewrite_wal(sqlite3* database) {
  const char* name = sqlite3_filename_wal(sqlite3_db_filename(database, "main"));
  sqlite3_vfs* vfs = nullptr;
  check(sqlite3_file_control(database, "main", SQLITE_FCNTL_VFS_POINTER, &vfs));
  int there = 0;
  check(vfs->xAccess(vfs, name, SQLITE_ACCESS_EXISTS, &there));
  bool some = false;
  if (there != 0) {
    const WriteLock lock(database);
    some = LogFile(*vfs, name).write_again();
  }
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  if (some && says_wal(database)) empty_wal(database);
}

}  // namespace tidemark::store
