// Bundles that wait.
#include "client/parked.h"

#include <doctest/doctest.h>

#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "tests/recovery/patient.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

constexpr NodeId stranger{0x77};

void park(Replica& replica, const std::string& reason, std::uint64_t ms) {
  Bundle bundle{stranger, 1, {}};
  Result<Change> change = canonical_change({{{{"later", "title"}, *Value::text("now")}}, {}, {}});
  change->stamp = {ms, 0, stranger};
  bundle.changes.push_back(*change);
  const EncodedBundle encoded = encode_bundle(bundle, {}, "space");
  store::Arrival arrival;
  arrival.kind = store::Arrival::Kind::parked;
  arrival.row = {encoded.head, bundle_version, suite_plain, change->stamp, change->stamp, 1, {}, true};
  arrival.reason = reason;
  arrival.envelope = pack_envelope(encoded.bytes);
  replica.store().apply({&arrival, 1}, std::nullopt);
}

}  // namespace

TEST_CASE("a bundle that an older version could not read is applied when it is tried again") {
  World world;
  Device& device = world.device("a");
  park(*device.replica, "unsupported_version", std::uint64_t(world.wall_ms));
  CHECK(!device.replica->get("later", "title"));
  CHECK(device.replica->retry_parked() == 1);
  CHECK(device.replica->get("later", "title") == *Value::text("now"));
  CHECK(device.replica->status().counts.parked == 0);
  CHECK(device.replica->verify().problems.empty());
  CHECK(device.replica->retry_parked() == 0);
}

TEST_CASE("a bundle from the future waits until a day before its time") {
  World world;
  Device& device = world.device("a");
  const std::int64_t day_ms = 24 * 3'600'000;
  park(*device.replica, "clock_ahead", std::uint64_t(world.wall_ms + 2 * day_ms));
  CHECK(device.replica->retry_parked() == 0);
  world.wall_ms += day_ms;
  CHECK(device.replica->retry_parked() == 1);
}

TEST_CASE("a parked bundle whose kept bytes are damaged is found, and is not applied") {
  World world;
  Device& device = world.device("a");
  park(*device.replica, "unsupported_version", std::uint64_t(world.wall_ms));
  device.replica.reset();
  run_sql(world.path("a"), "UPDATE parked SET envelope = CAST(replace(CAST(envelope AS TEXT), 'now', 'nix') AS BLOB)");
  device.replica = std::make_unique<Replica>(Replica::open(world.path("a"), world.options("a")));
  const auto problems = device.replica->verify().problems;
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("bundle 1 of node 0000000000000077 is parked, but") == 0);
  CHECK(device.replica->retry_parked() == 0);
  CHECK(!device.replica->get("later", "title"));
}
