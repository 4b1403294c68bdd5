#include <doctest/doctest.h>

#include "tests/engine/world.h"

using namespace tidemark;
using namespace tidemark::test;

TEST_CASE("what one device writes reaches another one through the relay") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  a.set("note", "title", "Shopping");
  CHECK(world.sync(a));
  CHECK(world.sync(b));
  CHECK(b.get("note", "title") == "Shopping");
  b.set("note", "title", "Groceries");
  CHECK(world.sync_all());
  CHECK(a.get("note", "title") == "Groceries");
}

TEST_CASE("a live device is told of writes without asking") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  CHECK(world.sync(a));
  CHECK(world.sync(b));
  a.set("note", "title", "one");
  world.run();
  CHECK(b.get("note", "title") == "one");
  CHECK(a.replica->store().counts().outbox == 0);
}

TEST_CASE("a second sync with nothing new sends no bundle, takes one round trip and less than a kibibyte") {
  World world;
  Device& a = world.device("a");
  for (int i = 0; i < 50; ++i) a.set("note" + std::to_string(i), "title", "text");
  CHECK(world.sync(a));
  world.reopen(a);
  CHECK(world.sync(a));
  const SyncSummary summary = a.exchange->summary();
  CHECK(summary.pushed_bundles == 0);
  CHECK(summary.round_trips == 1);
  CHECK(summary.bytes_up + summary.bytes_down <= 1024);
  CHECK(summary.bundle_bytes_up + summary.bundle_bytes_down == 0);
}

TEST_CASE("an edit of twenty bytes costs at most 120 bytes of bundle") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  const std::string note = a.replica->new_entity();
  a.set(note, "title", "before");
  CHECK(world.sync_all());
  world.reopen(b);
  CHECK(world.sync(b));
  b.set(note, "title", "exactly twenty bytes");
  CHECK(world.sync(b));
  CHECK(b.exchange->summary().bundle_bytes_up <= 120);
  CHECK(b.exchange->summary().bundle_bytes_up > 20);
}

TEST_CASE("a lost confirm does not store a bundle twice") {
  World world;
  Device& a = world.device("a");
  a.set("note", "title", "one");
  bool cut = false;
  world.on_sent = [&](const sync::Frame& frame, bool from_device) {
    cut = cut || (!from_device && std::holds_alternative<sync::Confirm>(*sync::decode_message(frame)));
    return !cut;  // the confirm and all that follows is lost on the way
  };
  world.connect(a);
  world.run();
  world.disconnect(a);
  CHECK(world.log_entries() == 1);
  CHECK(a.replica->store().counts().outbox == 1);
  world.on_sent = nullptr;
  CHECK(world.sync(a));
  CHECK(world.log_entries() == 1);
  CHECK(a.replica->store().counts().outbox == 0);
}

TEST_CASE("a sync that is cut after any number of steps goes on where it was") {
  for (std::size_t steps = 1; steps < 40; ++steps) {
    CAPTURE(steps);
    World world;
    Device& a = world.device("a");
    Device& b = world.device("b");
    for (int i = 0; i < 5; ++i) a.set("n" + std::to_string(i), "title", "a");
    for (int i = 0; i < 5; ++i) b.set("n" + std::to_string(i), "title", "b");
    world.connect(a);
    world.connect(b);
    for (std::size_t i = 0; i < steps; ++i) world.step();
    world.stop_relay();
    world.start_relay();
    CHECK(world.sync_all());
    CHECK(world.log_entries() == 2);
  }
}

TEST_CASE("the relay tells a slow device everything from its log, in order") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  for (int i = 0; i < 300; ++i) {
    a.set("note", "body", std::string(20'000, char('a' + i % 26)));
    if (i % 10 == 0) CHECK(world.sync(a));
  }
  CHECK(world.sync(a));
  CHECK(world.sync(b));
  CHECK(b.stamped_state() == a.stamped_state());
  CHECK(b.replica->store().cursor()->seq == world.log_entries());
}

TEST_CASE("a later edit by a device whose clock is behind wins over what it has seen") {
  World world;
  Device& a = world.device("a");
  Device& b = world.device("b");
  b.clock_offset_ms = -50'000;
  a.set("note", "title", "first");
  CHECK(world.sync_all());
  b.set("note", "title", "second");
  CHECK(world.sync_all());
  CHECK(a.get("note", "title") == "second");
}

TEST_CASE("entries that were under way when a missing chain was asked for are void, not an error") {
  World world;
  Device& a = world.device("a");
  Exchange& exchange = *a.exchange;
  const auto sent = [&] {
    std::vector<sync::Message> messages;
    while (const auto frame = exchange.next_frame()) messages.push_back(*sync::decode_message(*frame));
    return messages;
  };
  const Head unknown{{7}, 3, Hash{1}};
  exchange.opened();
  REQUIRE(sent().size() == 1);
  sync::Welcome welcome;
  welcome.log = LogId{5};
  welcome.seq = 2;
  welcome.time_ms = world.wall_ms;
  welcome.heads.push_back(Head{a.replica->store().node(), 0, {}});
  exchange.received(sync::encode_message(welcome));
  exchange.received(sync::encode_message(sync::Entries{1, {{unknown, {}}}}));
  exchange.received(sync::encode_message(sync::Entries{2, {{unknown, {}}}}));
  CHECK(!exchange.failed());
  const auto messages = sent();
  REQUIRE(messages.size() == 1);
  REQUIRE(std::holds_alternative<sync::Want>(messages[0]));
  CHECK(std::get<sync::Want>(messages[0]).have == Head{{7}, 0, {}});
  exchange.received(sync::encode_message(sync::ChainPart{{}, true}));
  REQUIRE(sent().size() == 1);  // a hello, from where the cursor stands
  CHECK(a.replica->store().cursor()->seq == 0);
}

TEST_CASE("a device may ask as often as it likes how far the log is") {
  World world;
  Device& device = world.device("device");
  CHECK(world.sync(device));
  for (int i = 0; i < 200; ++i) world.refresh(device);
  CHECK(device.troubles.empty());
  CHECK(device.exchange->synced());
}
