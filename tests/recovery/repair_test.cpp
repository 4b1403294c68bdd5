// Files and relays whose rows are damaged give each other back what they lost.
#include "client/repair.h"

#include <doctest/doctest.h>

#include "server/sqlite_log.h"
#include "tests/recovery/patient.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

const std::string allow = "INSERT INTO meta(key, value) VALUES('maintenance', 1);";
const std::string forbid = ";DELETE FROM meta WHERE key = 'maintenance'";

// Repairs a closed file against the world's relay, which stands still meanwhile.
Repaired repair(World& world, const std::string& path) {
  world.stop_relay();
  Repaired result;
  {
    const ReplicaOptions options = world.options("repair");
    server::SqliteLog log({world.dir / "relay.db", options.vfs});
    server::RelayOptions relay_options;
    relay_options.random = [&] { return world.random(); };
    server::Relay relay(log, relay_options);
    store::Options store_options;
    store_options.vfs = options.vfs;
    store::Store store = store::Store::open(path, store_options);
    Repair repair(store, {{}, options.wall_clock, options.random, {}});
    relay.opened(1, world.now());
    repair.opened();
    for (int i = 0; i < 10'000 && !repair.done() && !repair.failed(); ++i) {
      while (auto frame = repair.next_frame()) relay.received(1, *frame, world.now());
      log.run();
      relay.poll(world.now());
      while (auto output = relay.next_output()) {
        const auto* send = std::get_if<server::Send>(&*output);
        REQUIRE(send != nullptr);
        repair.received(send->frame);
      }
      relay.drained(1, world.now());
    }
    CHECK(!repair.failed());
    CHECK(repair.done());
    result = repair.result();
  }
  world.start_relay();
  return result;
}

struct Sick {
  explicit Sick(std::uint64_t seed = 1) : world(seed) {
    fill(world);
    world.reopen(world.device("patient"));
    original = testimony(world.device("patient").replica->store());
    world.forget("patient");
  }
  std::string file() const { return world.path("patient"); }
  std::vector<std::string> problems() { return Replica::open(file(), world.options("patient")).verify().problems; }
  // Nothing is wrong any more, and everybody agrees on what was there before.
  void check_healed() {
    for (const std::string& problem : problems()) FAIL_CHECK(problem);
    Device& patient = world.open_device("patient");
    CHECK(testimony(patient.replica->store()) == original);
    CHECK(world.sync_all());
    CHECK(events_of(patient.replica->store()) == events_of(world.device("peer").replica->store()));
  }
  World world;
  std::set<std::string> original;
};

}  // namespace

TEST_CASE("damaged rows of sealed bundles are put back from the relay") {
  const std::vector<std::string> damages = {
      allow + "UPDATE events SET value = 'changed' WHERE id = 5" + forbid,
      allow + "UPDATE events SET hlc = hlc + 65536 WHERE id = 9" + forbid,
      allow + "UPDATE events SET node = 3 - node WHERE id BETWEEN 11 AND 12" + forbid,
      allow + "UPDATE events SET entity = 2 WHERE id = 20" + forbid,
      allow + "UPDATE events SET base_hlc = NULL WHERE id > 30 AND id < 50" + forbid,
      allow + "DELETE FROM events WHERE id % 7 = 3 AND id < 150" + forbid,
      "UPDATE change_notes SET note = 'changed' WHERE event = (SELECT min(event) FROM change_notes)",
      "DELETE FROM change_notes WHERE event < 60",
      "UPDATE entities SET entity = 'altered' WHERE entity = 'note-1'",
      "UPDATE attribute_names SET name = 'altered' WHERE name = 'tags'",
      "DELETE FROM bundles WHERE node = 2 AND n = 1",
      "DELETE FROM bundles WHERE node = 2 AND n = (SELECT max(n) FROM bundles WHERE node = 2)",
      "DELETE FROM bundles WHERE node = 1 AND n = (SELECT max(n) FROM bundles WHERE node = 1)",
      "UPDATE bundles SET head = zeroblob(32) WHERE n = 2",
      "UPDATE bundles SET first_hlc = first_hlc + 1 WHERE n = 1",
      "UPDATE bundles SET last_row = first_row WHERE n = 1",
      "UPDATE bundles SET version = 7 WHERE n = 1",
      "UPDATE nodes SET last_hlc = NULL; UPDATE meta SET value = '1970-01-01T00:00:00.002Z-0000-000000000000000a' "
      "WHERE key = 'clock'",
      "UPDATE attributes SET hlc = hlc - 1; " + allow + "UPDATE events SET prev = 1" + forbid,
  };
  for (const std::string& sql : damages) {
    CAPTURE(sql);
    Sick sick;
    run_sql(sick.file(), sql);
    CHECK(!sick.problems().empty());
    const Repaired repaired = repair(sick.world, sick.file());
    for (const Error& error : repaired.left) FAIL_CHECK(to_string(error));
    sick.check_healed();
  }
}

TEST_CASE("a sound file and a sound relay have nothing to give each other") {
  Sick sick;
  const Repaired repaired = repair(sick.world, sick.file());
  CHECK(repaired.damaged == 0);
  CHECK(repaired.put_back == 0);
  CHECK(repaired.relay_damaged == 0);
  CHECK(repaired.relay_lacks == 1);  // the parked bundle that only this file has
  CHECK(repaired.left.empty());
  sick.check_healed();
}

TEST_CASE("what the relay lacks too is said, and stays as it is") {
  Sick sick;
  run_sql(sick.file(), allow + "UPDATE events SET value = 'changed' WHERE id = 5" + forbid);
  sick.world.wipe_relay();
  const Repaired repaired = repair(sick.world, sick.file());
  CHECK(repaired.put_back == 0);
  REQUIRE(repaired.left.size() == 1);
  CHECK(repaired.left[0].code == "not_repaired");
}

TEST_CASE("a chain that nothing in the file proves is not put there, however long it is") {
  Sick sick;
  run_sql(sick.file(), allow + "UPDATE events SET value = 'changed', kind = 4 WHERE node = 2" + forbid);
  run_sql(sick.file(),
          "UPDATE bundles SET head = randomblob(32) WHERE node = 2;"
          "DELETE FROM bundles WHERE node = 2 AND n = (SELECT max(n) FROM bundles WHERE node = 2)");
  const Repaired repaired = repair(sick.world, sick.file());
  CHECK(repaired.put_back == 0);
  CHECK(repaired.left.size() >= repaired.damaged);
}

TEST_CASE("a relay does not serve a damaged bundle, says so, and is mended from a healthy device") {
  Sick sick;
  sick.world.stop_relay();
  run_sql(sick.world.dir / "relay.db", "UPDATE entries SET envelope = zeroblob(length(envelope)) WHERE n IN (2, 3)");
  sick.world.start_relay();
  Device& fresh = sick.world.device("fresh");
  CHECK(!sick.world.sync(fresh));
  REQUIRE(!fresh.troubles.empty());
  CHECK(fresh.troubles.back().code == "relay_corrupt");
  const Repaired repaired = repair(sick.world, sick.file());
  for (const Error& error : repaired.left) FAIL_CHECK(to_string(error));
  CHECK(repaired.relay_damaged > 0);
  CHECK(repaired.relay_mended == repaired.relay_damaged);
  CHECK(sick.world.sync(fresh));
  CHECK(events_of(fresh.replica->store()) == events_of(sick.world.device("peer").replica->store()));
}

TEST_CASE("a relay whose log has lost a row is not mended, and that is said") {
  Sick sick;
  sick.world.stop_relay();
  run_sql(sick.world.dir / "relay.db", "DELETE FROM entries WHERE n = 2");
  sick.world.start_relay();
  const Repaired repaired = repair(sick.world, sick.file());
  CHECK(repaired.relay_mended == 0);
  REQUIRE(!repaired.left.empty());
  CHECK(repaired.left[0].code == "relay_corrupt");
}

TEST_CASE("rows damaged at random are put back") {
  static const char* const columns[] = {"entity", "attribute", "node", "hlc", "kind", "base_hlc", "prev", "value"};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Sick sick(seed);
    std::mt19937_64 random(seed);
    std::string sql = allow;
    for (int i = 0; i < 6; ++i) {
      const std::string row = std::to_string(1 + random() % 150);
      if (random() % 3 == 0)
        sql += "DELETE FROM events WHERE id = " + row + ";";
      else
        sql += std::string("UPDATE events SET ") + columns[random() % std::size(columns)] + " = " +
               std::to_string(random() % 5) + " WHERE id = " + row + ";";
    }
    CAPTURE(sql);
    run_sql(sick.file(), sql + forbid.substr(1));
    const Repaired repaired = repair(sick.world, sick.file());
    for (const Error& error : repaired.left) FAIL_CHECK(to_string(error));
    sick.check_healed();
  }
}

TEST_CASE("unsealed changes are kept, also where the bundle before them says that they are its own") {
  for (const std::string sql :
       {"UPDATE bundles SET last_row = 1000000 WHERE node = 1", "UPDATE bundles SET last_hlc = 0",
        "UPDATE nodes SET tail_first = NULL, tail_last = NULL, unsealed = 0"}) {
    CAPTURE(sql);
    Sick sick;
    run_sql(sick.file(), sql);
    CHECK(!sick.problems().empty());
    const Repaired repaired = repair(sick.world, sick.file());
    for (const Error& error : repaired.left) FAIL_CHECK(to_string(error));
    CHECK(repaired.unsealed == 2);
    sick.check_healed();
  }
}

TEST_CASE("nothing goes for a bundle that the relay does not give") {
  Sick sick;
  run_sql(sick.file(), "UPDATE bundles SET first_hlc = last_hlc WHERE node = 2 AND n = 1");
  const std::set<std::string> before = events_of(Replica::open(sick.file(), sick.world.options("patient")).store());
  sick.world.wipe_relay();
  CHECK(repair(sick.world, sick.file()).put_back == 0);
  CHECK(events_of(Replica::open(sick.file(), sick.world.options("patient")).store()) == before);
}
