// Lineage: what the events of one cell say about each other. Who had seen whom, what was undone, which writes lost
// unseen. Pure functions over the events of one cell, so that every replica with the same events gives the same answers;
// docs/history.md has the rules in words.
//
// A cell's events come as a span that ascends by stamp (equal stamps by canonical value bytes, as merge.h decides), so
// the last one is the winner. Positions in it are what the functions give back.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "crdt/change.h"

namespace tidemark {

// One event of the cell with what its change says about others.
struct CellEvent {
  Stamp stamp;
  Value value;
  std::optional<Stamp> base;
  std::vector<Stamp> undoes;   // targets of its change's links of that kind
  std::vector<Stamp> settles;  // ... of this one
  bool compensates() const { return !undoes.empty(); }
};

// For each event whether it is live: no live event of a greater stamp undoes it. `also`: stamps that count as undone by a
// write that is yet to come. O(events + links), both times log.
std::vector<bool> live_events(std::span<const CellEvent> events, std::span<const Stamp> also = {});

// The event whose value the cell shows: the winner, or, if that is a compensation, the greatest live event below it that is
// none and has its value. Nothing if there is none: the compensation shows that nothing is left.
std::optional<std::size_t> shown_event(std::span<const CellEvent> events);

// What the cell would show if the changes of these stamps had not happened: the greatest live event that is no compensation.
std::optional<std::size_t> event_without(std::span<const CellEvent> events, std::span<const Stamp> undone);

// Positions of the heads, ascending; the last one is the winner. Heads that are not live are left out, but the winner. Of
// one edit that was made twice, all are heads or none.
std::vector<std::size_t> heads_of(std::span<const CellEvent> events);

// A write that lost to a writer who had not seen it.
struct LostWrite {
  std::size_t loser = 0;
  std::size_t winner = 0;
  std::optional<std::size_t> base;  // the greatest event that both had seen
};
// Each event has seen itself, its base, what it settles, what it puts back if it is an undo, and what those have; and whatever
// wrote the same value upon the same base as one of these.
// Ascending by loser; heads with the winner's value are left out.
std::vector<LostWrite> lost_writes(std::span<const CellEvent> events);

}  // namespace tidemark
