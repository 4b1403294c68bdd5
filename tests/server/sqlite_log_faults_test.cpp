#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/log_error.h"
#include "server/sqlite_log.h"
#include "tests/server/log_world.h"
#include "tests/server/watching_vfs.h"

using namespace tidemark;
using namespace tidemark::server;
using namespace tidemark::server::testing;

namespace {

std::vector<Done> run(SqliteLog& log) {
  log.run();
  std::vector<Done> done;
  log.poll(done);
  return done;
}

Outcome first_outcome(const Done& done) { return std::get<Committed>(done.payload).outcomes.at(0); }

}  // namespace

TEST_CASE("a hundred waiting commits share one sync") {
  const TempDir directory;
  WatchingVfs vfs;
  SqliteLog log({directory / "relay.db", vfs.name()});
  std::vector<Planner> planners;
  for (int i = 0; i < 10; ++i) {
    planners.emplace_back("space " + std::to_string(i));
    load(log, "space " + std::to_string(i));
  }
  const int before = vfs.counters().wal_syncs;
  for (std::uint64_t i = 0; i < 100; ++i) log.commit(i, {planners[i % 10].plan({head(i % 10, i / 10 + 1)})});
  const auto done = run(log);
  REQUIRE(done.size() == 100);
  for (std::uint64_t i = 0; i < 100; ++i) {
    CHECK(done[i].ticket == i);
    CHECK(first_outcome(done[i]) == Outcome::committed);
  }
  CHECK(vfs.counters().wal_syncs == before + 1);
  CHECK(vfs.counters().wal_unsynced == 0);
  CHECK(log.stats().groups == 1);
  CHECK(log.stats().plans == 100);
}

TEST_CASE("no outcome can be polled while anything in the write-ahead log is unsynced") {
  const TempDir directory;
  WatchingVfs vfs;
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes");
  CHECK(vfs.counters().wal_unsynced == 0);
  Planner planner("notes");
  for (std::uint64_t n = 1; n <= 20; ++n) {
    const int syncs = vfs.counters().wal_syncs;
    REQUIRE(commit(log, planner.plan({head(1, n)}, 5000)) == Outcome::committed);
    CHECK(vfs.counters().wal_syncs == syncs + 1);
    CHECK(vfs.counters().wal_unsynced == 0);
  }
}

TEST_CASE("reads alone and stale plans sync nothing") {
  const TempDir directory;
  WatchingVfs vfs;
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes");
  const int syncs = vfs.counters().wal_syncs;
  load(log, "notes");
  read(log, "notes", 0);
  CHECK(commit(log, Planner("notes", {3, {}}).plan({head(1, 1)})) == Outcome::stale);
  CHECK(vfs.counters().wal_syncs == syncs);
  CHECK(log.stats().groups == 0);
}

TEST_CASE("what a killed predecessor wrote and never synced is synced before it is served") {
  const TempDir directory;
  WatchingVfs vfs;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    SqliteLog log({directory / "relay.db", ""});
    load(log, "notes");
    Planner planner("notes");
    commit(log, planner.plan({head(1, 1)}));
    ::_exit(0);  // no destructor, so the write-ahead log stays
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(std::filesystem::file_size(directory / "relay.db-wal") > 0);
  SqliteLog log({directory / "relay.db", vfs.name()});
  CHECK(vfs.counters().wal_syncs >= 1);
  CHECK(read(log, "notes", 0).entries.size() == 1);
}

TEST_CASE("a failed sync leaves the group unknown and is answered with a new connection") {
  const TempDir directory;
  WatchingVfs vfs;
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes");
  Planner planner("notes");
  REQUIRE(commit(log, planner.plan({head(1, 1)})) == Outcome::committed);

  vfs.fail_wal_sync(1);
  log.read(1, "notes", 0, 1000);
  log.commit(2, {planner.plan({head(1, 2)})});
  log.read(3, "notes", 0, 1000);
  const auto done = run(log);
  REQUIRE(done.size() == 3);
  CHECK(done[1].outcome == Outcome::unknown);
  CHECK(first_outcome(done[1]) == Outcome::unknown);
  CHECK(done[1].error.code == "io_error");
  CHECK(done[1].error.got.find("1034") != std::string::npos);  // SQLITE_IOERR_FSYNC
  CHECK(std::get<ReadDone>(done[0].payload).page.entries.size() == 1);
  CHECK(std::get<ReadDone>(done[2].payload).page.entries.size() == 1);  // not what may never be durable
  CHECK(log.stats().reopened == 1);

  const auto state = load(log, "notes");
  CHECK(state.end.seq == 1);
  planner.rewind(state.end);
  CHECK(commit(log, planner.plan({head(1, 2)})) == Outcome::committed);
  CHECK(read(log, "notes", 0).entries.size() == 2);
}

TEST_CASE("a disk that keeps failing to write gives everything back, and works again when it does") {
  const TempDir directory;
  WatchingVfs vfs;
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes");
  Planner planner("notes");
  vfs.fail_wal_writes(true);
  log.commit(1, {planner.plan({head(1, 1)})});
  log.load(2, "letters", log_id(2));
  const auto done = run(log);
  CHECK(first_outcome(done[0]) == Outcome::unknown);
  CHECK(done[1].outcome == Outcome::unavailable);
  CHECK(done[1].error.code == "io_error");
  log.commit(3, {planner.plan({head(1, 2)})});
  CHECK(first_outcome(run(log)[0]) == Outcome::unavailable);
  vfs.fail_wal_writes(false);
  planner.rewind(load(log, "notes").end);
  CHECK(planner.end() == Position{});
  CHECK(commit(log, planner.plan({head(1, 1)})) == Outcome::committed);
  CHECK(load(log, "letters", log_id(3)).log == log_id(3));
}

TEST_CASE("a read that fails is given back, and what was committed beside it stands") {
  const TempDir directory;
  WatchingVfs vfs;
  Planner planner("notes");
  {
    SqliteLog log({directory / "relay.db", vfs.name()});
    load(log, "notes");
    for (std::uint64_t n = 1; n <= 20; ++n) commit(log, planner.plan({head(1, n)}, 50'000));
  }
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes");
  vfs.fail_next_read();
  log.read(1, "notes", 10, 60'000);
  log.commit(2, {planner.plan({head(1, 21)})});
  const auto done = run(log);
  CHECK(done[0].outcome == Outcome::unavailable);
  CHECK(done[0].error.code == "io_error");
  CHECK(first_outcome(done[1]) == Outcome::committed);
  CHECK(read(log, "notes", 10, 60'000).entries.size() == 1);
  CHECK(load(log, "notes").end == planner.end());
}

TEST_CASE("a full disk refuses commits at any byte of room, and reads go on") {
  const TempDir directory;
  WatchingVfs vfs;
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes");
  Planner planner("notes");
  REQUIRE(commit(log, planner.plan({head(1, 1)})) == Outcome::committed);
  const auto end = planner.end();
  int refused = 0;
  for (std::int64_t room = 0;; room += 1500) {
    CAPTURE(room);
    REQUIRE(room < 1'000'000);
    vfs.leave_room(room);
    planner.rewind(end);
    log.commit(1, {planner.plan({head(1, 2), head(2, 1)}, 3000)});
    log.read(2, "notes", 0, 1 << 20);
    const auto done = run(log);
    vfs.leave_room(-1);
    REQUIRE(done.size() == 2);
    const auto entries = std::get<ReadDone>(done[1].payload).page.entries.size();
    if (first_outcome(done[0]) == Outcome::committed) {
      CHECK(entries == 3);
      break;
    }
    ++refused;
    CHECK(first_outcome(done[0]) == Outcome::refused_full);
    CHECK(done[0].error.code == "relay_full");
    CHECK(done[0].error.retry == Retry::later);
    CHECK(entries == 1);
    CHECK(load(log, "notes").end == end);
  }
  CHECK(refused > 3);
}

TEST_CASE("without room no space is created, and those that exist load") {
  const TempDir directory;
  WatchingVfs vfs;
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes", log_id(1));
  vfs.leave_room(0);
  log.load(1, "letters", log_id(2));
  log.load(2, "notes", log_id(2));
  const auto done = run(log);
  CHECK(done[0].outcome == Outcome::unavailable);
  CHECK(done[0].error.code == "relay_full");
  vfs.leave_room(-1);
  CHECK(load(log, "notes").log == log_id(1));
  CHECK(load(log, "letters", log_id(3)).log == log_id(3));
}

TEST_CASE("damaged rows are noticed where they stand and nothing else stops") {
  const TempDir directory;
  const auto path = directory / "relay.db";
  const auto fresh = [&] {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    SqliteLog log({path, ""});
    load(log, "notes");
    load(log, "letters");
    Planner planner("notes"), letters("letters");
    commit(log, planner.plan({head(1, 1), head(2, 1), head(1, 2), head(2, 2)}));
    commit(log, letters.plan({head(1, 1)}));
  };
  const auto damage = [&](const std::string& sql) {
    fresh();
    alter(path, sql);
    SqliteLog log({path, ""});
    log.read(1, "notes", 0, 1 << 20);
    log.read(2, "letters", 0, 1 << 20);
    const auto done = run(log);
    CHECK(std::get<ReadDone>(done[1].payload).page.entries.size() == 1);
    if (done[0].outcome == Outcome::committed) return std::string("unnoticed");
    CHECK(done[0].outcome == Outcome::unavailable);
    CHECK(done[0].error.code == "relay_corrupt");
    return done[0].error.field;
  };
  const std::string third = "WHERE id = (1 << 40) + 3";
  CHECK(damage("UPDATE entries SET envelope = zeroblob(20) " + third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE entries SET acc = zeroblob(32) " + third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE entries SET hash = zeroblob(32) " + third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE entries SET hash = zeroblob(31) " + third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE entries SET n = 7 " + third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE entries SET chain = 99 " + third) == "entry 3 of space \"notes\"");
  CHECK(damage("DELETE FROM entries " + third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE chains SET node = node + 5 WHERE id = 1") == "entry 1 of space \"notes\"");
}

TEST_CASE("a space whose end is damaged does not load, and the others do") {
  const TempDir directory;
  const auto path = directory / "relay.db";
  {
    SqliteLog log({path, ""});
    load(log, "notes");
    load(log, "letters");
    Planner planner("notes");
    commit(log, planner.plan({head(1, 1), head(1, 2)}));
  }
  alter(path, "DELETE FROM entries WHERE id = (1 << 40) + 2");
  SqliteLog log({path, ""});
  log.load(1, "notes", {});
  log.load(2, "letters", {});
  log.chain(3, "notes", NodeId{1}, 0, 1000);
  const auto done = run(log);
  CHECK(done[0].outcome == Outcome::unavailable);
  CHECK(done[0].error.code == "relay_corrupt");
  CHECK(done[0].error.field == "entry 2 of space \"notes\"");
  CHECK(done[1].outcome == Outcome::committed);
  CHECK(std::get<Chain>(done[2].payload).entries.size() == 1);
}

TEST_CASE("killed at any moment, a log keeps every entry it acknowledged") {
  const TempDir directory;
  const auto path = directory / "relay.db";
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 6; ++round) {
    int acks[2];
    REQUIRE(::pipe(acks) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      SqliteLog log({path, ""});
      const auto state = load(log, "notes");
      Planner planner("notes", state.end);
      for (std::uint64_t seq = state.end.seq;;) {
        if (commit(log, planner.plan({head(1, seq + 1), head(2, seq + 1)}, 700)) != Outcome::committed) ::_exit(1);
        seq += 2;
        if (::write(acks[1], &seq, sizeof seq) != sizeof seq) ::_exit(1);
      }
    }
    ::close(acks[1]);
    std::uint64_t seq = 0;
    for (int i = 0; i < 1 + round * 5 && ::read(acks[0], &seq, sizeof seq) == sizeof seq; ++i) acknowledged = seq;
    ::kill(child, SIGKILL);
    while (::read(acks[0], &seq, sizeof seq) == sizeof seq) acknowledged = seq;
    ::close(acks[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));

    SqliteLog log({path, ""});
    const auto state = load(log, "notes");
    CHECK(state.end.seq >= acknowledged);
    CHECK(state.end.seq % 2 == 0);  // a plan is there as a whole
    CHECK(read(log, "notes", 0, 1 << 30).entries.size() == state.end.seq);
  }
}
