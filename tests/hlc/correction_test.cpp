#include <doctest/doctest.h>

#include <limits>

#include "hlc/clock.h"
#include "hlc/wall_clock.h"
#include "tests/hlc/arbitrary.h"

namespace tidemark {
namespace {

constexpr std::int64_t relay = 1'795'185'612'345;
constexpr std::int64_t hour = 3'600'000;
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t greatest = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("nothing learned corrects nothing") {
  for (const std::int64_t wall : {least, std::int64_t{-1}, std::int64_t{0}, relay, greatest}) {
    CHECK(ClockCorrection{}.apply(wall) == wall);
  }
}

TEST_CASE("an offset of a minute is tolerated and one millisecond more is corrected") {
  constexpr std::int64_t minute = ClockCorrection::tolerated_ms;
  for (const std::int64_t off : {minute - 1, minute}) {
    CHECK(ClockCorrection::learn(relay + off, relay).apply(relay + off) == relay + off);
    CHECK(ClockCorrection::learn(relay - off, relay).apply(relay - off) == relay - off);
  }
  CHECK(ClockCorrection::learn(relay + minute + 1, relay).apply(relay + minute + 1) == relay);
  CHECK(ClockCorrection::learn(relay - minute - 1, relay).apply(relay - minute - 1) == relay);
}

TEST_CASE("a fast clock is corrected for as long as it runs on") {
  const auto correction = ClockCorrection::learn(relay + 2 * hour, relay);
  CHECK(correction.offset_ms == -2 * hour);
  CHECK(correction.learned_relay_ms == relay);
  CHECK(correction.apply(relay + 2 * hour) == relay);
  CHECK(correction.apply(relay + 2 * hour + 5) == relay + 5);
  CHECK(correction.apply(relay + 1000 * hour) == relay + 998 * hour);
}

TEST_CASE("a fast clock that was put back is believed") {
  const auto correction = ClockCorrection::learn(relay + 2 * hour, relay);
  CHECK(correction.apply(relay) == relay);
  CHECK(correction.apply(relay + hour) == relay + hour);
  const std::int64_t edge = relay + 2 * hour - ClockCorrection::tolerated_ms;
  CHECK(correction.apply(edge - 1) == edge - 1);
  CHECK(correction.apply(edge) == edge - 2 * hour);
}

TEST_CASE("only a reading that does not fit the correction refutes it") {
  const auto fast = ClockCorrection::learn(relay + 2 * hour, relay);
  CHECK(!fast.refuted_by(relay + 2 * hour));
  CHECK(fast.refuted_by(relay + hour));
  const auto slow = ClockCorrection::learn(relay - hour, relay);
  CHECK(!slow.refuted_by(relay));
  CHECK(slow.refuted_by(relay + 1));
  CHECK(!ClockCorrection{}.refuted_by(relay));
}

TEST_CASE("a slow clock is corrected until it is put forward") {
  const auto correction = ClockCorrection::learn(relay - 24 * hour, relay);
  CHECK(correction.apply(relay - 24 * hour) == relay);
  CHECK(correction.apply(relay - 23 * hour) == relay + hour);
  CHECK(correction.apply(relay) == relay + 24 * hour);
  CHECK(correction.apply(relay + 1) == relay + 1);
}

TEST_CASE("a clock in 1970 is corrected by half a century") {
  const auto correction = ClockCorrection::learn(0, relay);
  CHECK(correction.apply(0) == relay);
  CHECK(correction.apply(5000) == relay + 5000);
  CHECK(correction.apply(relay + hour) == relay + hour);
}

TEST_CASE("absurd readings neither overflow nor stop the clock") {
  CHECK(rc::check([](std::int64_t wall, std::int64_t relay_ms, std::int64_t later) {
    const auto correction = ClockCorrection::learn(wall, relay_ms);
    Clock clock({1});
    const Stamp first = clock.now(correction.apply(wall));
    RC_ASSERT(first < clock.now(correction.apply(later)));
  }));
  CHECK(ClockCorrection::learn(least, greatest).apply(least) <= greatest);
  CHECK(ClockCorrection::learn(greatest, least).offset_ms == least);
}

TEST_CASE("the system's wall clock is past the day this was written") { CHECK(system_wall_ms() > 1'700'000'000'000); }

}  // namespace tidemark
