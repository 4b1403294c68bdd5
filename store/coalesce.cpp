// Store: a change that takes the place of the one before it, docs/history.md.
#include <algorithm>
#include <cstdlib>

#include "store/internal/aliases.h"
#include "store/internal/parts.h"
#include "store/internal/recorder.h"

namespace tidemark::store {

namespace {

using internal::File;
using internal::NodeRecord;
using internal::Query;
using internal::StoredChange;

// The last unsealed change of the current node, if it writes the cells of `change`.
std::optional<StoredChange> last_of_tail(File& file, const Change& change) {
  const NodeRecord node = internal::read_node(file, file.state.node).value();
  if (!node.tail_last) return std::nullopt;
  Query row = file.connection.query("SELECT hlc FROM events WHERE id = ?");
  if (!row.with(*node.tail_last).step()) internal::throw_corrupt("the tail's last event is missing");
  const std::int64_t hlc = row.integer(0);
  // The rows of a change follow each other. One row more would show that it has more events.
  const auto events = static_cast<std::int64_t>(change.events.size());
  std::vector<StoredChange> found =
      internal::read_changes(file, node.id, {*node.tail_last - events, *node.tail_last, hlc, hlc});
  if (found.size() != 1) return std::nullopt;
  const std::vector<Event>& earlier = found.front().change.events;
  const bool same = std::equal(earlier.begin(), earlier.end(), change.events.begin(), change.events.end(),
                               [](const Event& a, const Event& b) { return a.cell == b.cell; });
  if (!same) return std::nullopt;
  return std::move(found.front());
}

bool together(File& file, const Change& earlier, const Recording& recording, const Coalescing& rule) {
  if (rule.session && internal::end_of_aliases(file, *rule.session) == earlier.stamp) return true;
  const std::int64_t now = file.state.correction.apply(recording.wall_ms);
  return rule.window_ms && std::abs(now - static_cast<std::int64_t>(earlier.stamp.ms)) <= *rule.window_ms;
}

// True if the events win in their cells and none that came after them names one as its base.
bool wins_unnamed(File& file, const StoredChange& earlier) {
  Query cell = file.connection.query("SELECT event, last FROM attributes WHERE cell = ?");
  Query event = file.connection.query("SELECT prev, base_hlc, base_node FROM events WHERE id = ?");
  for (std::size_t i = 0; i < earlier.rows.size(); ++i) {
    if (!cell.with(earlier.cells[i]).step()) internal::throw_corrupt("a cell that has events is missing in attributes");
    if (cell.integer(0) != earlier.rows[i]) return false;
    for (std::optional<std::int64_t> at = cell.integer(1); at && *at > earlier.rows[i]; at = event.maybe_integer(0)) {
      if (!event.with(*at).step()) internal::throw_corrupt("event " + std::to_string(*at) + " is missing");
      if (event.is_null(1)) continue;
      const NodeId node = file.names.node_of(event.integer(2));
      if (internal::stamp_of_columns(event.integer(1), node) == earlier.change.stamp) return false;
    }
  }
  return true;
}

// Links are made after what they name.
bool linked(File& file, const StoredChange& earlier) {
  Query row = file.connection.query("SELECT 1 FROM change_notes WHERE event > ? AND instr(links, ?) > 0");
  return row.with(earlier.rows.front(), to_string(earlier.change.stamp)).step();
}

std::optional<StoredChange> replaceable(File& file, const Recording& recording, const Coalescing& rule) {
  if (!rule.session && !rule.window_ms) return std::nullopt;
  std::optional<StoredChange> earlier = last_of_tail(file, recording.change);
  const bool allowed = earlier && together(file, earlier->change, recording, rule) &&
                       earlier->change.metadata == recording.change.metadata &&
                       earlier->change.links == internal::followed(file, recording.change.links) &&
                       wins_unnamed(file, *earlier) && !linked(file, *earlier);
  if (!allowed) return std::nullopt;
  return earlier;
}

// Takes an event out of the list of its cell.
void unlink(File& file, std::int64_t cell, std::int64_t row) {
  Query last = file.connection.query("SELECT last FROM attributes WHERE cell = ?");
  Query link = file.connection.query("SELECT prev FROM events WHERE id = ?");
  last.with(cell).step();
  std::int64_t after = last.integer(0);
  while (link.with(after).step() && link.maybe_integer(0) != row) {
    if (link.is_null(0)) internal::throw_corrupt("event " + std::to_string(row) + " is not in the list of its cell");
    after = link.integer(0);
  }
  file.connection.query("UPDATE events SET prev = (SELECT prev FROM events WHERE id = ?) WHERE id = ?")
      .with(row, after)
      .run();
  file.connection.query("DELETE FROM events WHERE id = ?").with(row).run();
}

// The change under `to`, the one after it, has been recorded.
void take_out(File& file, const StoredChange& earlier, const Stamp& to) {
  file.put_meta("maintenance", 1);
  for (std::size_t i = 0; i < earlier.rows.size(); ++i) unlink(file, earlier.cells[i], earlier.rows[i]);
  file.connection.query("DELETE FROM change_notes WHERE event = ?").with(earlier.rows.front()).run();
  file.drop_meta("maintenance");
  internal::put_alias_of_edit(file, earlier.change.stamp, to);
  NodeRecord node = internal::read_node(file, to.node).value();
  if (node.tail_first == earlier.rows.front()) {
    node.tail_first = *node.tail_last + 1 - static_cast<std::int64_t>(earlier.rows.size());
  }
  --node.unsealed;
  internal::put_node(file, node);
}

}  // namespace

std::optional<Stamp> Store::coalesce(const Recording& recording, const Coalescing& rule, Identity* described_by,
                                     const SealOne& seal) {
  return internal::guarded(*parts_, "recording a change", [&]() -> std::optional<Stamp> {
    internal::Write write(*parts_, parts_->durability == Durability::full);
    if (described_by != nullptr && !(*described_by == parts_->state.identity)) {
      *described_by = parts_->state.identity;
      return std::nullopt;
    }
    const std::optional<StoredChange> earlier = replaceable(*parts_, recording, rule);
    internal::Recorder recorder(*parts_);
    const std::optional<Stamp> stamp = recorder.add(recording, earlier ? &earlier->change : nullptr);
    recorder.finish(seal);
    if (stamp && earlier) take_out(*parts_, *earlier, *stamp);
    write.commit();
    return stamp;
  });
}

}  // namespace tidemark::store
