#include "store/internal/recorder.h"

#include <algorithm>

#include "hlc/assert.h"
#include "store/internal/aliases.h"

namespace tidemark::store::internal {

Recorder::Recorder(File& file)
    : file_(file),
      node_(read_node(file, file.state.node).value()),
      clock_(file.state.node, file.state.last),
      fold_(file) {
  TIDEMARK_ASSERT(!file.state.needs_new_node);
}

// Those that change their cells.
std::vector<Event> Recorder::changing(std::vector<Event> events) {
  std::vector<Event> left;
  for (Event& event : events) {
    const std::optional<std::int64_t> key = file_.names.find_cell(event.cell);
    const bool same = key && !fold_.cell(*key).empty() && fold_.value(*key) == event.value;
    if (!same) left.push_back(std::move(event));
  }
  return left;
}

bool Recorder::is_stale(const Recording& recording) {
  for (std::size_t i = 0; i < recording.seen.size(); ++i) {
    const std::optional<std::int64_t> key = file_.names.find_cell(recording.change.events[i].cell);
    const bool written = key && !fold_.cell(*key).empty();
    if (recording.seen[i] != (written ? std::optional(fold_.cell(*key).stamp) : std::nullopt)) return true;
  }
  return false;
}

std::optional<Stamp> Recorder::add(const Recording& recording, const Change* earlier) {
  Change change = recording.change;
  change.links = followed(file_, std::move(change.links));
  if (recording.skip_unchanged) {
    std::vector<Event> left = changing(change.events);
    if (left.empty() || earlier == nullptr) change.events = std::move(left);
  }
  if (change.events.empty()) return std::nullopt;
  ClockCorrection& correction = file_.state.correction;
  if (!recording.historical && correction.refuted_by(recording.wall_ms)) file_.put_correction({});
  const std::int64_t wall_ms = recording.historical ? recording.wall_ms : correction.apply(recording.wall_ms);
  do {
    change.stamp = clock_.now(wall_ms);
  } while (was_taken_back(file_, change.stamp));
  std::vector<std::int64_t> keys;
  for (std::size_t i = 0; i < change.events.size(); ++i) {
    Event& event = change.events[i];
    keys.push_back(file_.names.cell(event.cell));
    const FoldedCell& cell = fold_.cell(keys.back());
    event.base = cell.empty() ? std::nullopt : std::optional(cell.stamp);
    if (earlier != nullptr) event.base = earlier->events[i].base;
  }
  kept_.push_back(std::move(change));
  const std::int64_t first = fold_.add(kept_.back(), keys, node_.id);
  if (!node_.tail_first) node_.tail_first = first;
  ++node_.unsealed;
  return kept_.back().stamp;
}

bool Recorder::nothing_waits(const Head& head) {
  if (node_.confirmed != head.n) return false;
  const std::vector<NodeRecord> own = read_own_nodes(file_);
  return std::none_of(own.begin(), own.end(), [](const NodeRecord& node) { return node.forked; });
}

// The only change in the tail.
void Recorder::seal_one(const SealOne& seal) {
  const Head previous = last_head(file_, node_.node);
  if (!nothing_waits(previous)) return;
  const Change& change = kept_.front();
  BundleRecord record{seal(change, previous), 1, Range{*node_.tail_first, file_.state.last_row, 0, 0}};
  TIDEMARK_ASSERT(record.row.head.n == previous.n + 1 && record.row.events == change.events.size());
  put_bundle(file_, node_.id, record);
  node_.unsealed = 0;
  node_.tail_first.reset();
  node_.tail_last.reset();
}

std::vector<Cell> Recorder::finish(const SealOne& seal) {
  if (kept_.empty()) return {};
  std::vector<Cell> changed = fold_.write();
  node_.tail_last = file_.state.last_row;
  if (seal && kept_.size() == 1 && node_.unsealed == 1) seal_one(seal);
  file_.state.last = clock_.last();
  node_.last_hlc = hlc_column(*clock_.last());  // and so the clock is in the file
  put_node(file_, node_);
  return changed;
}

}  // namespace tidemark::store::internal
