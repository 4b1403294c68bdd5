#include "hlc/assert.h"
#include "store/internal/aliases.h"
#include "store/internal/chains.h"
#include "store/internal/fold.h"
#include "store/internal/parts.h"

namespace tidemark::store {

namespace {

using internal::Fold;

// Leaves out what would not change its cell.
void skip_unchanged(internal::File& file, Fold& fold, Change& change) {
  std::vector<Event> left;
  for (Event& event : change.events) {
    const std::optional<std::int64_t> key = file.names.find_cell(event.cell);
    const bool same = key && !fold.cell(*key).empty() && fold.value(*key) == event.value;
    if (!same) left.push_back(std::move(event));
  }
  change.events = std::move(left);
}

// True if a cell has another winner than the one that the write was decided by.
bool is_stale(internal::File& file, Fold& fold, const Recording& recording) {
  for (std::size_t i = 0; i < recording.seen.size(); ++i) {
    const std::optional<std::int64_t> key = file.names.find_cell(recording.change.events[i].cell);
    const bool written = key && !fold.cell(*key).empty();
    if (recording.seen[i] != (written ? std::optional(fold.cell(*key).stamp) : std::nullopt)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::optional<Stamp>> Store::record(std::span<const Recording> recordings, std::vector<Cell>* changed) {
  return internal::guarded(*parts_, "recording changes", [&] {
    internal::Write write(*parts_, parts_->durability == Durability::full);
    internal::State& state = parts_->state;
    TIDEMARK_ASSERT(!state.needs_new_node);
    std::optional<internal::NodeRecord> node = internal::read_node(*parts_, state.node);
    const std::optional<Stamp> before = state.last;
    Clock clock(state.node, state.last);
    std::vector<std::optional<Stamp>> stamps;
    // The fold points to the values until it is written.
    std::vector<Change> kept;
    kept.reserve(recordings.size());
    Fold fold(*parts_);
    for (const Recording& recording : recordings) {
      if (is_stale(*parts_, fold, recording)) return std::vector<std::optional<Stamp>>();
    }
    for (const Recording& recording : recordings) {
      Change change = recording.change;
      if (recording.skip_unchanged) skip_unchanged(*parts_, fold, change);
      if (change.events.empty()) {
        stamps.push_back(std::nullopt);
        continue;
      }
      if (!recording.historical && state.correction.refuted_by(recording.wall_ms)) parts_->put_correction({});
      const std::int64_t wall_ms = recording.historical ? recording.wall_ms : state.correction.apply(recording.wall_ms);
      do {
        change.stamp = clock.now(wall_ms);
      } while (internal::was_taken_back(*parts_, change.stamp));
      std::vector<std::int64_t> keys;
      for (Event& event : change.events) {
        keys.push_back(parts_->names.cell(event.cell));
        const internal::FoldedCell& cell = fold.cell(keys.back());
        event.base = cell.empty() ? std::nullopt : std::optional(cell.stamp);
      }
      kept.push_back(std::move(change));
      const std::int64_t first = fold.add(kept.back(), keys, node->id);
      if (!node->tail_first) node->tail_first = first;
      ++node->unsealed;
      stamps.push_back(kept.back().stamp);
    }
    if (!kept.empty()) {
      const std::vector<Cell> cells = fold.write();
      if (changed != nullptr) changed->insert(changed->end(), cells.begin(), cells.end());
      node->tail_last = state.last_row;
      internal::put_node(*parts_, *node);
      state.last = clock.last();
      parts_->put_clock(before);
    }
    write.commit();
    return stamps;
  });
}

}  // namespace tidemark::store
