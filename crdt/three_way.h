// The rule of every three-way merge, for one piece of a value.
#pragma once

namespace tidemark {

// The side to take: the one that changed the piece, or either if they are equal. Null if both changed it, differently:
// the piece clashes.
template <class Piece>
const Piece* changed_side(const Piece& base, const Piece& winner, const Piece& loser) {
  if (winner == loser || loser == base) return &winner;
  return winner == base ? &loser : nullptr;
}

}  // namespace tidemark
