// The reference replica: everything in maps, slow and obvious. It is the judge of the real store in
// tests and in the simulator, so it shares no code with it but the law.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "crdt/change.h"

namespace tidemark {

class Model {
 public:
  struct Winner {
    Stamp stamp;
    Value value;
  };

  // Applying a change twice is the same as applying it once.
  void apply(const Change& change);

  // Every cell ever written with its winner, ordered by cell.
  const std::map<Cell, Winner>& state() const { return state_; }
  // Every event of a cell, ordered by stamp, then canonical value bytes.
  std::vector<std::pair<Stamp, Event>> history(const Cell& cell) const;
  // The events of a cell that lost to writers who had not seen them: nobody's base, and of another value than the winner.
  // Links that settle or undo are not looked at.
  std::vector<std::pair<Stamp, Event>> conflicts(const Cell& cell) const;

  // One line a cell, {"attribute":A,"entity":E,"value":V}, as `tidemark export --state` prints them.
  std::string export_state() const;

 private:
  std::map<Cell, Winner> state_;
  std::map<Cell, std::vector<std::pair<Stamp, Event>>> history_;
};

}  // namespace tidemark
