// The write-ahead log of a file that was just opened: really there, and durable before anything is built on it.
#include <doctest/doctest.h>

#include "store/wal.h"
#include "tests/sim/disk_side.h"

namespace tidemark::sim {
namespace {

std::int64_t rows_after_power_loss(const Disk& disk) {
  const std::unique_ptr<Disk> image = disk.durable_copy();
  Database db(*image, "db");
  CHECK(db.intact());
  return db.number(count);
}

class Plain {
 public:
  explicit Plain(const Disk& disk) {
    sqlite3_open_v2("db", &handle_, SQLITE_OPEN_READWRITE, disk.vfs().c_str());
    store::distrust_wal(handle_);
  }
  ~Plain() { sqlite3_close(handle_); }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;
  sqlite3* operator*() const { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
};

TEST_CASE("a commit that was written and never synced is durable once the log was written again") {
  Disk disk(Disk::Mode::crash, always(1));
  Database(disk, "db", wal).run(table);
  {
    Database db(disk, "db", "PRAGMA synchronous=OFF");
    REQUIRE(db.run(insert) == SQLITE_OK);
    disk.die();  // so that closing does not checkpoint
  }
  disk.restart();
  Plain plain(disk);
  CHECK(rows_after_power_loss(disk) == 0);
  store::rewrite_wal(*plain);
  CHECK(rows_after_power_loss(disk) == 1);
}

// The trap: the system shows frames that the disk lost, a checkpoint takes them for durable, overwrites pages of the file,
// and the power goes before the file is synced.
TEST_CASE("frames that a failed sync lost are back on the disk before a checkpoint can build on them") {
  for (std::uint64_t failing_write = 1; failing_write <= 12; ++failing_write) {
    CAPTURE(failing_write);
    Rng random(failing_write);
    Disk disk(Disk::Mode::crash, random_draws(random));
    {
      Database db(disk, "db", "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
      REQUIRE(db.run(table) == SQLITE_OK);
      for (int i = 0; i < 40; ++i) REQUIRE(db.run(insert) == SQLITE_OK);
      REQUIRE(db.run("PRAGMA wal_checkpoint(TRUNCATE)") == SQLITE_OK);
      Disk::Fault lost;
      lost.call = Disk::Call::sync;
      lost.after = 2;  // the first one is of the log's header
      lost.drops_unsynced = true;
      disk.fail(lost);
      CHECK(db.run("UPDATE t SET body = zeroblob(400)") == SQLITE_IOERR_FSYNC);
      disk.die();
    }
    disk.restart();
    disk.clear_faults();
    Disk::Fault failing;
    failing.after = failing_write;
    disk.fail(failing);
    {
      Plain plain(disk);
      try {
        store::rewrite_wal(*plain);
        sqlite3_exec(*plain, "PRAGMA wal_checkpoint", nullptr, nullptr, nullptr);
      } catch (const std::exception&) {}
    }
    disk.clear_faults();
    disk.power_loss();
    Database db(disk, "db");
    CHECK(db.intact());
    CHECK(db.number(count) == 40);
  }
}

TEST_CASE("a switch to a write-ahead log that could not be committed is an error, not a promise") {
  bool done = false;
  for (std::uint64_t failing = 1; !done; ++failing) {
    CAPTURE(failing);
    REQUIRE(failing < 20);
    Disk disk(Disk::Mode::crash, always(0));
    Disk::Fault fault;
    fault.call = Disk::Call::sync;
    fault.after = failing;
    disk.fail(fault);
    sqlite3* handle = nullptr;
    sqlite3_open_v2("db", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, disk.vfs().c_str());
    std::string mode;
    try {
      mode = store::use_wal(handle);
    } catch (const std::exception&) {}
    const bool switched = mode == "wal";
    sqlite3_close(handle);
    done = disk.counts().faults == 0;
    CHECK((switched || !done));
    Database db(disk, "db");
    CHECK(db.text("PRAGMA journal_mode") == (switched ? "wal" : "delete"));
  }
}

TEST_CASE("a log that was written again is emptied into the file, unless somebody reads from it") {
  for (const bool read : {false, true}) {
    CAPTURE(read);
    Disk disk(Disk::Mode::crash, always(0));
    {
      Database db(disk, "db", wal);
      db.run(table);
      db.run(insert);
      disk.die();
    }
    disk.restart();
    Plain reader(disk);
    if (read) sqlite3_exec(*reader, "BEGIN; SELECT count(*) FROM t", nullptr, nullptr, nullptr);
    Plain plain(disk);
    store::rewrite_wal(*plain);
    CHECK((disk.size("db-wal") == 0) == !read);
    sqlite3_exec(*reader, "COMMIT", nullptr, nullptr, nullptr);
    CHECK(rows_after_power_loss(disk) == 1);
  }
}

TEST_CASE("a log that its file does not name stays, for an empty one would count as none") {
  Disk disk(Disk::Mode::crash, always(0));
  {
    Database db(disk, "db", wal);
    db.run(table);
    db.run(insert);
    disk.die();
  }
  disk.restart();
  std::string bytes = disk.read("db");
  bytes[18] = bytes[19] = 1;  // what a loss of power can make of the header
  disk.write("db", bytes);
  Plain first(disk);
  CHECK(store::use_wal(*first) == "wal");
  store::rewrite_wal(*first);
  CHECK(disk.size("db-wal") > 0);
  Plain second(disk);
  CHECK(store::use_wal(*second) == "wal");
  Database db(disk, "db");
  CHECK(db.number(count) == 1);
}

TEST_CASE("without a log there is nothing to write again") {
  Disk disk(Disk::Mode::crash, always(0));
  Database(disk, "db").run(table);
  Plain plain(disk);
  const std::uint64_t writes = disk.counts().writes;
  store::rewrite_wal(*plain);
  CHECK(disk.counts().writes == writes);
}

}  // namespace
}  // namespace tidemark::sim
