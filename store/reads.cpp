#include <algorithm>

#include "store/internal/aliases.h"
#include "store/internal/chains.h"
#include "store/internal/fold.h"
#include "store/internal/parts.h"

namespace tidemark::store {

namespace {

using internal::File;
using internal::Query;

// Reads node, hlc, kind, event, value from the columns 1..5 of a row of `attributes` whose cell is in column 0.
CellState state_of(File& file, const Query& row) {
  CellState state;
  state.cell = file.names.cell_of(row.integer(0));
  state.stamp = internal::stamp_of_columns(row.integer(2), file.names.node_of(row.integer(1)));
  const ValueType kind = internal::kind_of_column(row.integer(3));
  const bool elsewhere = kind >= ValueType::text && row.is_null(5);
  state.value = elsewhere ? internal::event_value(file, row.integer(4)) : internal::value_of_columns(row, kind, 5);
  return state;
}

// All cells of the entity, ascending by attribute.
std::vector<CellState> cells_of(File& file, std::int64_t entity) {
  std::vector<CellState> states;
  Query row =
      file.connection.query("SELECT cell, node, hlc, kind, event, value FROM attributes WHERE cell BETWEEN ? AND ?");
  for (row.with(internal::cell_key(entity, 0), internal::cell_key(entity + 1, 0) - 1); row.step();) {
    states.push_back(state_of(file, row));
  }
  std::sort(states.begin(), states.end(), [](const CellState& a, const CellState& b) { return a.cell < b.cell; });
  return states;
}

constexpr const char* event_sql =
    "SELECT e.id, e.entity, e.attribute, e.node, e.hlc, e.kind, e.base_hlc, e.base_node, e.prev, e.value,"
    " e.id = (SELECT event FROM attributes WHERE cell = (e.entity << 24) + e.attribute),"
    " n.links, n.author, n.source, n.note, n.json FROM events e"
    " LEFT JOIN change_notes n ON n.event = (SELECT max(m.event) FROM change_notes m WHERE m.event <= e.id)"
    " AND (SELECT f.node = e.node AND f.hlc = e.hlc FROM events f WHERE f.id = n.event) WHERE e.id = ?";

HistoryRow history_row(File& file, const Query& row) {
  HistoryRow entry;
  entry.event.cell = file.names.cell_of(internal::cell_key(row.integer(1), row.integer(2)));
  entry.stamp = internal::stamp_of_columns(row.integer(4), file.names.node_of(row.integer(3)));
  entry.event.value = internal::value_of_columns(row, internal::kind_of_column(row.integer(5)), 9);
  if (!row.is_null(6))
    entry.event.base = internal::stamp_of_columns(row.integer(6), file.names.node_of(row.integer(7)));
  entry.wins = row.integer(10) == 1;
  entry.printed_as = internal::printed_as(file, row.integer(3), row.integer(4));
  entry.links = internal::links_of_text(row.string(11));
  entry.metadata = {row.string(12), row.string(13), row.string(14), row.string(15)};
  return entry;
}

bool before(const HistoryRow& a, const HistoryRow& b) {
  return a.stamp != b.stamp ? a.stamp < b.stamp : compare_canonical(a.event.value, b.event.value) < 0;
}

// The change of a node with this very stamp.
std::optional<Change> find_change(File& file, const Stamp& stamp) {
  const std::optional<internal::NodeRecord> node = internal::read_node(file, stamp.node);
  if (!node) return std::nullopt;
  const std::int64_t hlc = internal::hlc_column(stamp);
  std::vector<internal::Range> places;
  Query row = file.connection.query(
      "SELECT first_row, last_row FROM bundles"
      " WHERE node = ? AND first_hlc <= ? AND last_hlc >= ? AND first_row IS NOT NULL");
  for (row.with(node->id, hlc, hlc); row.step();) places.push_back({row.integer(0), row.integer(1), hlc, hlc});
  if (node->tail_first) places.push_back({*node->tail_first, *node->tail_last, hlc, hlc});
  for (const internal::Range& place : places) {
    std::vector<internal::StoredChange> found = internal::read_changes(file, node->id, place);
    if (!found.empty()) return std::move(found.front().change);
  }
  return std::nullopt;
}

}  // namespace

std::optional<CellState> Store::get(const Cell& cell) const {
  return internal::guarded(*parts_, "reading a value", [&]() -> std::optional<CellState> {
    internal::Read read(*parts_);
    const std::optional<std::int64_t> key = parts_->names.find_cell(cell);
    if (!key) return std::nullopt;
    Query row = parts_->connection.query("SELECT cell, node, hlc, kind, event, value FROM attributes WHERE cell = ?");
    if (!row.with(*key).step()) return std::nullopt;
    return state_of(*parts_, row);
  });
}

std::vector<CellState> Store::entity(std::string_view entity) const {
  return internal::guarded(*parts_, "reading an entity", [&]() -> std::vector<CellState> {
    internal::Read read(*parts_);
    const std::optional<std::int64_t> id = parts_->names.find_entity(std::string(entity));
    if (!id) return {};
    return cells_of(*parts_, *id);
  });
}

void Store::for_each_cell(const std::function<bool(const CellState&)>& visit) const {
  internal::guarded(*parts_, "reading all values", [&] {
    internal::Read read(*parts_);
    Query row = parts_->connection.query("SELECT id FROM entity_ids ORDER BY name");
    for (row.with(); row.step();) {
      for (const CellState& state : cells_of(*parts_, row.integer(0))) {
        if (!visit(state)) return;
      }
    }
  });
}

std::vector<HistoryRow> Store::history(const Cell& cell) const {
  return internal::guarded(*parts_, "reading a history", [&] {
    internal::Read read(*parts_);
    std::vector<HistoryRow> rows;
    const std::optional<std::int64_t> key = parts_->names.find_cell(cell);
    if (!key) return rows;
    Query start = parts_->connection.query("SELECT last FROM attributes WHERE cell = ?");
    if (!start.with(*key).step()) return rows;
    Query row = parts_->connection.query(event_sql);
    for (std::optional<std::int64_t> at = start.integer(0); at;) {
      if (!row.with(*at).step()) internal::throw_corrupt("event " + std::to_string(*at) + " is missing");
      const std::optional<std::int64_t> previous = row.maybe_integer(8);
      if (previous && *previous >= *at)
        internal::throw_corrupt("event " + std::to_string(*at) + " links to a later one");
      rows.push_back(history_row(*parts_, row));
      at = previous;
    }
    std::sort(rows.begin(), rows.end(), before);
    return rows;
  });
}

void Store::for_each_event(const std::function<bool(const HistoryRow&)>& visit) const {
  internal::guarded(*parts_, "reading all events", [&] {
    internal::Read read(*parts_);
    // Only the keys are sorted; a sort of whole rows would hold every value in memory.
    Query order = parts_->connection.query(
        "SELECT e.id FROM events e JOIN nodes n ON n.id = e.node JOIN entity_ids i ON i.id = e.entity"
        " JOIN attribute_names a ON a.id = e.attribute ORDER BY e.hlc, n.node, i.name, a.name, e.id");
    Query row = parts_->connection.query(event_sql);
    for (order.with(); order.step();) {
      if (!row.with(order.integer(0)).step()) internal::throw_corrupt("an event is missing");
      if (!visit(history_row(*parts_, row))) return;
    }
  });
}

std::optional<Change> Store::change(const Stamp& stamp) const {
  return internal::guarded(*parts_, "reading a change", [&] {
    internal::Read read(*parts_);
    std::optional<Change> found = find_change(*parts_, stamp);
    const Stamp end = found ? stamp : internal::end_of_aliases(*parts_, stamp);
    return end == stamp ? found : find_change(*parts_, end);
  });
}

Stamp Store::resolve(const Stamp& stamp) const {
  return internal::guarded(*parts_, "following a stamp", [&] {
    internal::Read read(*parts_);
    return internal::end_of_aliases(*parts_, stamp);
  });
}

Counts Store::counts() const {
  return internal::guarded(*parts_, "counting", [&] {
    internal::Read read(*parts_);
    const auto count = [&](const char* sql) { return static_cast<std::uint64_t>(parts_->connection.pragma(sql)); };
    Counts counts;
    counts.events = count("SELECT count(*) FROM events");
    counts.cells = count("SELECT count(*) FROM attributes");
    counts.entities = count("SELECT count(*) FROM entities");
    counts.parked = count("SELECT count(*) FROM parked");
    counts.outbox =
        count("SELECT coalesce(sum(unsealed), 0) FROM nodes WHERE own = 1") +
        count(
            "SELECT coalesce(sum(b.changes), 0) FROM nodes o JOIN bundles b ON b.node = o.id AND b.n > o.confirmed"
            " WHERE o.own = 1");
    return counts;
  });
}

std::vector<Cell> Store::cells_after(std::int64_t& row) const {
  return internal::guarded(*parts_, "looking for new events", [&] {
    internal::Read read(*parts_);
    parts_->refresh();
    std::vector<std::int64_t> keys;
    Query events = parts_->connection.query("SELECT DISTINCT (entity << 24) + attribute FROM events WHERE id > ?");
    for (events.with(row); events.step();) keys.push_back(events.integer(0));
    row = parts_->state.last_row;
    return internal::sorted_cells(*parts_, keys);
  });
}

std::int64_t Store::last_row() const {
  return internal::guarded(*parts_, "looking for new events", [&] {
    parts_->refresh();
    return parts_->state.last_row;
  });
}

}  // namespace tidemark::store
