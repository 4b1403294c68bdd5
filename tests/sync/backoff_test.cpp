#include "sync/backoff.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

namespace tidemark::sync {
namespace {

constexpr std::uint64_t most = ~std::uint64_t(0);

// The bounds of the attempt, from 0.
std::int64_t cap_of(int attempt) { return std::min(Backoff::max_ms, Backoff::first_ms << std::min(attempt, 10)); }

}  // namespace

TEST_CASE("waits double from a quarter of a second to half a minute and stay there") {
  Backoff backoff;
  std::vector<std::int64_t> longest;
  for (int i = 0; i < 10; ++i) {
    const std::int64_t cap = cap_of(i);
    longest.push_back(backoff.next_ms(std::uint64_t(cap / 2)));
  }
  CHECK(longest == std::vector<std::int64_t>{250, 500, 1000, 2000, 4000, 8000, 16'000, 30'000, 30'000, 30'000});
}

TEST_CASE("every wait lies between half of its cap and its cap") {
  rc::check([](const std::vector<std::uint64_t>& randoms) {
    Backoff backoff;
    for (std::size_t i = 0; i < randoms.size(); ++i) {
      const std::int64_t cap = cap_of(int(i));
      const std::int64_t wait = backoff.next_ms(randoms[i]);
      RC_ASSERT(wait >= cap / 2);
      RC_ASSERT(wait <= cap);
    }
  });
}

TEST_CASE("both ends of the range are reached, and clients spread over all of it") {
  Backoff lowest, highest;
  CHECK(lowest.next_ms(0) == 125);
  CHECK(highest.next_ms(125) == 250);
  std::set<std::int64_t> waits;
  for (std::uint64_t random = 0; random < 1000; ++random) waits.insert(Backoff().next_ms(random));
  CHECK(waits.size() == 126);
}

TEST_CASE("after something worked the next wait is short again") {
  Backoff backoff;
  for (int i = 0; i < 9; ++i) backoff.next_ms(most);
  CHECK(backoff.next_ms(0) == 15'000);
  backoff.reset();
  CHECK(backoff.next_ms(0) == 125);
}

TEST_CASE("any number of attempts is survived") {
  Backoff backoff;
  for (int i = 0; i < 10'000; ++i) CHECK(backoff.next_ms(most) <= Backoff::max_ms);
}

}  // namespace tidemark::sync
