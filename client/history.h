// What a Replica tells of the past and takes back of it. docs/history.md has the rules and a guide.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crdt/change.h"

namespace tidemark {

// A point of the past: as of a stamp; as of a wall-clock time, which is the last stamp of that millisecond; or as of the
// n-th change, from 1, of the entity or of the file that is asked about.
struct WallTime {
  std::int64_t ms = 0;
};
struct NthChange {
  std::uint64_t n = 0;
};
using When = std::variant<Stamp, WallTime, NthChange>;

// One attribute of an entity as a change wrote it.
struct TimelineStep {
  std::string attribute;
  std::optional<Stamp> base;  // the event that the author saw; nothing for a first write
  std::optional<Value> old;   // its value; nothing if that event is not here
  Value value;
  bool wins = false;
  std::optional<Stamp> by;  // the next event of the cell, which took its place
  bool seen = false;        // whoever wrote that one had seen this one
};

struct TimelineChange {
  Stamp stamp;
  Metadata metadata;
  std::vector<Link> links;          // to the stamps that their targets have now
  std::vector<TimelineStep> steps;  // ascending by attribute
};

struct Contributor {
  std::string author;  // empty if the change names none
  NodeId node;
  std::uint64_t changes = 0;
};

// When and by whom.
struct Mark {
  Stamp stamp;
  std::string author;
};

// The history of an entity.
struct Timeline {
  std::vector<TimelineChange> changes;    // ascending by stamp
  std::vector<Contributor> contributors;  // the most changes first
  std::optional<Mark> created;
  std::optional<Mark> updated;  // the last change
  std::optional<Mark> deleted;  // if it is deleted now
};

// A cell that differs between two points of the past; nothing where it was not written yet.
struct Difference {
  Cell cell;
  std::optional<Value> before;
  std::optional<Value> after;
};

// What to undo: one of count, changes, to, by and correlation, and without any the last change.
struct UndoRequest {
  std::uint64_t count = 0;           // the last so many changes that still show
  std::vector<Stamp> changes;        // these
  std::optional<Stamp> to;           // everything after this change
  std::optional<std::string> by;     // everything by this author ...
  std::int64_t since_ms = 0;         // ... with stamps from here on
  std::optional<Stamp> correlation;  // this change and all that link to it as their correlation
  std::string entity;                // only what was written to this entity; empty: to all
  bool this_device = false;          // with count: only changes of this device
  Metadata metadata;                 // of the change that undoes
  std::vector<Link> links;           // of it, too
};

struct LeftAlone {
  Cell cell;
  Stamp change;  // what was not undone here
  Stamp by;      // what is in the way: the winner
};

struct Undone {
  std::vector<Stamp> written;  // the changes that undo, several if there were many links
  std::vector<Stamp> undone;   // ascending
  std::vector<LeftAlone> left_alone;
};

// A write that lost to a writer who had not seen it, and what it lost to.
struct ConflictSide {
  Stamp stamp;
  Value value;
  Metadata metadata;
};
struct Conflict {
  Cell cell;
  std::optional<ConflictSide> base;  // the last value that both had seen
  ConflictSide winner;
  ConflictSide loser;
};

// How a cell's conflicts end.
struct Keep {};  // the winner's value
struct Take {
  Stamp loser;
};
struct Merged {
  Value value;
};
using Settlement = std::variant<Keep, Take, Merged>;

// The source of changes that merge by themselves.
inline constexpr const char* merge_source = "merge";

// What may become of a conflict without anybody being asked. All devices should have the same policies.
struct MergeLww {};       // it is listed
struct MergePieces {};    // merge_values of crdt/merge_values.h
struct MergeKeepBoth {};  // the loser's value goes to attribute "NAME (conflict STAMP)"
// Must depend on nothing but the values; nothing: it is listed. `base` is null if there is none.
using MergeFunction = std::function<std::optional<Value>(const Value* base, const Value& winner, const Value& loser)>;
using MergePolicy = std::variant<MergeLww, MergePieces, MergeKeepBoth, MergeFunction>;

}  // namespace tidemark
