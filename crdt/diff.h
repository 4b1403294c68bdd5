// What an editor did to a sequence: the shortest list of deletions and insertions that makes one sequence of the other.
// Pure and deterministic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemark {

// Positions begin up to end, which is not part of it.
struct Range {
  std::size_t begin = 0, end = 0;
  friend bool operator==(const Range& a, const Range& b) { return a.begin == b.begin && a.end == b.end; }
};

// `side` stands where `base` stood. One of the two can be empty, never both.
struct Hunk {
  Range base, side;
  friend bool operator==(const Hunk& a, const Hunk& b) { return a.base == b.base && a.side == b.side; }
};

// A token is a number; equal tokens are equal numbers.
using Tokens = std::vector<std::uint32_t>;

// The hunks in order; between two of them at least one token is common. An insertion or deletion among equal tokens stands
// at the last of the places where it means the same, so that sides that did the same have the same hunk.
//
// If more than max_diff_edits tokens were deleted or inserted, everything between the common head and the common tail is
// one hunk. Time O(n * d) for n tokens and d edits, memory O(n + d^2) (Myers, "An O(ND) Difference Algorithm and Its
// Variations", 1986).
std::vector<Hunk> diff(const Tokens& base, const Tokens& side);

}  // namespace tidemark
