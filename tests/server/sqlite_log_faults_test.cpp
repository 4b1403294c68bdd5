#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "server/log_error.h"
#include "server/sqlite_log.h"
#include "tests/server/log_world.h"
#include "tests/support/counting_vfs.h"

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

// Whether the last thing that happened to the write-ahead log was a sync.
bool synced(const CountingVfs& vfs) {
  const auto log = vfs.log();
  const auto last = std::find_if(log.rbegin(), log.rend(), [](const std::string& line) {
    return line == "write relay.db-wal" || line == "sync relay.db-wal";
  });
  return last != log.rend() && *last == "sync relay.db-wal";
}

// From now on so many writes succeed, then the disk is full.
void leave_room(CountingVfs& vfs, int writes) {
  vfs.hook = [writes](CountingVfs::Call call, const std::string&) mutable {
    return call == CountingVfs::Call::write && writes-- <= 0 ? SQLITE_FULL : SQLITE_OK;
  };
}

bool is_wal(const std::string& path) { return path.size() > 4 && path.substr(path.size() - 4) == "-wal"; }

Outcome first_outcome(const Done& done) { return std::get<Committed>(done.payload).outcomes.at(0); }

}  // namespace

TEST_CASE("a hundred waiting commits share one sync") {
  const TempDir directory;
  CountingVfs vfs("relay-1");
  SqliteLog log({directory / "relay.db", vfs.name()});
  std::vector<Planner> planners;
  for (int i = 0; i < 10; ++i) {
    planners.emplace_back("space " + std::to_string(i));
    load(log, "space " + std::to_string(i));
  }
  vfs.clear();
  for (std::uint64_t i = 0; i < 100; ++i) log.commit(i, {planners[i % 10].plan({head(i % 10, i / 10 + 1)})});
  const auto done = run(log);
  REQUIRE(done.size() == 100);
  for (std::uint64_t i = 0; i < 100; ++i) {
    CHECK(done[i].ticket == i);
    CHECK(first_outcome(done[i]) == Outcome::committed);
  }
  CHECK(vfs.syncs() == 1);
  CHECK(synced(vfs));
  CHECK(log.stats().groups == 1);
  CHECK(log.stats().plans == 100);
}

TEST_CASE("a commit writes the pages that its bundles fill, however many spaces they belong to") {
  const TempDir directory;
  CountingVfs vfs("relay-pages");
  SqliteLog log({directory / "relay.db", vfs.name()});
  std::vector<Planner> planners;
  for (std::uint64_t i = 0; i < 64; ++i) {
    planners.emplace_back("space " + std::to_string(i));
    load(log, "space " + std::to_string(i));
  }
  const auto commit_all = [&](std::uint64_t n) {
    for (std::uint64_t i = 0; i < 64; ++i) log.commit(i, {planners[i].plan({head(i, n)}, 110)});
    CHECK(run(log).size() == 64);
  };
  commit_all(1);
  vfs.clear();
  commit_all(2);
  const auto calls = vfs.log();
  // Two writes a page, its header and its content: about 230 bytes a bundle, and the pages above them.
  CHECK(std::count(calls.begin(), calls.end(), "write relay.db-wal") <= 2 * (64 * 230 / 4096 + 3));
  CHECK(std::count(calls.begin(), calls.end(), "sync relay.db-wal") == 1);
}

TEST_CASE("no outcome can be polled while anything in the write-ahead log is unsynced") {
  const TempDir directory;
  CountingVfs vfs("relay-2");
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes");
  CHECK(synced(vfs));
  Planner planner("notes");
  for (std::uint64_t n = 1; n <= 20; ++n) {
    vfs.clear();
    REQUIRE(commit(log, planner.plan({head(1, n)}, 5000)) == Outcome::committed);
    CHECK(vfs.syncs() == 1);
    CHECK(synced(vfs));
  }
}

TEST_CASE("reads alone and stale plans sync nothing") {
  const TempDir directory;
  CountingVfs vfs("relay-3");
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes");
  vfs.clear();
  load(log, "notes");
  read(log, "notes", 0);
  CHECK(commit(log, Planner("notes", {3, {}}).plan({head(1, 1)})) == Outcome::stale);
  CHECK(vfs.log().empty());
  CHECK(log.stats().groups == 0);
}

TEST_CASE("what a killed predecessor wrote and never synced is synced before it is served") {
  const TempDir directory;
  CountingVfs vfs("relay-4");
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
  CHECK(synced(vfs));
  CHECK(read(log, "notes", 0).entries.size() == 1);
}

TEST_CASE("a failed sync leaves the group unknown and is answered with a new connection") {
  const TempDir directory;
  CountingVfs vfs("relay-5");
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes");
  Planner planner("notes");
  REQUIRE(commit(log, planner.plan({head(1, 1)})) == Outcome::committed);

  vfs.hook = [failed = false](CountingVfs::Call call, const std::string& path) mutable {
    if (call != CountingVfs::Call::sync || !is_wal(path) || std::exchange(failed, true)) return SQLITE_OK;
    return SQLITE_IOERR_FSYNC;
  };
  log.read(1, "notes", 0, 1000);
  log.commit(2, {planner.plan({head(1, 2)})});
  log.read(3, "notes", 0, 1000);
  const auto done = run(log);
  REQUIRE(done.size() == 3);
  CHECK(done[1].outcome == Outcome::unknown);
  CHECK(first_outcome(done[1]) == Outcome::unknown);
  CHECK(done[1].error.code == "io_error");
  CHECK(done[1].error.got.find(std::to_string(SQLITE_IOERR_FSYNC)) != std::string::npos);
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
  CountingVfs vfs("relay-6");
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes");
  Planner planner("notes");
  vfs.hook = [](CountingVfs::Call call, const std::string& path) {
    return call == CountingVfs::Call::write && is_wal(path) ? SQLITE_IOERR_WRITE : SQLITE_OK;
  };
  log.commit(1, {planner.plan({head(1, 1)})});
  log.load(2, "letters", log_id(2));
  const auto done = run(log);
  CHECK(first_outcome(done[0]) == Outcome::unknown);
  CHECK(done[1].outcome == Outcome::unavailable);
  CHECK(done[1].error.code == "io_error");
  log.commit(3, {planner.plan({head(1, 2)})});
  CHECK(first_outcome(run(log)[0]) == Outcome::stale);  // since the first did not happen, which needs no write to see
  vfs.hook = nullptr;
  planner.rewind(load(log, "notes").end);
  CHECK(planner.end() == Position{});
  CHECK(commit(log, planner.plan({head(1, 1)})) == Outcome::committed);
  CHECK(load(log, "letters", log_id(3)).log == log_id(3));
}

TEST_CASE("a torn page costs the read that meets it, and what was committed beside it stands") {
  const TempDir directory;
  Planner planner("notes");
  {
    SqliteLog log({directory / "relay.db", ""});
    load(log, "notes");
    for (std::uint64_t n = 1; n <= 20; ++n) commit(log, planner.plan({head(1, n)}, 20'000));
  }
  // The first pages hold schema and spaces, those at the end belong to the last entries.
  std::fstream file(directory / "relay.db", std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(200'000);
  file << std::string(16'384, '\xa5');
  file.close();

  SqliteLog log({directory / "relay.db", ""});
  log.read(1, "notes", 0, 1 << 20);
  log.commit(2, {planner.plan({head(2, 1)})});
  log.read(3, "notes", 19, 1 << 20);
  const auto done = run(log);
  CHECK(done[0].outcome == Outcome::unavailable);
  CHECK(done[0].error.code == "relay_corrupt");
  CHECK(first_outcome(done[1]) == Outcome::committed);
  CHECK(std::get<ReadDone>(done[2].payload).page.entries.size() == 2);
  CHECK(log.stats().failures == 1);
  CHECK(log.stats().last_failure.find("relay_corrupt") == 0);
}

TEST_CASE("a full disk refuses commits whatever room is left, and reads go on") {
  const TempDir directory;
  CountingVfs vfs("relay-8");
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes");
  Planner planner("notes");
  REQUIRE(commit(log, planner.plan({head(1, 1)})) == Outcome::committed);
  const auto end = planner.end();
  int refused = 0;
  for (int room = 0;; ++room) {
    CAPTURE(room);
    REQUIRE(room < 100);
    leave_room(vfs, room);
    planner.rewind(end);
    log.commit(1, {planner.plan({head(1, 2), head(2, 1)}, 3000)});
    log.read(2, "notes", 0, 1 << 20);
    const auto done = run(log);
    vfs.hook = nullptr;
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
  CountingVfs vfs("relay-9");
  SqliteLog log({directory / "relay.db", vfs.name()});
  load(log, "notes", log_id(1));
  leave_room(vfs, 0);
  log.load(1, "letters", log_id(2));
  log.load(2, "notes", log_id(2));
  const auto done = run(log);
  CHECK(done[0].outcome == Outcome::unavailable);
  CHECK(done[0].error.code == "relay_full");
  vfs.hook = nullptr;
  CHECK(load(log, "notes").log == log_id(1));
  CHECK(load(log, "letters", log_id(3)).log == log_id(3));
}

TEST_CASE("damaged rows are noticed where they stand and nothing else stops") {
  const TempDir directory;
  const auto path = directory / "relay.db";
  bool sorted = true;
  const auto fresh = [&] {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    SqliteLog log({path, ""});
    load(log, "notes");
    load(log, "letters");
    Planner planner("notes"), letters("letters");
    commit(log, planner.plan({head(1, 1), head(2, 1), head(1, 2), head(2, 2)}));
    commit(log, letters.plan({head(1, 1)}));
    if (sorted) sort_in(log, "notes");
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
  sorted = false;
  const std::string also_third = "WHERE id = 3";
  CHECK(damage("UPDATE unsorted SET envelope = zeroblob(20) " + also_third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE unsorted SET acc = zeroblob(32) " + also_third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE unsorted SET hash = zeroblob(32) " + also_third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE unsorted SET hash = zeroblob(31) " + also_third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE unsorted SET n = 7 " + also_third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE unsorted SET node = node + 5 " + also_third) == "entry 3 of space \"notes\"");
  CHECK(damage("UPDATE unsorted SET seq = 7 " + also_third) == "entry 3 of space \"notes\"");
  CHECK(damage("DELETE FROM unsorted " + also_third) == "entry 3 of space \"notes\"");
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
    sort_in(log, "notes");
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
