// Plain: what stands beside the engine: SQLite used by hand, through its C interface, with the same sync setting.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "bundles/bundle.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tidemark::bench {

// A database in WAL mode, made anew at a path that does not exist.
class PlainDatabase {
 public:
  enum class Sync { full, normal };
  PlainDatabase(const std::string& path, Sync sync, const std::string& vfs = "");

  void run(const char* sql);
  std::int64_t number(const char* sql);  // the first column of the first row
  sqlite3* handle() { return database_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> database_;
};

class PlainStatement {
 public:
  PlainStatement(PlainDatabase& database, const char* sql);
  PlainStatement& bind(int at, std::int64_t number);
  PlainStatement& bind(int at, const std::string& text);  // which must live until the next step
  PlainStatement& bind(int at, const Value& value);       // likewise
  bool step();                                            // false: no row, and ready to be bound again
  void reset();
  sqlite3_stmt* handle() { return statement_.get(); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// One rowid table with a row an event and no index: the least that keeps the same values.
class PlainTable {
 public:
  PlainTable(const std::string& path, PlainDatabase::Sync sync, const std::string& vfs = "");

  // A transaction. Names become numbers in memory, which is not written down.
  void insert(const Bundle& bundle);
  void insert_one(const Stamp& stamp, const Event& event);
  std::uint64_t rows();

 private:
  std::int64_t number_of(const std::string& name);
  void add(const Stamp& stamp, const Event& event);

  PlainDatabase database_;
  PlainStatement insert_;
  std::unordered_map<std::string, std::int64_t> numbers_;
};

// What the systems that this engine descends from do: a row of texts an event under a random id, and an upsert a cell that
// compares the stamps' texts. The log and the table of winners of reference A1 in the design's measurements.
class TextualTables {
 public:
  TextualTables(const std::string& path, PlainDatabase::Sync sync);
  void apply(const Bundle& bundle);
  std::uint64_t cells();

 private:
  PlainDatabase database_;
  PlainStatement event_;
  PlainStatement winner_;
  std::uint64_t id_ = 0;
};

}  // namespace tidemark::bench
