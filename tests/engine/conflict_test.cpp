#include <doctest/doctest.h>

#include <utility>

#include "tests/engine/world.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

Value text(const std::string& utf8) { return *Value::text(utf8); }

// Two devices that wrote one attribute without having seen each other.
struct TwoWriters {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");

  TwoWriters(const std::string& base, const std::string& by_a, const std::string& by_b) {
    a.set("note", "body", base);
    REQUIRE(world.sync_all());
    a.set("note", "body", by_a);
    b.set("note", "body", by_b);
    REQUIRE(world.sync_all());
  }
};

// Sends what was written without World's knowledge, too.
bool sync_all(World& world) {
  for (auto& [name, device] : world.devices) device->exchange->store_changed();
  return world.sync_all();
}

std::size_t conflicts(const Device& device) { return device.replica->conflicts().size(); }

void check_settled(World& world, const std::string& value) {
  CHECK(sync_all(world));
  for (auto& [name, device] : world.devices) {
    CAPTURE(name);
    CHECK(device->get("note", "body") == value);
    CHECK(conflicts(*device) == 0);
    CHECK(device->replica->verify().problems.empty());
  }
}

}  // namespace

TEST_CASE("a write that lost unseen is a conflict on every device, with its base, until it is settled anywhere") {
  TwoWriters two("base", "by a", "by b");
  for (Device* device : {&two.a, &two.b}) {
    const auto found = device->replica->conflicts("note");
    REQUIRE(found.size() == 1);
    CHECK(found[0].cell == Cell{"note", "body"});
    CHECK(found[0].base->value == text("base"));
    CHECK(found[0].winner.value == text("by b"));
    CHECK(found[0].loser.value == text("by a"));
    CHECK(device->replica->conflicts("other").empty());
  }
  SUBCASE("by keeping") {
    REQUIRE(two.a.replica->settle({"note", "body"}, Keep{}));
    check_settled(two.world, "by b");
  }
  SUBCASE("by taking the other") {
    REQUIRE(two.a.replica->settle({"note", "body"}, Take{two.a.replica->conflicts()[0].loser.stamp}));
    check_settled(two.world, "by a");
  }
  SUBCASE("by writing another value") {
    REQUIRE(two.b.replica->settle({"note", "body"}, Merged{text("by both")}));
    check_settled(two.world, "by both");
  }
  SUBCASE("on both devices alike") {
    REQUIRE(two.a.replica->settle({"note", "body"}, Merged{text("by both")}));
    REQUIRE(two.b.replica->settle({"note", "body"}, Merged{text("by both")}));
    check_settled(two.world, "by both");
  }
  SUBCASE("and a settlement that is undone opens it again") {
    REQUIRE(two.a.replica->settle({"note", "body"}, Take{two.a.replica->conflicts()[0].loser.stamp}));
    REQUIRE(two.a.replica->undo());
    CHECK(sync_all(two.world));
    CHECK(two.a.get("note", "body") == "by b");
    CHECK(conflicts(two.b) == 1);
  }
}

TEST_CASE("people who settle a conflict differently have a new one, between their two values") {
  TwoWriters two("base", "by a", "by b");
  REQUIRE(two.a.replica->settle({"note", "body"}, Keep{}));
  REQUIRE(two.b.replica->settle({"note", "body"}, Merged{text("other")}));
  CHECK(sync_all(two.world));
  REQUIRE(conflicts(two.a) == 1);
  CHECK(two.a.replica->conflicts()[0].loser.value == text("by b"));
  CHECK(two.a.replica->conflicts()[0].winner.value == text("other"));
}

TEST_CASE("a device is told of a conflict once, and again when it comes again") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  a.set("note", "body", "base");
  REQUIRE(world.sync_all());
  // Another handle on the file of a, as an app has beside a syncing process.
  Replica app = Replica::open(world.dir / "a.tidemark");
  std::vector<std::string> told;
  const auto observation = app.observe_conflicts([&](const std::vector<Conflict>& lost) {
    for (const Conflict& one : lost) told.push_back(one.loser.value.as_string());
  });
  a.set("note", "body", "by a");
  b.set("note", "body", "by b");
  REQUIRE(world.sync_all());
  app.poll();
  CHECK(told == std::vector<std::string>{"by a"});
  CHECK(app.status().conflicts == 1);
  b.set("note", "body", "by b again");
  REQUIRE(world.sync_all());
  app.poll();
  CHECK(told.size() == 1);
  REQUIRE(app.settle({"note", "body"}, Keep{}));
  CHECK(told.size() == 1);
  CHECK(app.status().conflicts == 0);
  REQUIRE(app.undo());
  CHECK(told.size() == 2);
}

TEST_CASE("there is nothing to settle where nothing was lost") {
  TwoWriters two("base", "same", "same");
  CHECK(conflicts(two.a) == 0);
  CHECK(two.a.replica->settle({"note", "body"}, Keep{}).error().code == "no_conflict");
  CHECK(two.a.replica->settle({"note", "none"}, Keep{}).error().code == "no_conflict");
}

TEST_CASE("devices that merge the same conflict at the same time write the same value and are done") {
  TwoWriters two("one\ntwo\nthree\n", "ONE\ntwo\nthree\n", "one\ntwo\nTHREE\n");
  for (Device* device : {&two.a, &two.b}) {
    device->replica->set_merge_policy("body", MergePieces{});
    CHECK(device->replica->merge_conflicts() == 1);
    CHECK(device->replica->merge_conflicts() == 0);
  }
  CHECK(sync_all(two.world));
  for (Device* device : {&two.a, &two.b}) CHECK(device->replica->merge_conflicts() == 0);
  check_settled(two.world, "ONE\ntwo\nTHREE\n");
}

TEST_CASE("what clashes is left to people") {
  TwoWriters two("word", "one", "two");
  two.a.replica->set_merge_policy("*", MergePieces{});
  CHECK(two.a.replica->merge_conflicts() == 0);
  CHECK(conflicts(two.a) == 1);
}

TEST_CASE("a policy keeps both, or asks the app") {
  TwoWriters two("base", "by a", "by b");
  SUBCASE("both") {
    const Stamp loser = two.a.replica->conflicts()[0].loser.stamp;
    for (Device* device : {&two.a, &two.b}) {
      device->replica->set_merge_policy("bo*", MergeKeepBoth{});
      CHECK(device->replica->merge_conflicts() == 1);
    }
    check_settled(two.world, "by b");
    CHECK(two.b.get("note", "body (conflict " + to_string(loser) + ")") == "by a");
  }
  SUBCASE("the app") {
    two.a.replica->set_merge_policy("*", MergeLww{});
    CHECK(two.a.replica->merge_conflicts() == 0);
    two.a.replica->set_merge_policy("body", [](const Value* base, const Value& winner, const Value& loser) {
      return std::optional(text(base->as_string() + ": " + winner.as_string() + " and " + loser.as_string()));
    });
    CHECK(two.a.replica->merge_conflicts() == 1);
    check_settled(two.world, "base: by b and by a");
  }
}

TEST_CASE("a merge loses nothing that another process writes while it is decided") {
  TwoWriters two("base", "by a", "by b");
  Replica other = Replica::open(two.world.dir / "a.tidemark");
  bool once = true;
  two.a.replica->set_merge_policy("body", [&](const Value*, const Value& winner, const Value& loser) {
    if (std::exchange(once, false)) REQUIRE(other.set("note", "body", text("meanwhile")));
    return std::optional(text(winner.as_string() + " and " + loser.as_string()));
  });
  CHECK(two.a.replica->merge_conflicts() == 0);
  CHECK(two.a.get("note", "body") == "meanwhile");
  CHECK(two.a.replica->merge_conflicts() == 1);
  CHECK(two.a.get("note", "body") == "meanwhile and by a");
}

TEST_CASE("five devices that merge what they hear of each other come to an end with everybody's lines") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    World world(seed);
    std::vector<Device*> devices;
    std::string lines;
    for (const char* name : {"a", "b", "c", "d", "e"}) {
      devices.push_back(&world.device(name));
      lines += std::string("line of ") + name + "\nbetween\n";
    }
    devices[0]->set("note", "body", lines);
    REQUIRE(world.sync_all());
    for (Device* device : devices) {
      device->replica->set_merge_policy("body", MergePieces{});
      std::string edited = lines;
      edited.replace(edited.find(" of " + device->name), 4, " BY ");
      device->set("note", "body", edited);
    }
    std::size_t merges = 0;
    for (int step = 0; step < 60; ++step) {
      Device& device = *devices[world.random() % devices.size()];
      if (world.random() % 2 == 0) CHECK(world.sync(device));
      if (world.random() % 2 == 0) world.disconnect(device);
      merges += device.replica->merge_conflicts();
      device.exchange->store_changed();
    }
    for (int round = 0; round < 10; ++round) {
      CHECK(sync_all(world));
      std::size_t more = 0;
      for (Device* device : devices) more += device->replica->merge_conflicts();
      merges += more;
      if (more == 0) break;
    }
    CHECK(merges < 60);
    std::string expected = lines;
    for (Device* device : devices) expected.replace(expected.find(" of " + device->name), 4, " BY ");
    check_settled(world, expected);
  }
}
