#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <set>

#include "sync/limits.h"
#include "tests/engine/world.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

constexpr std::int64_t hour_ms = 3'600'000;

std::uint64_t greatest_ms(const Device& device) {
  std::uint64_t greatest = 0;
  device.replica->store().for_each_event([&](const store::HistoryRow& row) {
    greatest = std::max(greatest, row.stamp.ms);
    return true;
  });
  return greatest;
}

// What a device wrote while its clock and the relay's were ahead; the device is gone. Then the relay is set right, and its log
// forgets what time it was: no relay does that by itself.
Stamp let_in_ahead(World& world, std::int64_t ahead_ms, const std::string& title) {
  Device& fast = world.device("fast");
  fast.clock_offset_ms = world.relay_offset_ms = ahead_ms;
  const Stamp stamp = fast.set("note", "title", title);
  CHECK(world.sync(fast));
  world.forget("fast");
  world.stop_relay();
  world.relay_offset_ms = 0;
  SQLite::Database(world.dir / "relay.db", SQLite::OPEN_READWRITE)
      .exec("UPDATE spaces SET time_ms = 0; UPDATE unsorted SET time_ms = 0");
  world.start_relay();
  return stamp;
}

}  // namespace

TEST_CASE("a device two hours ahead is stamped again in order and nothing ahead reaches another device") {
  World world;
  Device& fast = world.device("fast");
  Device& other = world.device("other");
  fast.clock_offset_ms = 2 * hour_ms;
  std::vector<Stamp> printed;
  for (int i = 0; i < 5; ++i) printed.push_back(fast.set("note", "title", "edit " + std::to_string(i)));
  CHECK(world.sync_all());
  CHECK(other.get("note", "title") == "edit 4");
  CHECK(greatest_ms(other) <= std::uint64_t(world.wall_ms + 60'000));
  const auto history = other.replica->store().history({"note", "title"});
  REQUIRE(history.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(history[i].event.value.as_string() == "edit " + std::to_string(i));
    const auto found = fast.replica->find(printed[i]);  // the stamp that was printed still resolves
    REQUIRE(found);
    CHECK(found->stamp == history[i].stamp);
    if (i > 0) CHECK(history[i].event.base == history[i - 1].stamp);
  }
  CHECK(fast.replica->status().clock_offset_ms < -hour_ms);
  CHECK(fast.replica->verify().problems.empty());
}

TEST_CASE("what a corrected device writes next is not ahead any more") {
  World world;
  Device& fast = world.device("fast");
  Device& other = world.device("other");
  fast.clock_offset_ms = 2 * hour_ms;
  fast.set("note", "title", "ahead");
  CHECK(world.sync_all());
  const Stamp corrected = fast.set("note", "title", "corrected");
  CHECK(corrected.ms <= std::uint64_t(world.wall_ms));
  fast.clock_offset_ms = 0;  // somebody sets the clock right
  const Stamp right = fast.set("note", "title", "right");
  CHECK(right > corrected);
  CHECK(right.ms + 1'000 > std::uint64_t(world.wall_ms));
  CHECK(world.sync_all());
  CHECK(other.get("note", "title") == "right");
}

TEST_CASE("a clock that was put right is not corrected again when the offset has passed without contact") {
  World world;
  Device& fast = world.device("fast");
  fast.clock_offset_ms = 2 * hour_ms;
  fast.set("note", "title", "ahead");
  CHECK(world.sync(fast));
  fast.clock_offset_ms = 0;
  fast.set("note", "title", "right");
  world.wall_ms += 5 * hour_ms;
  const Stamp later = fast.set("note", "title", "much later");
  CHECK(later.ms + 1'000 > std::uint64_t(world.wall_ms));
}

TEST_CASE("an edit of another device that a fast clock has not seen keeps its place") {
  World world;
  Device& fast = world.device("fast");
  Device& other = world.device("other");
  fast.clock_offset_ms = 2 * hour_ms;
  fast.set("note", "title", "earlier, by the fast one");
  other.set("note", "title", "later, by the right one");
  CHECK(world.sync_all());
  CHECK(fast.get("note", "title") == "later, by the right one");
  CHECK(other.get("note", "title") == "later, by the right one");
}

TEST_CASE("devices a day behind and in 1970 sync, and their later edits win") {
  for (const std::int64_t offset : {-24 * hour_ms, -1'795'000'000'000 + 5}) {
    World world;
    Device& slow = world.device("slow");
    Device& other = world.device("other");
    slow.clock_offset_ms = offset;
    slow.set("mine", "title", "before the first contact");
    other.set("note", "title", "first");
    CHECK(world.sync_all());
    slow.set("note", "title", "second");
    CHECK(world.sync_all());
    CHECK(other.get("note", "title") == "second");
    CHECK(other.get("mine", "title") == "before the first contact");
    CHECK(slow.replica->status().clock_offset_ms > hour_ms);
  }
}

TEST_CASE("a clock that jumps back between writes repeats no stamp") {
  World world;
  Device& a = world.device("a");
  std::set<Stamp> stamps;
  Stamp last{};
  for (int i = 0; i < 200; ++i) {
    a.clock_offset_ms = i % 3 == 0 ? -hour_ms * (i % 7) : hour_ms / 100;
    const Stamp stamp = a.set("note", "title", std::to_string(i));
    CHECK(stamp > last);
    last = stamp;
    stamps.insert(stamp);
    if (i % 50 == 0) world.reopen(a);
  }
  CHECK(stamps.size() == 200);
  CHECK(world.sync(a));
}

TEST_CASE("a clock that stands still for 100,000 changes counts on and everything arrives") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  a.frozen_ms = world.wall_ms;
  std::vector<Replica::Dated> dated(100'000);
  for (std::size_t i = 0; i < dated.size(); ++i) {
    dated[i].wall_ms = *a.frozen_ms;
    dated[i].draft.writes.push_back({{"note", "n" + std::to_string(i % 50)}, Value::integer(std::int64_t(i))});
  }
  const auto stamps = a.replica->change_at(dated);
  REQUIRE(stamps);
  CHECK(std::is_sorted(stamps->begin(), stamps->end()));
  CHECK(stamps->back().ms == std::uint64_t(*a.frozen_ms) + 1);
  CHECK(world.sync_all());
  CHECK(b.replica->store().counts().events == 100'000);
}

TEST_CASE("a relay in 1970 does not pull the devices' clocks back") {
  World world;
  world.relay_offset_ms = -world.wall_ms + 1'000;
  Device& a = world.device("a");
  Device& b = world.device("b");
  a.set("note", "title", "one");
  CHECK(world.sync_all());
  const Stamp stamp = a.set("note", "title", "two");
  CHECK(stamp.ms + 60'000 > std::uint64_t(world.wall_ms));
  CHECK(world.sync_all());
  CHECK(b.get("note", "title") == "two");
  CHECK(world.relay().stats().clock_alarm);
}

TEST_CASE("a change that builds on a re-stamped one names its new stamp, also when it was made in another process") {
  World world;
  Device& fast = world.device("fast");
  Device& other = world.device("other");
  fast.clock_offset_ms = 30 * hour_ms;
  fast.set("note", "a", "1");
  world.connect(fast);
  for (int i = 0; i < 3; ++i) world.step();
  fast.set("note", "a", "2");  // while the first one is being refused
  CHECK(world.sync_all());
  const auto history = other.replica->store().history({"note", "a"});
  REQUIRE(history.size() == 2);
  CHECK(history[1].event.base == history[0].stamp);
  CHECK(greatest_ms(other) <= std::uint64_t(world.wall_ms + 60'000));
}

TEST_CASE("a device that forks has one vote about the relay's clock") {
  World world;
  Device& back = world.device("back");
  Device& other = world.device("other");
  back.clock_offset_ms = other.clock_offset_ms = -hour_ms;
  back.set("note", "title", "x");
  CHECK(world.sync(back));
  world.save_device("back");
  back.set("note", "title", "y");
  CHECK(world.sync(back));
  world.restore_device("back");
  back.set("note", "title", "z");
  CHECK(world.sync(back));
  CHECK(back.forks.size() == 1);
  CHECK(world.sync(other));
  world.relay().tick(world.now());
  CHECK(!world.relay().stats().clock_alarm);  // three could outvote it, and these are two
  Device& third = world.device("third");
  third.clock_offset_ms = -hour_ms;
  CHECK(world.sync(third));
  world.relay().tick(world.now());
  CHECK(world.relay().stats().clock_alarm);
}

TEST_CASE("a relay whose clock jumps doubts it by what its devices said before, until it is right again") {
  World world;
  Device& a = world.device("a");
  world.device("b");
  world.device("c");
  CHECK(world.sync_all());
  world.relay_offset_ms = 28 * hour_ms;
  world.reopen(a);
  CHECK(world.sync(a));
  CHECK(world.relay().stats().clock_alarm);
  CHECK(a.set("note", "title", "x").ms <= std::uint64_t(world.wall_ms));
  world.relay_offset_ms = 0;
  world.reopen(a);
  CHECK(world.sync(a));
  CHECK(!world.relay().stats().clock_alarm);
}

TEST_CASE("a device that met a relay while its clock was a day ahead is let in when that is over") {
  World world;
  Device& a = world.device("a");
  world.device("b");
  world.device("c");
  CHECK(world.sync_all());
  world.relay_offset_ms = 5 * hour_ms;
  a.set("note", "title", "one");
  CHECK(world.sync(a));
  world.relay_offset_ms = 28 * hour_ms;
  world.reopen(a);
  CHECK(world.sync(a));
  world.relay_offset_ms = 0;
  a.set("note", "title", "two");
  CHECK(world.sync(a));
  world.stop_relay();  // and with it what its devices said
  world.start_relay();
  a.set("note", "title", "three");
  CHECK(world.sync(a));
}

TEST_CASE("what a relay let in by a wrong clock waits on a device until its time comes") {
  World world;
  const Stamp ahead = let_in_ahead(world, 48 * hour_ms, "from the day after tomorrow");

  Device& device = world.device("device");
  device.set("note", "body", "of today");
  CHECK(world.sync(device));
  REQUIRE(device.replica->store().parked().size() == 1);
  CHECK(device.replica->store().parked().front().reason == "clock_ahead");
  CHECK(device.get("note", "title") == "");
  CHECK(device.set("note", "body", "still of today").ms <= std::uint64_t(world.wall_ms));
  CHECK(world.sync(device));
  CHECK(device.replica->verify().problems.empty());

  // A day before the stamp's time it is taken in at the next contact, and not a moment earlier.
  const std::int64_t due_ms = std::int64_t(ahead.ms) - sync::gate_given_back_ms;
  world.wall_ms = due_ms - 1;
  world.reopen(device);
  CHECK(world.sync(device));
  CHECK(device.replica->store().parked().size() == 1);
  world.wall_ms = due_ms;
  world.reopen(device);
  CHECK(world.sync(device));
  CHECK(device.replica->store().parked().empty());
  CHECK(device.get("note", "title") == "from the day after tomorrow");
  CHECK(device.get("note", "body") == "still of today");
  CHECK(device.replica->verify().problems.empty());
}

TEST_CASE("changes that follow one from the future wait while connected, until the relay's clock lets them in") {
  World world;
  const Stamp ahead = let_in_ahead(world, 5 * hour_ms, "from this evening");

  Device& device = world.device("device");
  Device& other = world.device("other");
  CHECK(world.sync(device));
  device.set("note", "title", "of now, above the one from this evening");
  device.set("note", "body", "behind it");
  world.connect(device);
  world.run();
  REQUIRE(device.session != 0);
  CHECK(!device.exchange->synced());
  REQUIRE(device.troubles.size() == 2);
  CHECK(device.troubles[0].retry == Retry::after_fix);  // stamped anew, once
  CHECK(device.troubles[1].code == "clock_ahead");
  CHECK(device.troubles[1].retry == Retry::later);
  CHECK(device.exchange->refresh_in_ms() == 600'000);

  // What the others write arrives meanwhile, and nothing is pushed in vain, on this connection or the next one.
  int pushes = 0;
  world.on_sent = [&](const sync::Frame& frame, bool from_device) {
    if (from_device && !frame.text) ++pushes;
    return true;
  };
  other.set("note", "tag", "of the other");
  CHECK(world.sync(other));
  CHECK(device.get("note", "tag") == "of the other");
  pushes = 0;
  world.refresh(device);
  world.connect(device);
  world.run();
  CHECK(pushes == 0);
  CHECK(device.troubles.size() == 2);

  world.wall_ms = std::int64_t(ahead.ms) - sync::gate_ms - 30'000;
  world.refresh(device);
  CHECK(pushes == 0);
  CHECK(device.exchange->refresh_in_ms() == 60'000);
  world.wall_ms += 31'000;
  world.refresh(device);
  CHECK(world.sync(device));
  CHECK(!device.exchange->refresh_in_ms());
  CHECK(world.sync(other));
  CHECK(other.get("note", "title") == "of now, above the one from this evening");
  CHECK(other.get("note", "body") == "behind it");
  CHECK(device.troubles.size() == 2);
}
