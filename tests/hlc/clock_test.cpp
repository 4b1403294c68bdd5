#include "hlc/clock.h"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "tests/hlc/arbitrary.h"

namespace tidemark {
namespace {

constexpr NodeId mine{0x1111};
constexpr NodeId other{0x2222};
constexpr std::int64_t today = 1'795'185'612'345;
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t last_reading = 253'370'764'800'000;  // 9999-01-01

std::uint64_t as_ms(std::int64_t wall_ms) { return static_cast<std::uint64_t>(wall_ms); }

}  // namespace

TEST_CASE("a fresh clock takes the wall reading") {
  Clock clock(mine);
  CHECK_FALSE(clock.last());
  CHECK(clock.now(today) == Stamp{as_ms(today), 0, mine});
  CHECK(clock.last() == Stamp{as_ms(today), 0, mine});
  CHECK(clock.node() == mine);
}

TEST_CASE("W1: a clock that stands still issues every stamp once") {
  Clock clock(mine);
  Stamp before = clock.now(today);
  for (int i = 1; i <= 1000; ++i) {
    const Stamp stamp = clock.now(today);
    CHECK(before < stamp);
    before = stamp;
  }
  CHECK(before == Stamp{as_ms(today), 1000, mine});
}

TEST_CASE("W1: what follows an observed stamp within its tick is greater than it") {
  Clock clock(mine);
  clock.now(today);
  clock.observe({as_ms(today), 8, other});
  CHECK(clock.now(today) == Stamp{as_ms(today), 9, mine});
  CHECK(clock.now(today) == Stamp{as_ms(today), 10, mine});
}

TEST_CASE("W7: an edit of what was just received is later than it, however slow the own clock is") {
  Clock clock(mine);
  const Stamp received{as_ms(today), 3, {~0ull}};
  clock.observe(received);
  CHECK(received < clock.now(today - day_ms));
}

TEST_CASE("the counter of a received stamp counts, not only its time") {
  // Others merged the time and forgot the counter.
  Clock clock(mine);
  clock.observe({as_ms(today), 500, other});
  CHECK(clock.now(today).counter == 501);
  clock.observe({as_ms(today), 400, other});
  CHECK(clock.now(today).counter == 502);
}

TEST_CASE("observing what was already seen does not move the clock") {
  Clock clock(mine);
  const Stamp own = clock.now(today);
  clock.observe(own);
  CHECK(clock.last() == own);
  clock.observe({as_ms(today) - 1, 0xffff, other});
  CHECK(clock.last() == own);
  CHECK(clock.now(today) == Stamp{as_ms(today), 1, mine});
}

TEST_CASE("a full counter carries into the millisecond") {
  CHECK(next_after({5, 0xfffe, mine}) == Stamp{5, 0xffff, mine});
  CHECK(next_after({5, 0xffff, mine}) == Stamp{6, 0, mine});
  Clock clock(mine, Stamp{as_ms(today), 0xffff, {~0ull}});
  CHECK(clock.now(today) == Stamp{as_ms(today) + 1, 0, mine});
  // The wall clock catches up with the carried millisecond: still no stamp twice.
  CHECK(clock.now(today + 1) == Stamp{as_ms(today) + 1, 1, mine});
  CHECK(clock.now(today + 2) == Stamp{as_ms(today) + 2, 0, mine});
}

TEST_CASE("200,000 stamps from a frozen clock strictly increase and run three milliseconds ahead") {
  Clock clock(mine);
  Stamp before = clock.now(today);
  bool increasing = true;
  for (int i = 1; i < 200'000; ++i) {
    const Stamp stamp = clock.now(today);
    increasing = increasing && before < stamp;
    before = stamp;
  }
  CHECK(increasing);
  CHECK(before == Stamp{as_ms(today) + 3, 199'999 - 3 * 65'536, mine});
}

TEST_CASE("a reopened clock goes on after its persisted stamp, even a day back") {
  Clock clock(mine);
  const Stamp before = clock.now(today);
  Clock reopened(mine, clock.last());
  CHECK(reopened.now(today - day_ms) == Stamp{as_ms(today), 1, mine});
  CHECK(before < *reopened.last());
}

TEST_CASE("a file put back from an older copy goes on after what it observes of itself") {
  // The restored clock is behind; the own later stamps come back as a stranger's.
  Clock clock(mine);
  clock.now(today);
  const Clock copy = clock;
  const Stamp lost = clock.now(today + 1000);
  Clock restored = copy;
  restored.observe(lost);
  CHECK(lost < restored.now(today + 10));
}

TEST_CASE("a clock that resumes after a long sleep takes the new reading at once") {
  Clock clock(mine);
  clock.now(today);
  CHECK(clock.now(today + 30 * day_ms) == Stamp{as_ms(today + 30 * day_ms), 0, mine});
}

TEST_CASE("a refused batch leaves no trace, because a clock is a value") {
  Clock clock(mine);
  clock.now(today);
  Clock tentative = clock;
  tentative.observe({as_ms(today + day_ms), 0, other});
  CHECK(clock.now(today) == Stamp{as_ms(today), 1, mine});
}

TEST_CASE("readings before 1970 count as 1970 and readings beyond 9999-01-01 as that day") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto greatest = std::numeric_limits<std::int64_t>::max();
  CHECK(Clock(mine).now(least).ms == 0);
  CHECK(Clock(mine).now(-1).ms == 0);
  CHECK(Clock(mine).now(0).ms == 0);
  CHECK(Clock(mine).now(1).ms == 1);
  CHECK(Clock(mine).now(last_reading - 1).ms == as_ms(last_reading) - 1);
  CHECK(Clock(mine).now(last_reading).ms == as_ms(last_reading));
  CHECK(Clock(mine).now(last_reading + 1).ms == as_ms(last_reading));
  CHECK(Clock(mine).now(greatest).ms == as_ms(last_reading));
  CHECK(to_string(Clock(mine).now(greatest)) == "9999-01-01T00:00:00.000Z-0000-0000000000001111");
}

TEST_CASE("the last stamp of all does not wrap") {
  const Stamp end{max_stamp_ms, 0xffff, mine};
  CHECK(next_after({max_stamp_ms, 0xfffe, mine}) == end);
  CHECK(next_after(end) == end);
}

TEST_CASE("stamps strictly increase under every sequence of readings and observations") {
  CHECK(rc::check([] {
    Clock clock(*rc::gen::arbitrary<NodeId>());
    std::vector<Stamp> seen;
    const auto steps = *rc::gen::container<std::vector<bool>>(rc::gen::arbitrary<bool>());
    for (const bool observes : steps) {
      if (observes) {
        Stamp stamp = *rc::gen::arbitrary<Stamp>();
        stamp.ms = std::min(stamp.ms, as_ms(last_reading));  // later ones never pass the gates
        clock.observe(stamp);
        seen.push_back(stamp);
        continue;
      }
      const auto wall = *rc::gen::oneOf(rc::gen::arbitrary<std::int64_t>(), rc::gen::inRange(today, today + 3),
                                        rc::gen::inRange<std::int64_t>(-3, 3));
      const Stamp stamp = clock.now(wall);
      for (const Stamp& earlier : seen) RC_ASSERT(earlier < stamp);
      RC_ASSERT(stamp.node == clock.node());
      RC_ASSERT(clock.last() == stamp);
      seen.push_back(stamp);
    }
  }));
}

TEST_CASE("the order of observations does not matter") {
  CHECK(rc::check([](const std::vector<Stamp>& stamps) {
    Clock forward(mine);
    Clock backward(mine);
    for (auto it = stamps.begin(); it != stamps.end(); ++it) forward.observe(*it);
    for (auto it = stamps.rbegin(); it != stamps.rend(); ++it) backward.observe(*it);
    RC_ASSERT(forward.last() == backward.last());
  }));
}

}  // namespace tidemark
