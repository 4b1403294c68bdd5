#include <doctest/doctest.h>

#include "tests/engine/world.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

bool in_history(const Device& device, const std::string& entity, const std::string& attribute,
                const std::string& text) {
  for (const auto& row : device.replica->store().history({entity, attribute})) {
    if (row.event.value.type() == ValueType::text && row.event.value.as_string() == text) return true;
  }
  return false;
}

void check_healthy(World& world) {
  for (auto& [name, device] : world.devices) {
    CAPTURE(name);
    const auto report = device->replica->verify();
    for (const std::string& problem : report.problems) MESSAGE(problem);
    CHECK(report.problems.empty());
    CHECK(device->replica->store().counts().outbox == 0);
    CHECK(device->replica->store().parked().empty());
  }
}

}  // namespace

TEST_CASE("a copied file is found at first contact and no write of either copy is lost") {
  World world;
  Device& a = world.device("a");
  a.set("note", "title", "confirmed");
  CHECK(world.sync(a));
  a.set("note", "unsealed", "before the copy");
  Device& b = world.copy_device("a", "b");
  a.set("note", "from-a", "a1");
  b.set("note", "from-b", "b1");
  a.set("note", "both", "by a");
  b.set("note", "both", "by b, later");
  CHECK(world.sync(a));
  CHECK(world.sync(b));
  CHECK(world.sync_all());
  CHECK(b.forks.size() == 1);
  for (Device* device : {&a, &b}) {
    CHECK(device->get("note", "from-a") == "a1");
    CHECK(device->get("note", "from-b") == "b1");
    CHECK(device->get("note", "unsealed") == "before the copy");
    CHECK(device->get("note", "both") == "by b, later");
    CHECK(in_history(*device, "note", "both", "by a"));
  }
  CHECK(a.replica->store().node() != b.replica->store().node());
  check_healthy(world);
}

TEST_CASE("a change that both copies hold unsealed counts as confirmed when one of them has sent it") {
  World world;
  Device& a = world.device("a");
  a.set("note", "title", "x");
  Device& b = world.copy_device("a", "b");
  CHECK(world.sync(a));
  CHECK(world.sync(b));
  CHECK(world.sync_all());
  CHECK(a.replica->store().counts().events == 1);
  CHECK(b.replica->store().counts().events == 1);
  check_healthy(world);
}

TEST_CASE("copies with sealed and unconfirmed bundles that sync at the same time both keep everything") {
  World world;
  Device& a = world.device("a");
  a.set("note", "title", "x");
  CHECK(world.sync(a));
  a.set("n1", "k", "sealed");
  world.connect(a);  // seals and sends ...
  while (a.to_relay.empty()) REQUIRE(world.step());
  for (int i = 0; i < 2; ++i) world.step();
  world.disconnect(a);  // ... and the connection is cut somewhere
  a.set("n2", "k", "unsealed");
  Device& b = world.copy_device("a", "b");
  a.set("na", "k", "a");
  b.set("nb", "k", "b");
  world.connect(a);
  world.connect(b);
  world.run();
  CHECK(world.sync_all());
  for (Device* device : {&a, &b}) {
    for (const char* entity : {"n1", "n2", "na", "nb"}) CHECK(device->get(entity, "k") != "");
  }
  check_healthy(world);
}

TEST_CASE("copies that are both connected part when one gets the other's bundle under its own node") {
  World world;
  Device& a = world.device("a");
  a.set("note", "title", "x");
  CHECK(world.sync(a));
  Device& b = world.copy_device("a", "b");
  CHECK(world.sync(b));
  world.connect(a);
  world.run();
  a.set("na", "k", "a");
  world.run();
  b.set("nb", "k", "b, after it got that of a");
  world.run();
  CHECK(a.replica->store().node() != b.replica->store().node());
  CHECK(world.sync_all());
  CHECK(a.replica->store().counts().events == 3);
  check_healthy(world);
}

TEST_CASE("a file put back from an older copy takes back what it lost and keeps what it wrote since") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  a.set("note", "title", "old");
  CHECK(world.sync_all());
  world.save_device("a");
  a.set("note", "title", "new");
  a.set("note", "extra", "only in the lost part");
  CHECK(world.sync_all());
  world.restore_device("a");
  a.set("note", "after", "written after the restore");
  CHECK(world.sync_all());
  CHECK(a.get("note", "title") == "new");
  CHECK(a.get("note", "extra") == "only in the lost part");
  CHECK(b.get("note", "after") == "written after the restore");
  CHECK(a.forks.size() == 1);
  check_healthy(world);
}

TEST_CASE("an older write of a rolled back copy is not raised above a later edit of someone else") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  a.set("note", "title", "start");
  CHECK(world.sync_all());
  world.save_device("a");
  a.set("note", "other", "x");
  CHECK(world.sync_all());
  world.restore_device("a");
  a.set("note", "title", "older, offline");
  b.set("note", "title", "later, by b");
  CHECK(world.sync_all());
  CHECK(a.get("note", "title") == "later, by b");
  CHECK(in_history(b, "note", "title", "older, offline"));
  check_healthy(world);
}

TEST_CASE("many copies of one file all heal") {
  World world;
  Device& a = world.device("a");
  a.set("note", "title", "x");
  CHECK(world.sync(a));
  a.set("note", "tail", "unsealed");
  for (const char* name : {"b", "c", "d"}) world.copy_device("a", name);
  int i = 0;
  for (auto& [name, device] : world.devices) device->set("by-" + name, "k", std::to_string(i++));
  CHECK(world.sync_all());
  for (auto& [name, device] : world.devices) {
    for (const char* other : {"a", "b", "c", "d"}) CHECK(device->get(std::string("by-") + other, "k") != "");
  }
  check_healthy(world);
}

TEST_CASE("a copy of a copy forks again and heals") {
  World world;
  Device& a = world.device("a");
  a.set("note", "title", "x");
  CHECK(world.sync(a));
  Device& b = world.copy_device("a", "b");
  a.set("na", "k", "a");
  b.set("nb", "k", "b");
  CHECK(world.sync(a));
  world.connect(b);
  for (int i = 0; i < 6; ++i) world.step();  // in the middle of the healing
  world.disconnect(b);
  b.set("nb2", "k", "b2");
  Device& c = world.copy_device("b", "c");
  b.set("nb3", "k", "b3");
  c.set("nc", "k", "c");
  CHECK(world.sync_all());
  for (const char* entity : {"na", "nb", "nb2", "nb3", "nc"}) CHECK(c.get(entity, "k") != "");
  check_healthy(world);
}

TEST_CASE("a backup mints a node of its own on first use and both sync") {
  World world;
  Device& a = world.device("a");
  a.set("note", "title", "x");
  CHECK(world.sync(a));
  a.set("note", "tail", "unsealed");
  a.replica->backup(world.dir / "b.tidemark");
  world.copy_device("a", "spare");  // only to have another name in the world
  world.forget("spare");
  const NodeId before = a.replica->store().node();
  {
    Replica copy = Replica::open(world.dir / "b.tidemark");
    CHECK(copy.store().needs_new_node());
    REQUIRE(copy.set("note", "from-copy", Value::text("b")));
    CHECK(copy.store().node() != before);
  }
  CHECK(a.replica->store().node() == before);
}
