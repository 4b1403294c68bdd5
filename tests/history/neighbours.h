// Neighbours: what the graph of commits says about the writes of each cell, without a look at the engine's links.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "tests/history/lines.h"
#include "tests/history/vault.h"

namespace tidemark::test {

struct Wrote {
  std::size_t commit = 0;
  std::size_t place = 0;  // in the file of events
  Stamp stamp;            // as the engine gave it
  const Value* value = nullptr;
};

// Writes ascend by stamp.
using Cells = std::map<Cell, std::vector<Wrote>>;
Cells cells_of(const Vault& vault, const Bundles& bundles);

// The greatest write of the cell that the author of this one had before him; null if there is none.
const Wrote* seen_by(const Vault& vault, const std::vector<Wrote>& writes, const Wrote& by);

// What became of a write that the next one of its cell had not seen.
enum class Fate {
  lost,       // nobody wrote on top of it, and the cell's winner has another value: a conflict
  equal,      // ... and the winner has the same value: nothing is lost
  copied,     // the same value was written upon the same base by another commit, and somebody wrote on top of that one
  succeeded,  // it is the value that a later author saw, on its own side of the graph: that author's write stands for it
};
Fate fate_of(const Vault& vault, const std::vector<Wrote>& writes, const Wrote& one);

// Two writes that follow each other in some order of the cell's writes, and neither commit is an ancestor of the other.
struct Neighbours {
  const Cell* cell = nullptr;
  const Wrote* lower = nullptr;  // by stamp
  const Wrote* upper = nullptr;
  friend bool operator<(const Neighbours& a, const Neighbours& b) {
    return std::tie(a.lower, a.upper) < std::tie(b.lower, b.upper);
  }
};
using Before = std::function<bool(const Wrote&, const Wrote&)>;
std::set<Neighbours> concurrent_neighbours(const Vault& vault, const Cells& cells, const Before& before);

// In how many cells.
std::size_t count_cells(const std::set<Neighbours>& neighbours);

}  // namespace tidemark::test
