#include "bench/plain.h"

#include <sqlite3.h>

#include <stdexcept>

namespace tidemark::bench {
namespace {

void check(int code, sqlite3* database) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
    throw std::runtime_error(std::string("plain SQLite: ") + sqlite3_errmsg(database));
}

// 16 hexadecimal digits of a mixed counter: as good as a random number, and the same in each run (splitmix64).
std::string mixed_id(std::uint64_t number) {
  std::uint64_t x = number * 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  const std::string half = to_string(NodeId{x ^ (x >> 31)});
  return half.substr(0, 8) + '-' + half.substr(8, 4) + "-4000-8000-" + half.substr(4);
}

}  // namespace

PlainDatabase::PlainDatabase(const std::string& path, Sync sync, const std::string& vfs) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                   vfs.empty() ? nullptr : vfs.c_str());
  database_.reset(database);
  check(code, database);
  run("PRAGMA journal_mode=WAL");
  run(sync == Sync::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
}

void PlainDatabase::Close::operator()(sqlite3* database) const { sqlite3_close(database); }
void PlainStatement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void PlainDatabase::run(const char* sql) { check(sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr), handle()); }

std::int64_t PlainDatabase::number(const char* sql) {
  PlainStatement statement(*this, sql);
  if (!statement.step()) throw std::runtime_error("plain SQLite: no row");
  return sqlite3_column_int64(statement.handle(), 0);
}

PlainStatement::PlainStatement(PlainDatabase& database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database.handle(), sql, -1, &statement, nullptr), database.handle());
  statement_.reset(statement);
}

PlainStatement& PlainStatement::bind(int at, std::int64_t number) {
  sqlite3_bind_int64(handle(), at, number);
  return *this;
}

PlainStatement& PlainStatement::bind(int at, const std::string& text) {
  sqlite3_bind_text(handle(), at, text.data(), int(text.size()), SQLITE_STATIC);
  return *this;
}

PlainStatement& PlainStatement::bind(int at, const Value& value) {
  switch (value.type()) {
    case ValueType::null:
      sqlite3_bind_null(handle(), at);
      break;
    case ValueType::boolean:
      sqlite3_bind_int64(handle(), at, value.as_boolean() ? 1 : 0);
      break;
    case ValueType::integer:
      sqlite3_bind_int64(handle(), at, value.as_integer());
      break;
    case ValueType::real:
      sqlite3_bind_double(handle(), at, value.as_real());
      break;
    default:
      bind(at, value.as_string());
  }
  return *this;
}

bool PlainStatement::step() {
  const int code = sqlite3_step(handle());
  check(code, sqlite3_db_handle(handle()));
  if (code == SQLITE_ROW) return true;
  reset();
  return false;
}

void PlainStatement::reset() { sqlite3_reset(handle()); }

namespace {

PlainDatabase with_schema(const std::string& path, PlainDatabase::Sync sync, const std::string& vfs, const char* schema) {
  PlainDatabase database(path, sync, vfs);
  database.run(schema);
  return database;
}

}  // namespace

PlainTable::PlainTable(const std::string& path, PlainDatabase::Sync sync, const std::string& vfs)
    : database_(with_schema(path, sync, vfs,
                            "CREATE TABLE events(id INTEGER PRIMARY KEY, hlc INTEGER, node INTEGER, entity INTEGER,"
                            " attribute INTEGER, value)")),
      insert_(database_, "INSERT INTO events(hlc, node, entity, attribute, value) VALUES(?, ?, ?, ?, ?)") {}

std::int64_t PlainTable::number_of(const std::string& name) {
  return numbers_.try_emplace(name, std::int64_t(numbers_.size())).first->second;
}

void PlainTable::add(const Stamp& stamp, const Event& event) {
  insert_.bind(1, std::int64_t(stamp.ms << 16 | stamp.counter))
      .bind(2, std::int64_t(stamp.node.value))
      .bind(3, number_of(event.cell.entity))
      .bind(4, number_of(event.cell.attribute))
      .bind(5, event.value)
      .step();
}

void PlainTable::insert(const Bundle& bundle) {
  database_.run("BEGIN IMMEDIATE");
  for (const Change& change : bundle.changes) {
    for (const Event& event : change.events) add(change.stamp, event);
  }
  database_.run("COMMIT");
}

void PlainTable::insert_one(const Stamp& stamp, const Event& event) { add(stamp, event); }

std::uint64_t PlainTable::rows() { return std::uint64_t(database_.number("SELECT count(*) FROM events")); }

TextualTables::TextualTables(const std::string& path, PlainDatabase::Sync sync)
    : database_(with_schema(path, sync, "",
                            "CREATE TABLE events(id TEXT PRIMARY KEY, client_id TEXT, entity_id TEXT, attribute TEXT,"
                            " value TEXT, timestamp TEXT);"
                            "CREATE TABLE attributes(entity_id TEXT, attribute TEXT, value TEXT, timestamp TEXT,"
                            " PRIMARY KEY(entity_id, attribute))")),
      event_(database_, "INSERT INTO events VALUES(?, ?, ?, ?, ?, ?)"),
      winner_(database_,
              "INSERT INTO attributes VALUES(?, ?, ?, ?) ON CONFLICT(entity_id, attribute) DO UPDATE"
              " SET value = excluded.value, timestamp = excluded.timestamp WHERE excluded.timestamp > timestamp") {}

void TextualTables::apply(const Bundle& bundle) {
  const std::string client = to_string(bundle.node);
  database_.run("BEGIN IMMEDIATE");
  for (const Change& change : bundle.changes) {
    const std::string stamp = to_string(change.stamp);
    for (const Event& event : change.events) {
      const std::string id = mixed_id(++id_);
      const std::string value = event.value.to_json();
      event_.bind(1, id).bind(2, client).bind(3, event.cell.entity).bind(4, event.cell.attribute).bind(5, value);
      event_.bind(6, stamp).step();
      winner_.bind(1, event.cell.entity).bind(2, event.cell.attribute).bind(3, value).bind(4, stamp).step();
    }
  }
  database_.run("COMMIT");
}

std::uint64_t TextualTables::cells() { return std::uint64_t(database_.number("SELECT count(*) FROM attributes")); }

}  // namespace tidemark::bench
