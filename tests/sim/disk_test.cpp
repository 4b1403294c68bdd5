// The simulated disk while its processes live: what SQLite sees, what fails, what is changed from outside.
#include <doctest/doctest.h>

#include <optional>
#include <utility>

#include "tests/sim/disk_side.h"

namespace tidemark::sim {
namespace {

TEST_CASE("two connections to one database see each other's commits and keep out each other's writes") {
  for (const Disk::Mode mode : {Disk::Mode::fast, Disk::Mode::crash}) {
    Script script;
    Disk disk(mode, script.draw());
    {
      Database one(disk, "db", wal);
      Database two(disk, "db", wal);
      REQUIRE(one.text("PRAGMA journal_mode") == "wal");
      CHECK(one.run(table) == SQLITE_OK);
      CHECK(two.run(insert) == SQLITE_OK);
      CHECK(one.number(count) == 1);
      CHECK(one.run("BEGIN IMMEDIATE") == SQLITE_OK);
      CHECK(two.run(insert) == SQLITE_BUSY);
      CHECK(one.run(insert) == SQLITE_OK);
      CHECK(two.number(count) == 1);
      CHECK(one.run("COMMIT") == SQLITE_OK);
      CHECK(two.number(count) == 2);
      // A reader keeps its snapshot, and a writer that has fallen behind cannot go on.
      CHECK(two.run("BEGIN; SELECT * FROM t") == SQLITE_OK);
      CHECK(one.run(insert) == SQLITE_OK);
      CHECK(two.number(count) == 2);
      CHECK(two.run(insert) == SQLITE_BUSY_SNAPSHOT);
      CHECK(one.text("PRAGMA wal_checkpoint(TRUNCATE)") == "1");  // busy: the reader still needs the log
      CHECK(two.run("COMMIT") == SQLITE_OK);
      CHECK(one.text("PRAGMA wal_checkpoint(TRUNCATE)") == "0");
      CHECK(disk.size("db-wal") == 0);
      CHECK(two.number(count) == 3);
    }
    CHECK(disk.paths() == std::vector<std::string>{"db"});
    Database again(disk, "db");
    CHECK(again.number(count) == 3);
    CHECK(again.intact());
    CHECK(disk.bytes_used() == disk.size("db") + disk.size("db-wal"));
    CHECK(disk.unsynced_bytes("db") == 0);
    CHECK(script.bounds.empty());  // nothing to decide
    CHECK(disk.counts().faults == 0);
  }
}

TEST_CASE("rollback journals, temporary files and VACUUM work as well") {
  for (const char* mode : {"DELETE", "TRUNCATE", "PERSIST"}) {
    CAPTURE(mode);
    Disk disk(Disk::Mode::crash, nullptr);
    Database one(disk, "db", "PRAGMA temp_store=FILE; PRAGMA cache_size=5");
    Database two(disk, "db");
    CHECK(one.run(std::string("PRAGMA journal_mode=") + mode) == SQLITE_OK);
    CHECK(one.run(table) == SQLITE_OK);
    CHECK(one.run("BEGIN") == SQLITE_OK);
    for (int i = 0; i < 300; ++i) CHECK(one.run(insert) == SQLITE_OK);
    CHECK(two.run("BEGIN IMMEDIATE") == SQLITE_BUSY);
    CHECK(one.run("ROLLBACK") == SQLITE_OK);
    CHECK(one.number(count) == 0);
    for (int i = 0; i < 30; ++i) CHECK((i % 2 == 0 ? one : two).run(insert) == SQLITE_OK);
    CHECK(two.run("BEGIN; SELECT * FROM t") == SQLITE_OK);
    CHECK(one.run(insert) == SQLITE_BUSY);
    CHECK(two.run("COMMIT") == SQLITE_OK);
    CHECK(one.run("CREATE TEMP TABLE much AS SELECT a.id, b.body FROM t a, t b, t c LIMIT 3000") == SQLITE_OK);
    CHECK(one.run("DELETE FROM t WHERE id > 10; VACUUM") == SQLITE_OK);
    CHECK(two.number(count) == 10);
    CHECK(two.intact());
  }
}

TEST_CASE("locks are those of SQLite's five levels") {
  Disk disk(Disk::Mode::fast, nullptr);
  RawFile a(disk, "f"), b(disk, "f"), c(disk, "f");
  CHECK(a.lock(SQLITE_LOCK_SHARED) == SQLITE_OK);
  CHECK(b.lock(SQLITE_LOCK_SHARED) == SQLITE_OK);
  CHECK(!a.reserved());
  CHECK(a.lock(SQLITE_LOCK_RESERVED) == SQLITE_OK);
  CHECK(c.reserved());
  CHECK(b.lock(SQLITE_LOCK_RESERVED) == SQLITE_BUSY);
  CHECK(c.lock(SQLITE_LOCK_SHARED) == SQLITE_OK);
  CHECK(c.unlock(SQLITE_LOCK_NONE) == SQLITE_OK);
  CHECK(a.lock(SQLITE_LOCK_EXCLUSIVE) == SQLITE_BUSY);  // b reads
  CHECK(c.lock(SQLITE_LOCK_SHARED) == SQLITE_BUSY);     // a is waiting for readers to leave
  CHECK(b.unlock(SQLITE_LOCK_NONE) == SQLITE_OK);
  CHECK(a.lock(SQLITE_LOCK_EXCLUSIVE) == SQLITE_OK);
  CHECK(b.lock(SQLITE_LOCK_SHARED) == SQLITE_BUSY);
  CHECK(a.unlock(SQLITE_LOCK_SHARED) == SQLITE_OK);
  CHECK(b.lock(SQLITE_LOCK_SHARED) == SQLITE_OK);
  CHECK(b.lock(SQLITE_LOCK_RESERVED) == SQLITE_OK);
}

TEST_CASE("opening is what the flags say, and reading past the end is a short read of zeros") {
  Disk disk(Disk::Mode::fast, nullptr);
  CHECK(RawFile(disk, "f", SQLITE_OPEN_READWRITE).opened == SQLITE_CANTOPEN);
  CHECK(!disk.exists("f"));
  RawFile file(disk, "f");
  CHECK(RawFile(disk, "f", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE).opened ==
        SQLITE_CANTOPEN);
  RawFile reader(disk, "f", SQLITE_OPEN_READONLY);
  CHECK(reader.write(0, "x") == SQLITE_READONLY);
  CHECK(file.write(5, "x") == SQLITE_OK);
  CHECK(disk.read("f") == Bytes("\0\0\0\0\0x", 6));
  char byte = 'y';
  CHECK(reader.read(byte, 5) == SQLITE_OK);
  CHECK(byte == 'x');
  CHECK(reader.read(byte, 6) == SQLITE_IOERR_SHORT_READ);
  CHECK(byte == 0);
  CHECK(remove(disk, "g", true) == SQLITE_IOERR_DELETE_NOENT);
}

TEST_CASE("calls, writes and syncs are counted") {
  Disk disk(Disk::Mode::fast, nullptr);
  RawFile file(disk, "f");
  char byte = 0;
  file.write(0, "abc");
  file.write(3, "def");
  file.read(byte, 0);
  file.sync();
  file.truncate(2);
  remove(disk, "f", true);
  CHECK(disk.counts().calls == 6);
  CHECK(disk.counts().writes == 2);
  CHECK(disk.counts().syncs == 1);
}

// --- faults ----------------------------------------------------------------------------------------------------------

TEST_CASE("a fault strikes the calls that it names, so often as it says") {
  Disk disk(Disk::Mode::fast, nullptr);
  RawFile file(disk, "f");
  char byte = 0;
  disk.fail({Disk::Call::write, 2, 2, 0, false});
  CHECK(file.write(0, "1") == SQLITE_OK);
  CHECK(file.write(0, "2") == SQLITE_IOERR_WRITE);
  CHECK(file.write(0, "3") == SQLITE_IOERR_WRITE);
  CHECK(disk.read("f") == "1");
  CHECK(file.write(0, "4") == SQLITE_OK);
  disk.fail({Disk::Call::read, 1, 0, 0, false});
  for (int i = 0; i < 5; ++i) CHECK(file.read(byte, 0) == SQLITE_IOERR_READ);
  disk.clear_faults();
  CHECK(file.read(byte, 0) == SQLITE_OK);
  disk.fail({Disk::Call::open, 1, 1, 0, false});
  disk.fail({Disk::Call::truncate, 1, 1, 0, false});
  disk.fail({Disk::Call::remove, 1, 1, SQLITE_IOERR_ACCESS, false});
  disk.fail({Disk::Call::sync, 1, 1, 0, false});
  CHECK(RawFile(disk, "g").opened == SQLITE_CANTOPEN);
  CHECK(file.truncate(0) == SQLITE_IOERR_TRUNCATE);
  CHECK(remove(disk, "f", true) == SQLITE_IOERR_ACCESS);
  CHECK(file.sync() == SQLITE_IOERR_FSYNC);
  CHECK(disk.paths() == std::vector<std::string>{"f"});
  CHECK(disk.counts().faults == 11);
}

TEST_CASE("a failed sync makes nothing durable, and may lose for good what it should have") {
  for (const bool drops : {false, true}) {
    for (const bool rewritten : {false, true}) {
      CAPTURE(drops);
      Disk disk(Disk::Mode::crash, nullptr);
      disk.write("f", Bytes(1024, 'a'));
      {
        RawFile file(disk, "f");
        file.write(0, Bytes(1500, 'b'));
        disk.fail({Disk::Call::sync, 1, 1, 0, drops});
        CHECK(file.sync() == SQLITE_IOERR_FSYNC);
        CHECK(disk.durable_copy()->read("f") == Bytes(1024, 'a'));
        if (rewritten) file.write(0, Bytes(512, 'c'));
        CHECK(file.sync() == SQLITE_OK);
        CHECK(disk.read("f").substr(512) == Bytes(988, 'b'));
      }
      const Bytes left = drops ? Bytes(512, 'a') + Bytes(476, '\0') : Bytes(988, 'b');
      const Bytes start(512, rewritten ? 'c' : drops ? 'a' : 'b');
      CHECK(disk.durable_copy()->read("f") == start + left);
      disk.power_loss();
      CHECK(disk.read("f") == start + left);
    }
  }
}

TEST_CASE("a disk that lies about syncs loses what was acknowledged") {
  Disk disk(Disk::Mode::crash, always(1));
  {
    Database db(disk, "db", wal);
    REQUIRE(db.run(table) == SQLITE_OK);
    CHECK(db.run(insert) == SQLITE_OK);
    disk.lie_about_syncs(true);
    CHECK(db.run(insert) == SQLITE_OK);
    CHECK(db.number(count) == 2);
    CHECK(disk.unsynced_bytes("db-wal") > 0);
    CHECK(disk.counts().faults == 0);
    disk.die();
  }
  const auto durable = disk.durable_copy();
  disk.power_loss();
  CHECK(durable->read("db-wal") == disk.read("db-wal"));
  CHECK(Database(disk, "db").number(count) == 1);
  CHECK(Database(*durable, "db").number(count) == 1);
}

TEST_CASE("a full disk takes the last byte and not one more") {
  for (const int size : {999, 1000, 1001}) {
    Disk disk(Disk::Mode::fast, nullptr);
    disk.write("other", Bytes(400, 'x'));
    disk.limit_bytes(1000);
    RawFile file(disk, "f");
    const bool fits = size <= 1000;
    CHECK(file.write(size - 401, "x") == (fits ? SQLITE_OK : SQLITE_FULL));
    CHECK(file.truncate(size - 400) == (fits ? SQLITE_OK : SQLITE_FULL));
    CHECK(disk.bytes_used() == (fits ? std::uint64_t(size) : 400));
    CHECK(disk.counts().faults == (fits ? 0 : 2));
  }
  Disk disk(Disk::Mode::crash, nullptr);
  Database db(disk, "db", wal);
  REQUIRE(db.run(table) == SQLITE_OK);
  disk.limit_bytes(disk.bytes_used());
  CHECK(db.run(insert) == SQLITE_FULL);
  CHECK(db.number(count) == 0);
  disk.limit_bytes(std::nullopt);
  CHECK(db.run(insert) == SQLITE_OK);
}

TEST_CASE("rot flips bits of what processes see and of what is durable") {
  Rng random(3);
  Disk disk(Disk::Mode::crash, random_draws(random));
  {
    Database db(disk, "db", wal);
    for (const char* sql : {table, insert, insert, insert}) REQUIRE(db.run(sql) == SQLITE_OK);
  }
  const Bytes before = disk.read("db");
  disk.rot("nothing", 5);
  CHECK(disk.counts().bits_rotten == 0);
  disk.rot("db", 1);
  int bits = 0;
  for (std::size_t i = 0; i < before.size(); ++i) bits += __builtin_popcount((before[i] ^ disk.read("db")[i]) & 0xff);
  CHECK(bits == 1);
  CHECK(disk.durable_copy()->read("db") == disk.read("db"));
  disk.rot("db", 3000);
  CHECK(disk.counts().bits_rotten == 3001);
  CHECK(!Database(disk, "db").intact());
}

TEST_CASE("a database is copied with its log, durably, and over all that was there") {
  Disk from(Disk::Mode::crash, nullptr);
  Disk to(Disk::Mode::crash, always(1));
  Database db(from, "db", wal);
  REQUIRE(db.run(table) == SQLITE_OK);
  to.write("copy", "something else");
  to.write("copy-journal", "something else");
  for (int i = 1; i <= 2; ++i) {
    CHECK(db.run(insert) == SQLITE_OK);
    from.copy_database("db", to, "copy");
    from.copy_database("db", from, "copy");
    to.power_loss();
    CHECK(to.paths() == std::vector<std::string>{"copy", "copy-wal"});
    CHECK(Database(to, "copy").number(count) == i);
    CHECK(Database(from, "copy").number(count) == i);
  }
  to.write("copy-wal", "an old one");
  Disk single(Disk::Mode::fast, nullptr);
  single.write("db", "x");
  single.copy_database("db", to, "copy");
  CHECK(to.paths() == std::vector<std::string>{"copy"});
}

TEST_CASE("the version of a disk changes with what reading its files gives, and with nothing else") {
  Disk disk(Disk::Mode::crash, nullptr);
  std::uint64_t before = disk.version();
  const auto changed = [&] { return std::exchange(before, disk.version()) != disk.version(); };
  CHECK_FALSE(changed());
  {
    Database one(disk, "db", wal);
    CHECK(one.run(table) == SQLITE_OK);
    CHECK(changed());
    CHECK(one.run(insert) == SQLITE_OK);
    CHECK(changed());
    CHECK(one.number(count) == 1);
    disk.copy_database("db", disk, "copy");
    CHECK(changed());
    CHECK(disk.durable_copy()->exists("copy"));
    CHECK_FALSE(changed());
  }
  CHECK(changed());  // the last connection wrote the log back
  disk.rot("db", 1);
  CHECK(changed());
  disk.truncate("db", 512);
  CHECK(changed());
  disk.power_loss();
  CHECK(changed());
  disk.remove("db");
  CHECK(changed());
}

TEST_CASE("files can be changed from outside, durably") {
  Disk disk(Disk::Mode::crash, always(1));
  disk.write("f", "123456");
  disk.write("g", "x");
  disk.truncate("f", 4);
  disk.truncate("none", 4);
  disk.remove("g");
  disk.remove("none");
  disk.power_loss();
  CHECK(disk.paths() == std::vector<std::string>{"f"});
  CHECK(disk.read("f") == "1234");
  CHECK(disk.bytes_used() == 4);
}

}  // namespace
}  // namespace tidemark::sim
