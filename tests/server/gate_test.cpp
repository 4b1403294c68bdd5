#include "server/gate.h"

#include <doctest/doctest.h>

#include "sync/limits.h"

namespace tidemark::server {
namespace {

constexpr std::int64_t now = 1'795'000'000'000;
constexpr std::int64_t hour = 3'600'000;

BundleHeader bundle_at(std::int64_t last_ms) {
  BundleHeader header;
  header.n = 1;
  header.first = header.last = Stamp{std::uint64_t(last_ms), 0, {}};
  return header;
}

// The relay's wall clock reads `wall_ms`, some time after the first hello.
Now at(std::int64_t wall_ms, std::int64_t steady_ms = 0) { return {wall_ms, steady_ms}; }

}  // namespace

TEST_CASE("own stamps may lead by a minute, given-back ones by a day, and not a millisecond more") {
  const Gate gate;
  for (const auto& [own, lead] : {std::pair{true, sync::gate_ms}, std::pair{false, sync::gate_given_back_ms}}) {
    CHECK(!gate.check(bundle_at(now + lead - 1), own, at(now)));
    CHECK(!gate.check(bundle_at(now + lead), own, at(now)));
    const auto refused = gate.check(bundle_at(now + lead + 1), own, at(now));
    REQUIRE(refused);
    CHECK(refused->code == "clock_ahead");
    CHECK(refused->retry == Retry::after_fix);
  }
}

TEST_CASE("the relay's time never runs behind what it stored") {
  Gate gate;
  gate.stored(now);
  CHECK(gate.time_ms(now - hour) == now);
  CHECK(gate.time_ms(now + hour) == now + hour);
  CHECK(!gate.check(bundle_at(now + sync::gate_ms), true, at(now - hour)));
}

TEST_CASE("a relay that was never set does not trust itself and gates by what the devices say") {
  Gate gate;
  CHECK(!gate.trusted(at(1'000)));
  CHECK(gate.trusted(at(sync::min_believable_ms)));
  CHECK(!gate.trusted(at(sync::min_believable_ms - 1)));
  gate.heard({1}, now, 0);
  CHECK(!gate.check(bundle_at(now), true, at(1'000)));
  CHECK(gate.check(bundle_at(now + sync::gate_given_back_ms + 1), true, at(1'000)));
}

TEST_CASE("devices whose clocks were never set have no say") {
  Gate gate;
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, sync::min_believable_ms - 1, 0);
  CHECK(gate.trusted(at(now)));
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, sync::min_believable_ms, 0);
  CHECK(!gate.trusted(at(now)));
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, 0, 0);  // and what they said before is gone
  CHECK(gate.trusted(at(now)));
}

TEST_CASE("a majority a year ahead makes the relay doubt itself, and still its clock is what it gates by") {
  constexpr std::int64_t year = 365 * 24 * hour;
  Gate gate;
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, now + year, 0);
  CHECK(!gate.trusted(at(now)));
  CHECK(!gate.check(bundle_at(now + sync::gate_given_back_ms), true, at(now)));
  CHECK(gate.check(bundle_at(now + sync::gate_given_back_ms + 1), true, at(now)));
}

TEST_CASE("three devices that agree outvote the relay, two do not, and wrong ones that disagree do not either") {
  Gate gate;
  gate.heard({1}, now + hour, 0);
  gate.heard({2}, now + hour, 0);
  CHECK(gate.trusted(at(now)));
  gate.heard({3}, now + hour, 0);
  CHECK(!gate.trusted(at(now)));
  CHECK(!gate.check(bundle_at(now + 2 * hour), true, at(now)));

  Gate scattered;
  scattered.heard({1}, now + 2 * hour, 0);
  scattered.heard({2}, now - 24 * hour, 0);
  scattered.heard({3}, 0, 0);
  CHECK(scattered.trusted(at(now)));
  CHECK(scattered.check(bundle_at(now + 2 * hour), true, at(now)));
}

TEST_CASE("five minutes of disagreement are borne, and hellos older than an hour are forgotten") {
  Gate gate;
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, now + sync::clock_alarm_ms, 0);
  CHECK(gate.trusted(at(now)));
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, now + sync::clock_alarm_ms + 1, 0);
  CHECK(!gate.trusted(at(now)));
  gate.heard({4}, now, hour + 1);
  CHECK(gate.trusted(at(now, hour + 1)));
}

TEST_CASE("a clock that jumps is doubted by what the devices said before, and believed once it is right") {
  Gate gate;
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, now, 0);
  CHECK(gate.trusted(at(now + hour / 2, hour / 2)));
  CHECK(!gate.trusted(at(now + 28 * hour, 8'000)));
  gate.heard({1}, now + 8'000, 8'000);
  CHECK(!gate.trusted(at(now + 28 * hour, 8'000)));
  CHECK(gate.trusted(at(now + 13'000, 13'000)));
  CHECK(gate.check(bundle_at(now + 23 * hour), true, at(now + 13'000, 13'000)));
}

TEST_CASE("the devices' time, which counts while the relay's clock was never set, goes on after they said it") {
  Gate gate;
  gate.heard({1}, now, 0);
  CHECK(gate.best_time_ms(at(1'000, hour)) == now + hour);
}

}  // namespace tidemark::server
