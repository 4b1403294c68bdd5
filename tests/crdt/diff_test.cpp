#include "crdt/diff.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "crdt/limits.h"

namespace tidemark {
namespace {

rc::Gen<Tokens> few_tokens() { return rc::gen::container<Tokens>(rc::gen::inRange<std::uint32_t>(0, 4)); }

Tokens apply(const Tokens& base, const Tokens& side, const std::vector<Hunk>& hunks) {
  Tokens made;
  const auto append = [&made](const Tokens& from, const Range& range) {
    made.insert(made.end(), from.begin() + static_cast<std::ptrdiff_t>(range.begin),
                from.begin() + static_cast<std::ptrdiff_t>(range.end));
  };
  std::size_t at = 0;
  for (const Hunk& hunk : hunks) {
    append(base, {at, hunk.base.begin});
    append(side, hunk.side);
    at = hunk.base.end;
  }
  append(base, {at, base.size()});
  return made;
}

std::size_t edits(const std::vector<Hunk>& hunks) {
  std::size_t sum = 0;
  for (const Hunk& hunk : hunks) sum += hunk.base.end - hunk.base.begin + hunk.side.end - hunk.side.begin;
  return sum;
}

// By the textbook: a table of all pairs of prefixes.
std::size_t fewest_edits(const Tokens& a, const Tokens& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0u);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t best = a[i] == b[j] ? diagonal : std::min(row[j], row[j + 1]) + 1;
      diagonal = std::exchange(row[j + 1], best);
    }
  }
  return row[b.size()];
}

// `count` tokens, with one more behind each of the first `inserted`.
Tokens numbered(std::uint32_t count, std::uint32_t inserted) {
  Tokens tokens;
  for (std::uint32_t i = 0; i < count; ++i) {
    tokens.push_back(i);
    if (i < inserted) tokens.push_back(count + i);
  }
  return tokens;
}

}  // namespace

TEST_CASE("equal sequences have no hunks") {
  CHECK(diff({}, {}).empty());
  CHECK(diff({1, 2, 3}, {1, 2, 3}).empty());
}

TEST_CASE("a hunk says what stood there and what stands there now") {
  CHECK(diff({}, {7}) == std::vector<Hunk>{{{0, 0}, {0, 1}}});
  CHECK(diff({7}, {}) == std::vector<Hunk>{{{0, 1}, {0, 0}}});
  CHECK(diff({1, 2, 3, 4}, {1, 5, 3, 4, 6}) == std::vector<Hunk>{{{1, 2}, {1, 2}}, {{4, 4}, {4, 5}}});
  CHECK(diff({1, 1, 1}, {1, 1, 1, 1}) == std::vector<Hunk>{{{3, 3}, {3, 4}}});
}

TEST_CASE("an insertion or deletion among equal tokens is at the last place") {
  const std::vector<Hunk> expected{{{0, 0}, {0, 1}}, {{5, 6}, {6, 6}}};
  CHECK(diff({2, 3, 2, 1, 1, 1}, {1, 2, 3, 2, 1, 1}) == expected);
  CHECK(rc::check([] {
    const Tokens base = *few_tokens();
    const Tokens side = *few_tokens();
    for (const Hunk& hunk : diff(base, side)) {
      if (hunk.base.end == base.size() || hunk.side.end == side.size()) continue;
      if (hunk.base.begin == hunk.base.end) RC_ASSERT(side[hunk.side.begin] != side[hunk.side.end]);
      if (hunk.side.begin == hunk.side.end) RC_ASSERT(base[hunk.base.begin] != base[hunk.base.end]);
    }
  }));
}

TEST_CASE("the hunks make the side of the base with the fewest edits, a common token between each two") {
  CHECK(rc::check([] {
    const Tokens base = *few_tokens();
    const Tokens side = *few_tokens();
    const auto hunks = diff(base, side);
    RC_ASSERT(apply(base, side, hunks) == side);
    RC_ASSERT(edits(hunks) == fewest_edits(base, side));
    for (std::size_t i = 1; i < hunks.size(); ++i) {
      const std::size_t common = hunks[i].base.begin - hunks[i - 1].base.end;
      RC_ASSERT(common > 0);
      RC_ASSERT(hunks[i].side.begin - hunks[i - 1].side.end == common);
    }
  }));
}

TEST_CASE("beyond the limit of edits all that differs is one hunk") {
  const std::uint32_t limit = max_diff_edits;
  const Tokens base = numbered(2 * limit, 0);
  CHECK(diff(base, numbered(2 * limit, limit - 1)).size() == limit - 1);
  CHECK(diff(base, numbered(2 * limit, limit)).size() == limit);
  CHECK(diff(base, numbered(2 * limit, limit + 1)) == std::vector<Hunk>{{{1, limit + 1}, {1, 2 * limit + 2}}});
}

}  // namespace tidemark
