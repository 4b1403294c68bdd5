// Random histories of everything that can go wrong, each judged after it healed. A failure prints its seed; run that one
// alone with TIDEMARK_SEED=n.
#include <doctest/doctest.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "crdt/model.h"
#include "tests/engine/world.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

struct Chaos {
  explicit Chaos(std::uint64_t seed) : world(seed) {
    for (const char* name : {"a", "b", "c"}) world.device(name);
  }

  std::uint64_t draw(std::uint64_t below) { return world.random() % below; }

  Device& any() {
    auto at = world.devices.begin();
    std::advance(at, std::ptrdiff_t(draw(world.devices.size())));
    return *at->second;
  }

  void act() {
    Device& device = any();
    world.wall_ms += std::int64_t(draw(5'000));
    world.steady_ms += std::int64_t(draw(5'000));
    switch (draw(24)) {
      case 0:
      case 1:
      case 2:
      case 3: {
        const std::string value = device.name + std::to_string(++writes);
        device.set("e" + std::to_string(draw(3)), "k" + std::to_string(draw(3)), value);
        break;
      }
      case 4:
      case 5:
        edit(device);
        break;
      case 6:
      case 7:
      case 8:
        world.connect(device);
        break;
      case 9:
        world.disconnect(device);
        break;
      case 10:
      case 11:
      case 12:
      case 13:
      case 14:
        for (std::uint64_t i = draw(12); i > 0; --i) world.step();
        break;
      case 15:
        world.reopen(device);
        break;
      case 16:
        if (world.devices.size() < 6) world.copy_device(device.name, "copy" + std::to_string(++copies));
        break;
      case 17:
        if (clocks) device.clock_offset_ms = std::int64_t(draw(24'000'000)) - 12'000'000;
        break;
      case 18:
        world.save_device(device.name);
        saved.insert(device.name);
        break;
      case 19:
        if (saved.count(device.name) != 0) world.restore_device(device.name);
        break;
      case 20:
        world.save_relay();
        relay_saved = true;
        break;
      case 21:
        if (relay_saved && draw(2) == 0) world.restore_relay();
        break;
      case 22:
        if (draw(4) == 0) world.wipe_relay();
        break;
      case 23:
        world.stop_relay();
        world.start_relay();
        break;
    }
  }

  // Writes of one edit, with whatever goes over the network between them.
  void edit(Device& device) {
    EditSession session = device.replica->edit_session();
    const std::string entity = "e" + std::to_string(draw(3));
    const std::string attribute = "k" + std::to_string(draw(3));
    for (std::uint64_t i = draw(5); i > 0; --i) {
      REQUIRE(session.set(entity, attribute, Value::text(device.name + std::to_string(++writes))));
      world.wall_ms += 7;
      if (device.exchange && device.session != 0) device.exchange->store_changed();
      for (std::uint64_t steps = draw(4); steps > 0; --steps) world.step();
    }
  }

  std::set<std::string> values(const Device& device) const {
    std::set<std::string> result;
    device.replica->store().for_each_event([&](const store::HistoryRow& row) {
      result.insert(row.event.value.as_string());
      return true;
    });
    return result;
  }

  World world;
  bool clocks = false;
  int writes = 0;
  int copies = 0;
  std::set<std::string> saved;
  bool relay_saved = false;
};

std::string describe(const Device& device) {
  std::ostringstream out;
  const store::Store& store = device.replica->store();
  out << device.name << (device.exchange->synced() ? " synced" : " not synced")
      << (store.refill() ? ", refill open" : "") << "\n";
  for (const Error& error : device.troubles) out << "  " << to_string(error) << "\n";
  for (const auto& own : store.own_nodes()) {
    out << "  node " << to_string(own.node) << " n " << own.head.n << " confirmed " << own.confirmed << " unsealed "
        << own.unsealed << (own.current ? " current" : "") << (own.forked ? " forked" : "") << "\n";
  }
  for (const Head& head : store.heads()) out << "  head " << to_string(head.node) << " n " << head.n << "\n";
  return out.str();
}

void check_fold(const Device& device) {
  std::map<Stamp, Change> changes;
  Model model;
  device.replica->store().for_each_event([&](const store::HistoryRow& row) {
    Change change;
    change.stamp = row.stamp;
    change.events.push_back(row.event);
    model.apply(change);
    return true;
  });
  std::string expected;
  for (const auto& [cell, winner] : model.state()) {
    expected +=
        cell.entity + " " + cell.attribute + " " + winner.value.to_json() + " " + to_string(winner.stamp) + "\n";
  }
  CHECK(device.stamped_state() == expected);
}

void run(std::uint64_t seed, bool clocks) {
  CAPTURE(seed);
  CAPTURE(clocks);
  Chaos chaos(seed);
  chaos.clocks = clocks;
  for (std::uint64_t i = 30 + chaos.draw(90); i > 0; --i) chaos.act();

  std::set<std::string> expected;
  for (auto& [name, device] : chaos.world.devices) {
    for (const std::string& value : chaos.values(*device)) expected.insert(value);
  }
  bool healed = false;
  for (int round = 0; round < 12 && !healed; ++round) {
    healed = chaos.world.sync_all(1);
    // Stamps that devices with a common wrong clock talked the relay into come due when their time has come.
    if (clocks) chaos.world.wall_ms += 3'600'000;
  }
  if (!healed) {
    for (auto& [name, device] : chaos.world.devices) {
      MESSAGE(describe(*device));
    }
  }
  REQUIRE(healed);
  for (auto& [name, device] : chaos.world.devices) {
    CAPTURE(name);
    const auto report = device->replica->verify();
    for (const std::string& problem : report.problems) MESSAGE(problem);
    CHECK(report.problems.empty());
    CHECK(device->replica->store().counts().outbox == 0);
    const std::set<std::string> found = chaos.values(*device);
    for (const std::string& value : expected) CHECK_MESSAGE(found.count(value) == 1, "lost: " << value);
    check_fold(*device);
  }
}

void run_seeds(std::uint64_t first, std::uint64_t count, bool clocks) {
  if (const char* seed = std::getenv("TIDEMARK_SEED")) return run(std::strtoull(seed, nullptr, 10), clocks);
  if (const char* seeds = std::getenv("TIDEMARK_SEEDS")) count = std::strtoull(seeds, nullptr, 10);
  for (std::uint64_t seed = first; seed < first + count; ++seed) run(seed, clocks);
}

}  // namespace

TEST_CASE("copies, rollbacks, relay losses and cut connections heal without losing a write") {
  run_seeds(1, 60, false);
}

TEST_CASE("the same with clocks that are off by up to hours and change") { run_seeds(10'001, 60, true); }
