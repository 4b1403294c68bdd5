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

}  // namespace

TEST_CASE("own stamps may lead by a minute, given-back ones by a day, and not a millisecond more") {
  const Gate gate;
  for (const auto& [own, lead] : {std::pair{true, sync::gate_ms}, std::pair{false, sync::gate_given_back_ms}}) {
    CHECK(!gate.check(bundle_at(now + lead - 1), own, now));
    CHECK(!gate.check(bundle_at(now + lead), own, now));
    const auto refused = gate.check(bundle_at(now + lead + 1), own, now);
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
  CHECK(!gate.check(bundle_at(now + sync::gate_ms), true, now - hour));
}

TEST_CASE("a relay that was never set does not trust itself and gates by what the devices say") {
  Gate gate;
  CHECK(!gate.trusted(1'000));
  CHECK(gate.trusted(sync::min_believable_ms));
  CHECK(!gate.trusted(sync::min_believable_ms - 1));
  gate.heard({1}, now, 1'000, 0);
  CHECK(!gate.check(bundle_at(now), true, 1'000));
  CHECK(gate.check(bundle_at(now + sync::gate_given_back_ms + 1), true, 1'000));
}

TEST_CASE("devices whose clocks were never set have no say") {
  Gate gate;
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, sync::min_believable_ms - 1, now, 0);
  CHECK(gate.trusted(now));
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, sync::min_believable_ms, now, 0);
  CHECK(!gate.trusted(now));
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, 0, now, 0);  // and what they said before is gone
  CHECK(gate.trusted(now));
}

TEST_CASE("a majority a year ahead makes the relay doubt itself, and still its clock is what it gates by") {
  constexpr std::int64_t year = 365 * 24 * hour;
  Gate gate;
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, now + year, now, 0);
  CHECK(!gate.trusted(now));
  CHECK(!gate.check(bundle_at(now + sync::gate_given_back_ms), true, now));
  CHECK(gate.check(bundle_at(now + sync::gate_given_back_ms + 1), true, now));
}

TEST_CASE("three devices that agree outvote the relay, two do not, and wrong ones that disagree do not either") {
  Gate gate;
  gate.heard({1}, now + hour, now, 0);
  gate.heard({2}, now + hour, now, 0);
  CHECK(gate.trusted(now));
  gate.heard({3}, now + hour, now, 0);
  CHECK(!gate.trusted(now));
  CHECK(!gate.check(bundle_at(now + 2 * hour), true, now));

  Gate scattered;
  scattered.heard({1}, now + 2 * hour, now, 0);
  scattered.heard({2}, now - 24 * hour, now, 0);
  scattered.heard({3}, 0, now, 0);
  CHECK(scattered.trusted(now));
  CHECK(scattered.check(bundle_at(now + 2 * hour), true, now));
}

TEST_CASE("five minutes of disagreement are borne, and hellos older than an hour are forgotten") {
  Gate gate;
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, now + sync::clock_alarm_ms, now, 0);
  CHECK(gate.trusted(now));
  for (std::uint64_t node = 1; node <= 3; ++node) gate.heard({node}, now + sync::clock_alarm_ms + 1, now, 0);
  CHECK(!gate.trusted(now));
  gate.heard({4}, now, now, hour + 1);
  CHECK(gate.trusted(now));
}

}  // namespace tidemark::server
