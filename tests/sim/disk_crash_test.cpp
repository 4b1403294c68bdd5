// The simulated disk when its process dies or the power goes: the very bytes, and what SQLite makes of them.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "tests/sim/disk_side.h"

namespace tidemark::sim {
namespace {

TEST_CASE("a process that dies in any call of a transaction leaves the old state or the new one") {
  for (const Disk::Mode mode : {Disk::Mode::fast, Disk::Mode::crash}) {
    for (const char* journal : {"WAL", "DELETE"}) {
      Rng random(7);
      const std::string setup = std::string("PRAGMA journal_mode=") + journal;
      bool done = false;
      std::uint64_t n = 0;
      while (!done) {
        ++n;
        CAPTURE(n);
        Disk disk(mode, random_draws(random));
        {
          Database db(disk, "db", setup.c_str());
          REQUIRE(db.run("CREATE TABLE t(v); INSERT INTO t VALUES(1),(1),(zeroblob(9000))") == SQLITE_OK);
          disk.die_after(n);
          const int result = db.run("UPDATE t SET v = 2");
          done = !disk.dead();
          CHECK((result == SQLITE_OK || (result & 0xff) == SQLITE_IOERR));
          if (disk.dead()) CHECK((db.run("INSERT INTO t VALUES(3)") & 0xff) == SQLITE_IOERR);
        }
        disk.restart();
        Database db(disk, "db");
        CHECK(db.intact());
        const std::string state = db.text("SELECT group_concat(typeof(v) || length(v) || substr(v, 1, 1)) FROM t");
        const bool is_new = state == "integer12,integer12,integer12";
        if (!is_new) CHECK(db.number("SELECT sum(v = 1) * 10 + count(*) FROM t") == 23);
        CHECK((is_new || !done));
      }
      CHECK(n > 3);
    }
  }
}

TEST_CASE("the last write of a process happens in full, in part or not at all") {
  const std::vector<std::pair<std::vector<std::uint32_t>, Bytes>> cases{
      {{0}, "aa1234"}, {{1, 0}, "aa123"}, {{1, 2}, "aa1"}, {{2}, "aa"}};
  for (const auto& [draws, left] : cases) {
    Script script{draws, {}};
    Disk disk(Disk::Mode::fast, script.draw());
    {
      RawFile file(disk, "f");
      file.write(0, "aa");
      char byte = 0;
      disk.die_after(2);
      CHECK(file.sync() == SQLITE_OK);
      CHECK(file.read(byte, 0) == SQLITE_OK);
      CHECK(file.write(2, "1234") == SQLITE_IOERR);
      CHECK(disk.dead());
      CHECK(file.write(2, "1234") == SQLITE_IOERR);
      CHECK(file.read(byte, 0) == SQLITE_IOERR);
      CHECK(RawFile(disk, "g").opened == SQLITE_IOERR);
    }
    disk.restart();
    CHECK(disk.read("f") == left);
    CHECK(RawFile(disk, "g").opened == SQLITE_OK);
    CHECK(disk.counts().calls == 5);
  }
}

// Cuts the power again and again, each time in some call, and counts the acknowledged commits that were lost.
int lost_by_cuts(const std::string& setup, int cuts) {
  Rng random(20'261'120);
  std::unique_ptr<Disk> disk;
  std::int64_t acknowledged = 0;
  int lost = 0;
  for (int cut = 0; cut < cuts; ++cut) {
    CAPTURE(cut);
    if (cut % 10 == 0) {
      disk = std::make_unique<Disk>(Disk::Mode::crash, random_draws(random));
      acknowledged = 0;
    }
    disk->die_after(1 + random.below(cut % 3 == 0 ? 15 : 150));
    while (!disk->dead()) {
      Database db(*disk, "db", (setup + "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, body BLOB)").c_str());
      for (std::uint32_t i = random.below(40); i > 0 && !disk->dead(); --i) {
        const std::string change = "BEGIN; UPDATE t SET body = randomblob(length(body) + 1) WHERE id % 7 = " +
                                   std::to_string(random.below(7)) + "; INSERT INTO t VALUES(" +
                                   std::to_string(acknowledged + 1) + ", zeroblob(" +
                                   std::to_string(random.below(3000)) + ")); COMMIT";
        if (db.run(change) == SQLITE_OK) ++acknowledged;
      }
    }
    disk->power_loss();
    Database db(*disk, "db");
    CHECK(db.intact());
    const std::int64_t found = db.text("SELECT name FROM sqlite_master") == "t" ? db.number(count) : 0;
    CHECK(found <= acknowledged + 1);
    if (found < acknowledged) ++lost;
    acknowledged = found;
  }
  CHECK(disk->counts().power_losses > 0);
  return lost;
}

TEST_CASE("losing power loses no commit that was synced, and breaks no database") {
  CHECK(lost_by_cuts("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=30; PRAGMA synchronous=FULL;", 2000) == 0);
  CHECK(lost_by_cuts("PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;", 1000) == 0);
}

TEST_CASE("losing power loses commits that were not synced, and breaks no database") {
  CHECK(lost_by_cuts("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=30; PRAGMA synchronous=NORMAL;", 300) > 60);
  // Without EXTRA the removal of the journal is not synced, and the journal may come back.
  CHECK(lost_by_cuts("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;", 300) > 15);
}

TEST_CASE("losing power keeps, drops or tears each sector that was written since the last sync") {
  const Bytes before(1500, 'a');
  const auto after = [&](std::vector<std::uint32_t> draws, std::vector<std::uint32_t> bounds) {
    Script script{std::move(draws), {}};
    Disk disk(Disk::Mode::crash, script.draw());
    disk.write("f", before);
    {
      RawFile file(disk, "f");
      file.write(500, Bytes(100, 'b'));  // twelve bytes of the first sector and 88 of the second
      file.write(1100, Bytes(10, 'a'));  // no change, no choice
      CHECK(disk.unsynced_bytes("f") == 110);
      CHECK(disk.durable_copy()->read("f") == before);
    }
    disk.power_loss();
    CHECK(script.bounds == bounds);
    CHECK(disk.unsynced_bytes("f") == 0);
    CHECK(disk.durable_copy()->read("f") == disk.read("f"));
    const Disk::Counts& counts = disk.counts();
    CHECK(counts.sectors_kept + counts.sectors_dropped + counts.sectors_torn == 3);
    return disk.read("f");
  };
  const auto with_b = [&](std::size_t at, std::size_t length) {
    return Bytes(before).replace(at, length, length, 'b');
  };
  CHECK(after({0, 0}, {3, 3}) == with_b(500, 100));
  CHECK(after({1, 0}, {3, 3}) == with_b(512, 88));
  CHECK(after({0, 1}, {3, 3}) == with_b(500, 12));
  CHECK(after({2, 0, 0}, {3, 24, 3}) == with_b(500, 100).replace(511, 1, "a"));
  CHECK(after({2, 11, 1}, {3, 24, 3}) == before);
  const Bytes torn = after({1, 2, 2 * 88 - 1}, {3, 3, 176});  // garbage in all that was written, and nowhere else
  CHECK(torn.substr(0, 512) == before.substr(0, 512));
  CHECK(torn.substr(600) == before.substr(600));
  for (std::size_t at = 512; at < 600; ++at) CHECK(torn[at] != 'b');
}

TEST_CASE("losing power may undo growth, cuts, new names and removals that were not synced") {
  const auto after = [](std::vector<std::uint32_t> draws, const std::function<void(Disk&)>& act) {
    Script script{std::move(draws), {}};
    Disk disk(Disk::Mode::crash, script.draw());
    disk.write("f", "old");
    act(disk);
    disk.power_loss();
    CHECK(script.bounds.size() >= script.values.size());
    Bytes all;
    for (const std::string& path : disk.paths()) all += path + '=' + disk.read(path) + ' ';
    CHECK(disk.bytes_used() == disk.size("f") + disk.size("g"));
    return all;
  };
  const auto grow = [](Disk& disk) { RawFile(disk, "f").write(3, "12345"); };
  CHECK(after({0, 0}, grow) == "f=old12345 ");
  CHECK(after({1}, grow) == "f=old ");
  CHECK(after({2, 0, 0}, grow) == "f=old1234 ");
  CHECK(after({2, 3, 0}, grow) == "f=old1 ");
  CHECK(after({0, 1}, grow) == "f=old" + Bytes(5, '\0') + " ");  // longer, but what was written is not there
  const auto cut = [](Disk& disk) { RawFile(disk, "f").truncate(1); };
  CHECK(after({0}, cut) == "f=o ");
  CHECK(after({1}, cut) == "f=old ");
  const auto cut_and_write = [](Disk& disk) {
    RawFile file(disk, "f");
    file.truncate(0);
    file.write(0, "NE");
  };
  CHECK(after({0, 0}, cut_and_write) == "f=NE ");
  CHECK(after({0, 1}, cut_and_write) == "f=ol ");
  CHECK(after({1, 0}, cut_and_write) == "f=NEd ");
  CHECK(after({1, 1}, cut_and_write) == "f=old ");
  const auto create = [](Disk& disk) {
    RawFile(disk, "g").write(0, "new");
    CHECK(!disk.durable_copy()->exists("g"));
  };
  CHECK(after({0}, create) == "f=old g=new ");
  CHECK(after({1}, create) == "f=old ");
  const auto create_and_sync = [](Disk& disk) {
    RawFile file(disk, "g");
    file.write(0, "new");
    file.sync();
  };
  CHECK(after({}, create_and_sync) == "f=old g=new ");
  const auto remove_it = [](Disk& disk) { remove(disk, "f", false); };
  CHECK(after({0}, remove_it).empty());
  CHECK(after({1}, remove_it) == "f=old ");
  CHECK(after({}, [](Disk& disk) { remove(disk, "f", true); }).empty());
  const auto remove_and_create = [](Disk& disk) {
    remove(disk, "f", false);
    RawFile(disk, "f").write(0, "new");
  };
  CHECK(after({0}, remove_and_create) == "f=new ");
  CHECK(after({1, 0}, remove_and_create).empty());
  CHECK(after({1, 1}, remove_and_create) == "f=old ");
  // The first sync of a journal is one of its folder too, and with that goes the removal.
  for (const int kind : {SQLITE_OPEN_WAL, SQLITE_OPEN_MAIN_JOURNAL, SQLITE_OPEN_MAIN_DB}) {
    const auto remove_and_sync = [&](Disk& disk) {
      remove(disk, "f", false);
      RawFile(disk, "g", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | kind).sync();
    };
    if (kind == SQLITE_OPEN_MAIN_DB)
      CHECK(after({1}, remove_and_sync) == "f=old g= ");
    else
      CHECK(after({}, remove_and_sync) == "g= ");
  }
}

// What a disk holds after some commits, deaths and cuts.
std::map<std::string, Bytes> left_by(const Disk::Draw& draw, bool keeps_all) {
  Disk disk(Disk::Mode::crash, draw);
  std::map<std::string, Bytes> left;
  for (std::uint64_t cut = 1; cut <= 8; ++cut) {
    {
      Database db(disk, "db", "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=10;");
      db.run(table);
      disk.die_after(cut * 17);
      while (!disk.dead()) db.run(insert);
      left.clear();
      for (const std::string& path : disk.paths()) left[path] = disk.read(path);
    }
    disk.power_loss();
    for (const std::string& path : disk.paths()) {
      if (keeps_all) CHECK(left[path] == disk.read(path));
      left[path] = disk.read(path);
    }
  }
  if (keeps_all) CHECK(disk.counts().sectors_dropped + disk.counts().sectors_torn == 0);
  CHECK(disk.counts().sectors_kept > 0);
  return left;
}

TEST_CASE("draws of zero keep everything, and the same draws leave the same bytes") {
  left_by(nullptr, true);
  const auto drawn = [](std::uint64_t seed) {
    Rng random(seed);
    return left_by(random_draws(random), false);
  };
  CHECK(drawn(1) == drawn(1));
  CHECK(drawn(1) != drawn(2));
}

}  // namespace
}  // namespace tidemark::sim
