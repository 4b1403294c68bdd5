#include "crdt/regions.h"

#include <doctest/doctest.h>

namespace tidemark {

TEST_CASE("without hunks there are no regions") { CHECK(regions({}, {}).empty()); }

TEST_CASE("hunks apart are a region each, in which the other side has what base has") {
  const std::vector<Hunk> winner{{{1, 2}, {1, 4}}};
  const std::vector<Hunk> loser{{{3, 5}, {3, 3}}};
  CHECK(regions(winner, loser) == std::vector<Region>{{{1, 2}, {1, 4}, {1, 2}}, {{3, 5}, {5, 7}, {3, 3}}});
}

TEST_CASE("hunks that touch are one region") {
  CHECK(regions({{{1, 2}, {1, 2}}}, {{{2, 3}, {2, 3}}}) == std::vector<Region>{{{1, 3}, {1, 3}, {1, 3}}});
  CHECK(regions({{{1, 1}, {1, 2}}}, {{{1, 1}, {1, 3}}}) == std::vector<Region>{{{1, 1}, {1, 2}, {1, 3}}});
  CHECK(regions({{{1, 1}, {1, 2}}}, {{{1, 4}, {1, 1}}}) == std::vector<Region>{{{1, 4}, {1, 5}, {1, 1}}});
}

TEST_CASE("hunks that overlap draw their neighbours in") {
  const std::vector<Hunk> winner{{{0, 2}, {0, 1}}, {{4, 6}, {3, 6}}, {{9, 9}, {9, 10}}};
  const std::vector<Hunk> loser{{{1, 5}, {1, 2}}};
  CHECK(regions(winner, loser) == std::vector<Region>{{{0, 6}, {0, 6}, {0, 3}}, {{9, 9}, {9, 10}, {6, 6}}});
}

}  // namespace tidemark
