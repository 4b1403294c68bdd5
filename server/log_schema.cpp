#include "server/log_schema.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>

#include "server/log_error.h"
#include "store/wal.h"

namespace tidemark::server {
namespace {

// Step i leads from version i to i + 1. A step that was released is never changed.
//
// An entry's key is (space << 40 | seq): appending goes to the end of a space's range, and no second index is needed.
// chains interns (space, node) and holds the last head of each, so that the unique index on entries stays small.
constexpr const char* steps[] = {
    R"(
CREATE TABLE spaces(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  log BLOB NOT NULL,
  end_seq INTEGER NOT NULL,
  end_acc BLOB NOT NULL,
  first_seq INTEGER NOT NULL,
  first_acc BLOB NOT NULL,
  time_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE chains(
  id INTEGER PRIMARY KEY,
  space INTEGER NOT NULL REFERENCES spaces(id),
  node INTEGER NOT NULL,
  n INTEGER NOT NULL,
  hash BLOB NOT NULL,
  UNIQUE(space, node)
) STRICT;
CREATE TABLE entries(
  id INTEGER PRIMARY KEY,
  chain INTEGER NOT NULL REFERENCES chains(id),
  n INTEGER NOT NULL,
  hash BLOB NOT NULL,
  acc BLOB NOT NULL,
  sum INTEGER NOT NULL,
  envelope BLOB NOT NULL,
  UNIQUE(chain, n)
) STRICT;
)",
    // What came last, of all spaces, in the order in which it came: a commit then writes the few pages at its end instead of
    // some pages a space. From time to time all is sorted into the tables above, which know nothing of it until then.
    R"(
CREATE TABLE unsorted(
  id INTEGER PRIMARY KEY,
  space INTEGER NOT NULL REFERENCES spaces(id),
  seq INTEGER NOT NULL,
  node INTEGER NOT NULL,
  n INTEGER NOT NULL,
  hash BLOB NOT NULL,
  acc BLOB NOT NULL,
  sum INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  envelope BLOB NOT NULL
) STRICT;
)",
};
static_assert(sizeof(steps) / sizeof(steps[0]) == log_schema_version);

int number(SQLite::Database& database, const char* pragma) {
  return database.execAndGet(std::string("PRAGMA ") + pragma).getInt();
}

void set_up(SQLite::Database& database, const std::string& path) {
  const std::string mode = store::use_wal(database.getHandle());
  if (mode != "wal" && mode != "memory") {
    throw LogError(LogFailure::io_error, "opening " + path,
                   "the journal mode is " + mode + ", a write-ahead log is needed");
  }
  database.exec(
      "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000; PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY;"
      "PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF");
  if (number(database, "synchronous") != 2) {
    throw LogError(LogFailure::io_error, "opening " + path, "synchronous=FULL did not take");
  }
}

void migrate(SQLite::Database& database, const std::string& path) {
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  const int application = number(database, "application_id");
  const int version = number(database, "user_version");
  const bool empty =
      application == 0 && version == 0 && database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
  if (!empty && application != log_application_id) {
    throw LogError(LogFailure::not_a_log, "opening " + path, "application id " + std::to_string(application));
  }
  if (version > log_schema_version) {
    throw LogError(LogFailure::newer_schema, "opening " + path,
                   "schema " + std::to_string(version) + ", this program knows " + std::to_string(log_schema_version));
  }
  if (version == log_schema_version) return;
  for (int at = version; at < log_schema_version; ++at) database.exec(steps[at]);
  database.exec("PRAGMA application_id=" + std::to_string(log_application_id));
  database.exec("PRAGMA user_version=" + std::to_string(log_schema_version));
  transaction.commit();
}

}  // namespace

void prepare_log(SQLite::Database& database, const std::string& path) {
  store::distrust_wal(database.getHandle());
  // Another program's file must not even be switched to a write-ahead log.
  const int application = number(database, "application_id");
  const int tables = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt();
  if (application != log_application_id && (application != 0 || tables != 0)) {
    throw LogError(LogFailure::not_a_log, "opening " + path, "application id " + std::to_string(application));
  }
  set_up(database, path);
  store::rewrite_wal(database.getHandle());
  migrate(database, path);
}

}  // namespace tidemark::server
