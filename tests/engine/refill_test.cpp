#include <doctest/doctest.h>

#include "tests/engine/world.h"

using namespace tidemark;
using namespace tidemark::test;

TEST_CASE("a wiped relay is refilled by its devices, with bundles of devices that never come back") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  Device& gone = world.device("gone");
  gone.set("note", "by-gone", "still here");
  a.set("note", "by-a", "a");
  b.set("note", "by-b", "b");
  CHECK(world.sync_all());
  world.forget("gone");
  const std::size_t entries = world.log_entries();
  world.wipe_relay();
  CHECK(world.sync_all());
  CHECK(world.log_entries() == entries);
  Device& fresh = world.device("fresh");
  CHECK(world.sync(fresh));
  CHECK(fresh.get("note", "by-gone") == "still here");
  CHECK(fresh.stamped_state() == a.stamped_state());
  CHECK(!a.replica->store().refill());
}

TEST_CASE("a relay restored from an older copy is found and refilled") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  a.set("note", "k1", "1");
  CHECK(world.sync_all());
  world.save_relay();
  a.set("note", "k2", "2");
  b.set("note", "k3", "3");
  CHECK(world.sync_all());
  const std::size_t entries = world.log_entries();
  world.restore_relay();
  CHECK(world.log_entries() < entries);
  CHECK(world.sync_all());
  CHECK(world.log_entries() == entries);
  Device& fresh = world.device("fresh");
  CHECK(world.sync(fresh));
  CHECK(fresh.stamped_state() == a.stamped_state());
}

TEST_CASE("a restored relay that has grown past everyone's cursor is found and refilled") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  Device& late = world.device("late");
  a.set("note", "k1", "1");
  CHECK(world.sync_all());
  world.save_relay();
  a.set("note", "k2", "2");
  b.set("note", "k3", "3");
  CHECK(world.sync(a));
  CHECK(world.sync(b));
  CHECK(world.sync(a));
  world.restore_relay();
  world.disconnect(late);
  for (int i = 0; i < 8; ++i) {
    late.set("late", "k" + std::to_string(i), "x");
    CHECK(world.sync(late));
  }
  CHECK(world.sync_all());
  Device& fresh = world.device("fresh");
  CHECK(world.sync(fresh));
  CHECK(fresh.get("note", "k2") == "2");
  CHECK(fresh.get("note", "k3") == "3");
  CHECK(fresh.stamped_state() == a.stamped_state());
}

TEST_CASE("a relay wiped while a fork is pending ends complete on all devices") {
  World world;
  Device& a = world.device("a");
  Device& c = world.device("c");
  a.set("note", "title", "x");
  CHECK(world.sync_all());
  Device& b = world.copy_device("a", "b");
  a.set("na", "k", "a");
  b.set("nb", "k", "b");
  CHECK(world.sync(a));
  world.connect(b);
  for (int i = 0; i < 4; ++i) world.step();
  world.disconnect(b);
  world.wipe_relay();
  CHECK(world.sync_all());
  for (Device* device : {&a, &b, &c}) {
    CHECK(device->get("na", "k") == "a");
    CHECK(device->get("nb", "k") == "b");
    CHECK(device->replica->verify().problems.empty());
  }
}

TEST_CASE("a refill goes on when the refilling device is cut off at any step") {
  for (int steps = 1; steps < 30; ++steps) {
    CAPTURE(steps);
    World world;
    Device& a = world.device("a");
    Device& gone = world.device("gone");
    for (int i = 0; i < 4; ++i) {
      gone.set("note", "g" + std::to_string(i), "x");
      CHECK(world.sync(gone));
    }
    a.set("note", "a", "a");
    CHECK(world.sync_all());
    world.forget("gone");
    world.wipe_relay();
    world.connect(a);
    for (int i = 0; i < steps; ++i) world.step();
    world.reopen(a);
    CHECK(world.sync(a));
    CHECK(!a.replica->store().refill());
    Device& fresh = world.device("fresh");
    CHECK(world.sync(fresh));
    CHECK(fresh.stamped_state() == a.stamped_state());
  }
}

TEST_CASE("a branch that only a third device holds after a relay loss is kept") {
  World world;
  Device& a = world.device("a");
  Device& third = world.device("third");
  a.set("note", "title", "x");
  CHECK(world.sync_all());
  world.save_relay();
  world.save_device("a");
  a.set("note", "branch", "seen by third");
  CHECK(world.sync_all());
  // Both the relay and the author go back; only the third device has seen the branch.
  world.restore_relay();
  world.restore_device("a");
  a.set("note", "other", "another history");
  CHECK(world.sync(a));
  CHECK(world.sync_all());
  for (Device* device : {&a, &third}) {
    CHECK(device->get("note", "branch") == "seen by third");
    CHECK(device->get("note", "other") == "another history");
    CHECK(device->replica->verify().problems.empty());
  }
}

TEST_CASE("a refill with nothing to compare but the digest costs one round trip") {
  World world;
  Device& a = world.device("a");
  a.set("note", "title", "x");
  CHECK(world.sync(a));
  world.wipe_relay();
  CHECK(world.sync(a));
  world.reopen(a);
  CHECK(world.sync(a));
  CHECK(a.exchange->summary().round_trips == 1);
  CHECK(a.exchange->summary().pushed_bundles == 0);
}

TEST_CASE("a refill of a log that is gone is closed where the file never left the log that is back") {
  World world;
  Device& a = world.device("a");
  a.set("note", "k", "1");
  CHECK(world.sync(a));
  world.reopen(a);
  a.replica->store().set_refill(LogId{1, 2, 3});  // a full disk kept the cursor from being reset with it
  CHECK(world.sync(a));
  CHECK(!a.replica->store().refill());
}
