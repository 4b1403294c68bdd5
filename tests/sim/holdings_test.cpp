// What the oracle reads of the files of a world, and what it keeps of that.
#include <doctest/doctest.h>

#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "sim/holdings.h"

namespace tidemark::sim {
namespace {

Draft draft(const char* text) {
  Draft draft;
  draft.writes.push_back({{"e", "k"}, *Value::text(text)});
  return draft;
}

// A bundle of somebody else's that says this and is not folded.
store::Arrival parked(const char* text) {
  Change change;
  change.stamp = {1, 0, {7}};
  change.events.push_back({{"e", "k"}, *Value::text(text), std::nullopt});
  const EncodedBundle bundle = encode_bundle({{7}, 1, {change}}, Hash{}, space_name);
  store::Arrival arrival;
  arrival.kind = store::Arrival::Kind::parked;
  arrival.row.head = bundle.head;
  arrival.row.first = arrival.row.last = change.stamp;
  arrival.row.events = 1;
  arrival.envelope = pack_envelope(bundle.bytes);
  arrival.reason = "clock_ahead";
  return arrival;
}

struct Scene {
  Chooser chooser{1};
  Trace trace{false};
  World world{*Profile::named("calm", 1), chooser, trace, 1};
  Device& device = world.add_device("a");
  Written written;
  Holdings holdings{world, written};

  Scene() { world.run_until(0); }
  std::uint32_t write(const char* text) {
    const std::uint32_t id = written.add(draft(text));
    world.with(device, [&](Replica& replica) { CHECK(bool(replica.change(draft(text)))); });
    return id;
  }
  ChangeSet folded() {
    const Holdings::OfDevice* held = holdings.of(device);
    REQUIRE(held);
    return held->picture.changes();
  }
};

TEST_CASE("a file that changed is read again, whether its process lives or not") {
  Scene scene;
  const std::uint32_t first = scene.write("one");
  CHECK(scene.folded().has(first));
  const std::uint32_t second = scene.write("two");
  CHECK(scene.folded().has(second));
  scene.device.disk.die();
  CHECK(scene.folded().has(first));
  CHECK(scene.folded().has(second));
  scene.world.crash(scene.device, false, 1'000);
  for (const std::string& path : scene.device.disk.paths()) scene.device.disk.remove(path);
  CHECK(scene.holdings.of(scene.device) == nullptr);
}

TEST_CASE("what was kept of a file follows what is learnt later of who wrote it") {
  Scene scene;
  const std::uint32_t id = scene.write("one");
  CHECK(scene.folded().has(id));
  scene.written.add(draft("one"));  // somebody else says the same: nobody can tell whose it is
  CHECK_FALSE(scene.folded().has(id));
}

TEST_CASE("an event that nobody wrote is read again until somebody has") {
  Scene scene;
  scene.world.with(scene.device, [&](Replica& replica) { CHECK(bool(replica.change(draft("one")))); });
  CHECK(scene.holdings.of(scene.device)->picture.unwritten == "e.k = \"one\"");
  const std::uint32_t id = scene.written.add(draft("one"));
  CHECK(scene.folded().has(id));
}

TEST_CASE("what is parked is there, but not for its device to see") {
  Scene scene;
  const std::uint32_t id = scene.written.add(draft("parked"));
  const store::Arrival arrival = parked("parked");
  scene.device.sync_store().apply({&arrival, 1}, std::nullopt);
  CHECK_FALSE(scene.folded().has(id));
  CHECK(Written::changes_of(scene.holdings.of(scene.device)->parked).has(id));
}

}  // namespace
}  // namespace tidemark::sim
