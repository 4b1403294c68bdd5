// Edits that coalesce while the device syncs.
#include <doctest/doctest.h>

#include "tests/engine/world.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

// A drag of one slider. Each write takes 7 ms, and a connection hears of them when they stop.
struct Drag {
  explicit Drag(Device& on) : device(on), session(on.replica->edit_session()) {}
  void write(int times) {
    for (int i = 0; i < times; ++i) {
      const Result<Stamp> stamp = session.set("shape", "x", Value::text(std::to_string(++value)));
      REQUIRE(stamp);
      printed.push_back(*stamp);
      device.world.wall_ms += 7;
    }
    if (device.session != 0) device.exchange->store_changed();
  }

  Device& device;
  EditSession session;
  std::vector<Stamp> printed;
  int value = 0;
};

std::size_t events(const Device& device) { return device.replica->store().history({"shape", "x"}).size(); }

}  // namespace

TEST_CASE("drags are one event for each stretch between two syncs, on every device") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  Drag drag(a);
  drag.write(50);
  CHECK(world.sync_all());
  CHECK(events(b) == 1);
  drag.write(50);
  CHECK(world.sync_all());
  CHECK(events(b) == 2);
  CHECK(b.get("shape", "x") == "100");
  CHECK(a.stamped_state() == b.stamped_state());
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(a.replica->find(drag.printed[i])->stamp == drag.printed[i < 50 ? 49 : 99]);
  }
  CHECK(a.replica->verify().problems.empty());
}

TEST_CASE("what another device wrote meanwhile stays, and stays a conflict if it lost unseen") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  Drag drag(a);
  b.set("shape", "x", "theirs");
  world.wall_ms += 100;
  drag.write(2);
  CHECK(world.sync(b));
  CHECK(world.sync(a));
  drag.write(3);
  CHECK(world.sync_all());
  CHECK(b.get("shape", "x") == "5");
  CHECK(events(a) == 3);
  CHECK(a.replica->verify().problems.empty());
}

TEST_CASE("an edit on a device whose clock is ahead goes on after its stamps were taken back") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  a.clock_offset_ms = 3'600'000;
  Drag drag(a);
  drag.write(5);
  CHECK(world.sync_all());
  drag.write(5);
  CHECK(world.sync_all());
  CHECK(b.get("shape", "x") == "10");
  CHECK(events(b) == 2);
  for (std::size_t i = 0; i < 10; ++i) {
    const auto found = a.replica->find(drag.printed[i]);
    REQUIRE(found);
    CHECK(found->events[0].value.as_string() == (i < 5 ? "5" : "10"));
    CHECK(b.replica->find(found->stamp));
  }
  CHECK(a.replica->verify().problems.empty());
}
