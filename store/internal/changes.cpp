// Reading changes back from the rows of their events.
#include <algorithm>

#include "hlc/assert.h"
#include "store/internal/chains.h"

namespace tidemark::store::internal {

namespace {

// Puts event rows, given in the order of rows, together to changes.
class Gatherer {
 public:
  Gatherer(File& file, std::int64_t node_id) : file_(file), node_(file.names.node_of(node_id)) {}

  static constexpr const char* sql =
      "SELECT id, hlc, entity, attribute, kind, base_hlc, base_node, value FROM events"
      " WHERE id BETWEEN ? AND ? AND node = ? AND hlc BETWEEN ? AND ?";

  // True if the row starts a change of its own.
  bool starts(const Query& row) const { return changes.empty() || row.integer(1) != hlc_; }

  void add(const Query& row) {
    if (starts(row)) {
      hlc_ = row.integer(1);
      changes.emplace_back();
      changes.back().change.stamp = stamp_of_columns(hlc_, node_);
    }
    StoredChange& stored = changes.back();
    stored.rows.push_back(row.integer(0));
    stored.cells.push_back(cell_key(row.integer(2), row.integer(3)));
    Event event;
    event.cell = file_.names.cell_of(stored.cells.back());
    event.value = value_of_columns(row, kind_of_column(row.integer(4)), 7);
    if (!row.is_null(5)) event.base = stamp_of_columns(row.integer(5), file_.names.node_of(row.integer(6)));
    stored.change.events.push_back(std::move(event));
  }

  std::vector<StoredChange> finish() {
    std::stable_sort(changes.begin(), changes.end(),
                     [](const StoredChange& a, const StoredChange& b) { return a.change.stamp < b.change.stamp; });
    for (StoredChange& stored : changes) add_notes(stored);
    return std::move(changes);
  }

  std::vector<StoredChange> changes;

 private:
  void add_notes(StoredChange& stored) {
    Query row = file_.connection.query("SELECT links, author, source, note, json FROM change_notes WHERE event = ?");
    if (!row.with(stored.rows.front()).step()) return;
    stored.change.links = links_of_text(row.string(0));
    stored.change.metadata = {row.string(1), row.string(2), row.string(3), row.string(4)};
  }

  File& file_;
  NodeId node_;
  std::int64_t hlc_ = 0;
};

std::vector<Range> sealed_within(File& file, const NodeRecord& node) {
  std::vector<Range> ranges;
  if (!node.tail_first) return ranges;
  Query row = file.connection.query(
      "SELECT first_row, last_row, first_hlc, last_hlc FROM bundles"
      " WHERE node = ? AND last_row >= ? AND first_row <= ?");
  for (row.with(node.id, *node.tail_first, *node.tail_last); row.step();) {
    ranges.push_back({row.integer(0), row.integer(1), row.integer(2), row.integer(3)});
  }
  return ranges;
}

bool sealed(const std::vector<Range>& ranges, std::int64_t row, std::int64_t hlc) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) { return range.holds(row, hlc); });
}

}  // namespace

std::vector<StoredChange> read_changes(File& file, std::int64_t node_id, const Range& range) {
  Gatherer gatherer(file, node_id);
  Query row = file.connection.query(Gatherer::sql);
  for (row.with(range.first_row, range.last_row, node_id, range.first_hlc, range.last_hlc); row.step();)
    gatherer.add(row);
  return gatherer.finish();
}

bool has_change(File& file, const Stamp& stamp) {
  const std::optional<NodeRecord> node = read_node(file, stamp.node);
  if (!node) return false;
  const std::int64_t hlc = hlc_column(stamp);
  Query row = file.connection.query(
      "SELECT 1 FROM bundles b WHERE b.node = ?1 AND b.first_hlc <= ?2 AND b.last_hlc >= ?2 AND EXISTS ("
      "  SELECT 1 FROM events e WHERE e.id BETWEEN b.first_row AND b.last_row AND e.node = ?1 AND e.hlc = ?2)"
      " UNION ALL SELECT 1 FROM events e WHERE e.id BETWEEN ?3 AND ?4 AND e.node = ?1 AND e.hlc = ?2");
  return row.with(node->id, hlc, node->tail_first.value_or(1), node->tail_last.value_or(0)).step();
}

std::vector<StoredChange> read_tail(File& file, const NodeRecord& node, std::uint64_t events_max,
                                    std::uint64_t changes_max) {
  if (!node.tail_first || changes_max == 0) return {};
  const std::vector<Range> ranges = sealed_within(file, node);
  Gatherer gatherer(file, node.id);
  std::uint64_t events = 0;
  Query row = file.connection.query(Gatherer::sql);
  row.with(*node.tail_first, *node.tail_last, node.id, INT64_MIN, INT64_MAX);
  while (row.step()) {
    if (sealed(ranges, row.integer(0), row.integer(1))) continue;
    // Rows ascend with stamps, so a prefix of the rows is a prefix of the changes.
    if (gatherer.starts(row) && gatherer.changes.size() == changes_max) break;
    ++events;
    if (events > events_max && (gatherer.changes.size() > 1 || gatherer.starts(row)) && !gatherer.changes.empty()) {
      // The change that does not fit any more goes again, unless it is the only one.
      if (!gatherer.starts(row)) gatherer.changes.pop_back();
      break;
    }
    gatherer.add(row);
  }
  return gatherer.finish();
}

Tails::Tails(File& file) {
  for (const NodeRecord& node : read_own_nodes(file)) {
    if (node.tail_first) tails_.push_back({node, sealed_within(file, node)});
  }
}

bool Tails::hold(std::int64_t node_id, std::int64_t row, std::int64_t hlc) const {
  return std::any_of(tails_.begin(), tails_.end(), [&](const One& tail) {
    return tail.node.id == node_id && row >= *tail.node.tail_first && row <= *tail.node.tail_last &&
           !sealed(tail.sealed, row, hlc);
  });
}

}  // namespace tidemark::store::internal
