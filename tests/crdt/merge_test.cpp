#include "crdt/merge.h"

#include <doctest/doctest.h>

#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

struct Claim {
  Stamp stamp;
  Value value;
};

bool beats(const Claim& a, const Claim& b) { return wins(a.stamp, a.value, b.stamp, b.value); }

rc::Gen<Claim> few_claims() {
  return rc::gen::exec([] {
    return Claim{{*rc::gen::inRange<std::uint64_t>(0, 2),
                  *rc::gen::inRange<std::uint16_t>(0, 2),
                  {*rc::gen::inRange<std::uint64_t>(0, 2)}},
                 *rc::gen::oneOf(arbitrary_value(), rc::gen::just(Value()), rc::gen::just(Value::integer(1)))};
  });
}

}  // namespace

TEST_CASE("the greater stamp wins whatever the values are") {
  const Value low = Value::null();
  const Value high = must(Value::text("zzz"));
  CHECK(wins({2, 0, {0}}, low, {1, 9, {9}}, high));
  CHECK(wins({1, 1, {0}}, low, {1, 0, {9}}, high));
  CHECK(wins({1, 0, {1}}, low, {1, 0, {0}}, high));
  CHECK(wins({1, 0, {1ull << 63}}, low, {1, 0, {1}}, high));
  CHECK_FALSE(wins({1, 0, {0}}, high, {1, 0, {1}}, low));
}

TEST_CASE("W11: of equal stamps the greater canonical bytes win, whichever came first") {
  const Stamp stamp{1, 2, {3}};
  CHECK(wins(stamp, Value::integer(2), stamp, Value::integer(1)));
  CHECK_FALSE(wins(stamp, Value::integer(1), stamp, Value::integer(2)));
  CHECK(wins(stamp, must(Value::text("")), stamp, Value::integer(9)));
  CHECK_FALSE(wins(stamp, Value::integer(1), stamp, Value::integer(1)));
}

TEST_CASE("the law is a strict total order") {
  CHECK(rc::check([] {
    const Claim a = *few_claims();
    const Claim b = *few_claims();
    const Claim c = *few_claims();
    const bool same = a.stamp == b.stamp && a.value == b.value;
    RC_ASSERT(!beats(a, a));
    RC_ASSERT(beats(a, b) + beats(b, a) == (same ? 0 : 1));
    if (beats(a, b) && beats(b, c)) RC_ASSERT(beats(a, c));
  }));
}

TEST_CASE("the law is the order of stamp bytes followed by value bytes") {
  CHECK(rc::check([] {
    const Claim a = *few_claims();
    const Claim b = *few_claims();
    const auto key = [](const Claim& claim) {
      return std::pair(encode_stamp(claim.stamp), claim.value.canonical_bytes());
    };
    RC_ASSERT(beats(a, b) == (key(b) < key(a)));
  }));
}

}  // namespace tidemark
