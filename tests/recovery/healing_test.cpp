// Damaged files come back to agreement with healthy devices through a relay.
#include <doctest/doctest.h>

#include "client/salvage.h"
#include "store/store.h"
#include "tests/recovery/patient.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

// The patient's file is closed, damaged, salvaged, and takes part again.
Salvaged replace_by_salvage(World& world) {
  SalvageOptions options;
  options.space = "space";
  options.random = world.options("saved").random;
  options.vfs = world.options("saved").vfs;
  const auto salvaged = salvage(world.path("patient"), world.path("saved"), options);
  REQUIRE(salvaged);
  world.open_device("saved");
  return *salvaged;
}

}  // namespace

TEST_CASE("a salvaged file agrees with its healthy peer after a sync, whatever was damaged") {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    World world(seed);
    fill(world);
    world.reopen(world.device("patient"));
    const std::set<std::string> before = events_of(world.device("peer").replica->store());
    world.forget("patient");
    std::mt19937_64 random(seed);
    const std::string how = damage(world.path("patient"), random);
    CAPTURE(how);
    replace_by_salvage(world);
    REQUIRE(world.sync_all());
    const store::Store& saved = world.device("saved").replica->store();
    const store::Store& peer = world.device("peer").replica->store();
    CHECK(events_of(saved) == events_of(peer));
    // What was synced before is there as it was, once, and nothing beside it but the changes that were not sent.
    for (const std::string& line : events_of(peer)) {
      CHECK_MESSAGE((before.count(line) == 1 || line.rfind("late ", 0) == 0), line);
    }
    for (const std::string& line : before) CHECK(events_of(peer).count(line) == 1);
    CHECK(world.device("saved").replica->verify().problems.empty());
  }
}

TEST_CASE("a sound file that is salvaged keeps everything, its unsent changes included") {
  World world;
  fill(world);
  world.reopen(world.device("patient"));
  const std::set<std::string> before = events_of(world.device("patient").replica->store());
  world.forget("patient");
  const Salvaged salvaged = replace_by_salvage(world);
  CHECK(salvaged.damaged_bundles == 0);
  CHECK(salvaged.loose == 2);
  CHECK(salvaged.lost == 0);
  CHECK(events_of(world.device("saved").replica->store()) == before);
  CHECK(world.device("saved").replica->status().counts.parked == 1);
  REQUIRE(world.sync_all());
  CHECK(world.device("peer").get("late", "title") == "not sent yet");
}
