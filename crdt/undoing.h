// Undoing: what an undo, or a redo, makes of one cell. Pure functions over the cell's events, as crdt/lineage.h takes them;
// docs/history.md, "Undo", has the rules in words.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "crdt/lineage.h"

namespace tidemark {

// What would be undone next in the cell, if the changes of `chosen` are undone already: the event that it then shows.
std::optional<std::size_t> next_to_undo(std::span<const CellEvent> events, std::span<const Stamp> chosen);

// What would be redone next: the greatest undo that is live, if nobody wrote since but by undoing and redoing.
std::optional<std::size_t> next_to_redo(std::span<const CellEvent> events, std::span<const Stamp> chosen);

// Adds to chosen undos of the cell those that must go with them. Of two that had not seen each other and undo the same, one
// alone would bring nothing back; and an undo of more changes than fit one is several, each upon the one before, with its
// value and one change in common.
void join_undos(std::span<const CellEvent> events, std::vector<Stamp>& chosen);

// What an undo of changes would do in a cell that they wrote.
struct CellUndo {
  std::vector<Stamp> undone;              // of the changes those that are live here, ascending; empty: nothing is done
  std::optional<std::size_t> left;        // what the cell shows then; nothing: null
  bool undoes_writes = false;             // they are not only undos
  std::optional<std::size_t> in_the_way;  // a change that is left alone, since somebody wrote over it
  bool undone_before = false;             // some of the changes are undone already
};
// `changes` ascend. A redo leaves what the first of its undos had seen, as long as that was not undone meanwhile.
CellUndo undo_in(std::span<const CellEvent> events, std::span<const Stamp> changes);

}  // namespace tidemark
