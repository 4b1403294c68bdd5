// Winners: who won each cell, against whom, and why, in words that a person understands; and the question that authors
// of apps really have: which edits were hidden by somebody who had never seen them? Pure.
#pragma once

#include <string>
#include <vector>

#include "crdt/change.h"

namespace tidemark::sim {

// A change and who made it. The order of changes does not matter, and neither do doubles.
struct Authored {
  Change change;
  std::string author;  // a name to be shown
  std::string op;      // what the user did, as it was written down; may be empty
};

// What one author wrote into one cell.
struct Claim {
  std::string author;
  Value value;
  Stamp stamp;
  std::string op;
};

struct Loser : Claim {
  // The winner's author had seen this value, itself or through the values it replaced.
  bool seen_by_winner = false;
  // An update that nobody had seen who wrote the cell later, and that says something else than the winner: its author
  // believes it to be there, and nobody decided against it.
  bool hidden_update = false;
};

struct CellStory {
  Cell cell;
  Claim winner;
  std::vector<Loser> losers;  // the strongest first
  std::string reason;         // "b wrote later: 12:00:03.120 against 12:00:01.004"
};

// One for each cell, ascending by cell.
std::vector<CellStory> explain(const std::vector<Authored>& changes);

struct LostUpdate {
  Cell cell;
  Claim lost;
  Claim winner;
};

// The hidden updates of all cells, ascending by cell, then the strongest first.
std::vector<LostUpdate> lost_updates(const std::vector<CellStory>& stories);

// As aligned lines: a cell's winner with the reason, and below it who lost and how. Empty if there are no cells.
std::string to_table(const std::vector<CellStory>& stories);
std::string to_table(const std::vector<LostUpdate>& lost);

// An array of {cell: {entity, attribute}, winner: {author, value, stamp, op}, losers: [{..., seen_by_winner,
// hidden_update}], reason}, and one of {cell, lost, winner}; op only if there is one.
std::string to_json(const std::vector<CellStory>& stories);
std::string to_json(const std::vector<LostUpdate>& lost);

// The time of day of a stamp, UTC: "12:00:03.120"; with `date` "2026-11-18 12:00:03.120".
std::string time_of(const Stamp& stamp, bool date);

}  // namespace tidemark::sim
