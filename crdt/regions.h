// Where two sides changed one base: the regions of a three-way merge.
#pragma once

#include <vector>

#include "crdt/diff.h"

namespace tidemark {

// What each of the three has between two stretches that they have in common.
struct Region {
  Range base, winner, loser;
  friend bool operator==(const Region& a, const Region& b) {
    return a.base == b.base && a.winner == b.winner && a.loser == b.loser;
  }
};

// The regions in order, from the hunks of each side against base. Hunks that overlap or touch are one region, as in
// `git merge-file` and diff3: nothing then says in which order they belong.
std::vector<Region> regions(const std::vector<Hunk>& winner, const std::vector<Hunk>& loser);

}  // namespace tidemark
