#include "store/internal/schema.h"

#include <array>
#include <map>
#include <vector>

#include "hlc/assert.h"
#include "store/internal/views.h"

namespace tidemark::store::internal {

namespace {

// Files keep these texts, and verify compares them byte for byte: a change here or in views.cpp is a new version.
const char* const version_1_sql = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE nodes(
  id INTEGER PRIMARY KEY,
  node INTEGER NOT NULL UNIQUE,
  own INTEGER NOT NULL DEFAULT 0,
  current INTEGER NOT NULL DEFAULT 0,
  forked INTEGER NOT NULL DEFAULT 0,
  confirmed INTEGER NOT NULL DEFAULT 0,
  unsealed INTEGER NOT NULL DEFAULT 0,
  tail_first INTEGER,
  tail_last INTEGER);

CREATE TABLE entities(id INTEGER PRIMARY KEY, entity NOT NULL UNIQUE);

CREATE TABLE attribute_names(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE events(
  id INTEGER PRIMARY KEY,
  entity INTEGER NOT NULL,
  attribute INTEGER NOT NULL,
  node INTEGER NOT NULL,
  hlc INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  base_hlc INTEGER,
  base_node INTEGER,
  prev INTEGER,
  value);

CREATE TABLE attributes(
  cell INTEGER PRIMARY KEY,
  node INTEGER NOT NULL,
  hlc INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  event INTEGER NOT NULL,
  last INTEGER NOT NULL,
  value);

CREATE TABLE change_notes(
  event INTEGER PRIMARY KEY,
  links TEXT,
  author TEXT,
  source TEXT,
  note TEXT,
  json TEXT);

CREATE TABLE bundles(
  node INTEGER NOT NULL,
  n INTEGER NOT NULL,
  version INTEGER NOT NULL,
  suite INTEGER NOT NULL,
  first_hlc INTEGER NOT NULL,
  last_hlc INTEGER NOT NULL,
  changes INTEGER NOT NULL,
  events INTEGER NOT NULL,
  head BLOB NOT NULL,
  seal BLOB,
  seq INTEGER,
  first_row INTEGER,
  last_row INTEGER,
  PRIMARY KEY(node, n)) WITHOUT ROWID;
CREATE INDEX bundles_by_row ON bundles(node, last_row);

CREATE TABLE parked(
  node INTEGER NOT NULL,
  n INTEGER NOT NULL,
  reason TEXT NOT NULL,
  envelope BLOB NOT NULL,
  PRIMARY KEY(node, n));

CREATE TABLE aliases(
  old_node INTEGER NOT NULL,
  old_hlc INTEGER NOT NULL,
  new_node INTEGER NOT NULL,
  new_hlc INTEGER NOT NULL,
  PRIMARY KEY(old_node, old_hlc)) WITHOUT ROWID;
CREATE INDEX aliases_by_new ON aliases(new_node, new_hlc);

CREATE TABLE cursors(log BLOB NOT NULL, seq INTEGER NOT NULL, acc BLOB NOT NULL, PRIMARY KEY(log, seq)) WITHOUT ROWID;

CREATE TRIGGER events_keep BEFORE DELETE ON events
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE key = 'maintenance')
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;

CREATE TRIGGER events_stay BEFORE UPDATE ON events
WHEN NOT EXISTS (SELECT 1 FROM meta WHERE key = 'maintenance')
BEGIN SELECT RAISE(ABORT, 'events is append-only'); END;
)sql";

// Cells where a write may have lost to somebody who had not seen it: all such, and some more.
const char* const version_2_sql = R"sql(
CREATE TABLE contested(cell INTEGER PRIMARY KEY);

CREATE INDEX change_links ON change_notes(event) WHERE links IS NOT NULL;
)sql";

// The latest stamp that the device made under a node of its own. A write changes the node's row anyway; the clock in `meta`
// was another page.
const char* const version_3_sql = "ALTER TABLE nodes ADD COLUMN last_hlc INTEGER";

// Version 0 is an empty file.
void lay_version_1(Connection& connection) {
  connection.exec(version_1_sql);
  connection.exec(version_1_views_sql);
}

void lay_version_2(Connection& connection) {
  connection.exec(version_2_sql);
  connection.exec("DROP VIEW conflicts");
  connection.exec(conflicts_view_sql);
  connection.exec(contest_all_sql);
}

void lay_version_3(Connection& connection) { connection.exec(version_3_sql); }

using Migration = void (*)(Connection&);
// Element v brings a file of version v to version v + 1.
constexpr std::array<Migration, schema_version> migrations = {&lay_version_1, &lay_version_2, &lay_version_3};

void run_migrations(Connection& connection, std::int64_t from) {
  for (auto version = static_cast<std::size_t>(from); version < migrations.size(); ++version)
    migrations[version](connection);
  const std::string number = std::to_string(schema_version);
  connection.exec(("PRAGMA user_version = " + number).c_str());
}

std::map<std::string, std::string> objects(Connection& connection) {
  std::map<std::string, std::string> sql_of;
  Query rows = connection.query("SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL");
  for (rows.with(); rows.step();) sql_of[rows.string(0)] = rows.string(1);
  return sql_of;
}

}  // namespace

void lay_schema(Connection& connection) {
  connection.exec(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
  run_migrations(connection, 0);
}

void migrate(Connection& connection) {
  if (connection.pragma("PRAGMA user_version") == schema_version) return;
  SQLite::Transaction transaction(connection.database(), SQLite::TransactionBehavior::IMMEDIATE);
  // Another process may have migrated it while we waited for the lock.
  const std::int64_t version = connection.pragma("PRAGMA user_version");
  TIDEMARK_ASSERT(version >= 1 && version <= schema_version);
  run_migrations(connection, version);
  transaction.commit();
}

std::vector<std::string> schema_differences(Connection& connection) {
  Connection fresh(":memory:", Connection::Open::create, {});
  lay_schema(fresh);
  const std::map<std::string, std::string> found = objects(connection);
  std::vector<std::string> different;
  const std::map<std::string, std::string> wanted = objects(fresh);
  for (const auto& [name, sql] : wanted) {
    const auto at = found.find(name);
    if (at == found.end() || at->second != sql) different.push_back(name);
  }
  for (const auto& [name, sql] : found) {
    if (name.rfind("trigger ", 0) == 0 && wanted.count(name) == 0) different.push_back(name);
  }
  return different;
}

}  // namespace tidemark::store::internal
