// What tests of the simulated disk use on both sides of it: draws, SQLite connections, and files without SQLite.
#pragma once

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/disk.h"
#include "sim/random.h"

namespace tidemark::sim {

using Bytes = std::string;

inline Disk::Draw random_draws(Rng& random) {
  return [&random](std::uint32_t bound) { return random.below(bound); };
}
inline Disk::Draw always(std::uint32_t value) {
  return [value](std::uint32_t bound) { return std::min(value, bound - 1); };
}
// Gives these, then zeros, and keeps the bounds that it was asked with.
struct Script {
  std::vector<std::uint32_t> values;
  std::vector<std::uint32_t> bounds;
  Disk::Draw draw() {
    return [this](std::uint32_t bound) {
      bounds.push_back(bound);
      return bounds.size() <= values.size() ? values[bounds.size() - 1] : 0;
    };
  }
};

// A connection. run() is for statements that may fail, the others for questions that may not.
class Database {
 public:
  Database(const Disk& disk, const char* path, const char* setup = "") {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    opened_ = sqlite3_open_v2(path, &handle_, flags, disk.vfs().c_str());
    sqlite3_extended_result_codes(handle_, 1);
    if (opened_ == SQLITE_OK) opened_ = run(setup);
  }
  ~Database() { sqlite3_close(handle_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  int opened() const { return opened_; }
  int run(const std::string& sql) { return sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr); }
  std::string text(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    std::string answer = "(none)";
    if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
      answer = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    if (sqlite3_finalize(statement) != SQLITE_OK) answer = sqlite3_errmsg(handle_);
    return answer;
  }
  std::int64_t number(const char* sql) {
    const std::string answer = text(sql);
    return answer.empty() || answer[0] < '0' || answer[0] > '9' ? -1 : std::stoll(answer);
  }
  bool intact() { return text("PRAGMA integrity_check") == "ok"; }

 private:
  sqlite3* handle_ = nullptr;
  int opened_;
};

inline constexpr const char* wal = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=30;";
inline constexpr const char* table = "CREATE TABLE t(id INTEGER PRIMARY KEY, body BLOB)";
inline constexpr const char* insert = "INSERT INTO t(body) VALUES(zeroblob(300))";
inline constexpr const char* count = "SELECT count(*) FROM t";

// A file of the disk as SQLite would use it, without SQLite.
class RawFile {
 public:
  RawFile(const Disk& disk, const char* path, int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
      : vfs_(sqlite3_vfs_find(disk.vfs().c_str())), room_(std::size_t(vfs_->szOsFile)), file_(nullptr) {
    auto* file = reinterpret_cast<sqlite3_file*>(room_.data());
    opened = vfs_->xOpen(vfs_, path, file, flags, nullptr);
    if (opened == SQLITE_OK) file_ = file;
  }
  ~RawFile() {
    if (file_ != nullptr) file_->pMethods->xClose(file_);
  }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  int write(sqlite3_int64 at, const Bytes& bytes) {
    return file_->pMethods->xWrite(file_, bytes.data(), int(bytes.size()), at);
  }
  int truncate(sqlite3_int64 size) { return file_->pMethods->xTruncate(file_, size); }
  int sync() { return file_->pMethods->xSync(file_, SQLITE_SYNC_NORMAL); }
  int lock(int level) { return file_->pMethods->xLock(file_, level); }
  int unlock(int level) { return file_->pMethods->xUnlock(file_, level); }
  bool reserved() {
    int out = 0;
    file_->pMethods->xCheckReservedLock(file_, &out);
    return out != 0;
  }
  int read(char& byte, sqlite3_int64 at) { return file_->pMethods->xRead(file_, &byte, 1, at); }

  int opened = SQLITE_ERROR;

 private:
  sqlite3_vfs* vfs_;
  std::vector<std::max_align_t> room_;  // more than it needs
  sqlite3_file* file_;
};

inline int remove(const Disk& disk, const char* path, bool sync_folder) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(disk.vfs().c_str());
  return vfs->xDelete(vfs, path, sync_folder ? 1 : 0);
}

}  // namespace tidemark::sim
