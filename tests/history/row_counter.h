// RowCounter: how many rows SQLite gives to the statements of each connection that is opened while it lives, and how many it
// walks over without an index. The connections must be closed before it goes.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <string>

namespace tidemark::test {

class RowCounter {
 public:
  struct Rows {
    std::uint64_t given = 0;
    std::uint64_t walked = 0;  // by full scans, whether they were given or not
  };

  RowCounter() {
    current() = this;
    sqlite3_auto_extension(entry());
  }
  ~RowCounter() {
    sqlite3_cancel_auto_extension(entry());
    current() = nullptr;
  }
  RowCounter(const RowCounter&) = delete;

  // The connection that was opened last.
  sqlite3* database() const { return database_; }

  // Since the last call, of the connection that was opened last, which must still be open; by SQL text.
  std::map<std::string, Rows> take() {
    std::map<std::string, Rows> rows;
    for (sqlite3_stmt* one = nullptr; (one = sqlite3_next_stmt(database_, one)) != nullptr;) {
      const int walked = sqlite3_stmt_status(one, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
      if (walked > 0) rows[sqlite3_sql(one)].walked += static_cast<std::uint64_t>(walked);
    }
    for (const auto& [sql, given] : given_) rows[sql].given += given;
    given_.clear();
    return rows;
  }

 private:
  static RowCounter*& current() {
    static RowCounter* counter = nullptr;
    return counter;
  }
  static int attach(sqlite3* database, char**, const sqlite3_api_routines*) {
    current()->database_ = database;
    return sqlite3_trace_v2(database, SQLITE_TRACE_ROW, &count, current());
  }
  static int count(unsigned, void* counter, void* statement, void*) {
    // SQLite has statements of its own, which have no text.
    const char* const sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
    if (sql != nullptr) ++static_cast<RowCounter*>(counter)->given_[sql];
    return 0;
  }
  using Entry = void (*)();
  static Entry entry() { return reinterpret_cast<Entry>(&attach); }

  sqlite3* database_ = nullptr;
  std::map<std::string, std::uint64_t> given_;
};

}  // namespace tidemark::test
