#include "store/internal/fold.h"

#include <algorithm>

#include "crdt/merge.h"
#include "hlc/assert.h"

namespace tidemark::store::internal {

void Fold::expect(std::vector<std::int64_t> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  cells_.reserve(keys.size());
  for (const std::int64_t key : keys) at(key);
}

FoldedCell& Fold::at(std::int64_t key) {
  const auto [place, fresh] = cells_.try_emplace(key);
  FoldedCell& cell = place->second;
  if (!fresh) return cell;
  Query row = file_.connection.query("SELECT node, hlc, kind, event, last, value FROM attributes WHERE cell = ?");
  if (!row.with(key).step()) return cell;
  cell.known = true;
  cell.node = row.integer(0);
  cell.stamp = stamp_of_columns(row.integer(1), file_.names.node_of(cell.node));
  cell.kind = kind_of_column(row.integer(2));
  cell.event = cell.old_event = row.integer(3);
  cell.last = row.integer(4);
  if (cell.kind < ValueType::text || !row.is_null(5)) cell.old_value = value_of_columns(row, cell.kind, 5);
  return cell;
}

const Value& Fold::old_value(FoldedCell& cell) {
  if (!cell.old_value) cell.old_value = event_value(file_, cell.old_event);
  return *cell.old_value;
}

const Value& Fold::value(std::int64_t key) {
  FoldedCell& cell = at(key);
  TIDEMARK_ASSERT(!cell.empty());
  return cell.won ? *cell.winner : old_value(cell);
}

void Fold::add(std::int64_t key, const Stamp& stamp, std::int64_t node_id, const Value& value,
               const std::optional<Stamp>& base) {
  FoldedCell& cell = at(key);
  const std::int64_t row = ++file_.state.last_row;
  std::optional<std::int64_t> base_hlc;
  std::optional<std::int64_t> base_node;
  if (base) {
    base_hlc = hlc_column(*base);
    base_node = file_.names.node(base->node);
  }
  const std::optional<std::int64_t> prev = cell.empty() ? std::nullopt : std::optional(cell.last);
  file_.connection
      .query(
          "INSERT INTO events(id, entity, attribute, node, hlc, kind, base_hlc, base_node, prev, value)"
          " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .with(row, entity_of_key(key), attribute_of_key(key), node_id, hlc_column(stamp), static_cast<int>(value.type()),
            base_hlc, base_node, prev, value)
      .run();
  // Only equal stamps need both values, so the old one is not read for anything else.
  const bool beats =
      cell.empty() || (stamp != cell.stamp ? stamp > cell.stamp : wins(stamp, value, cell.stamp, this->value(key)));
  if (!cell.empty() && !(beats && base == cell.stamp)) cell.contested = true;
  cell.dirty = true;
  cell.last = row;
  if (!beats) return;
  cell.won = true;
  cell.stamp = stamp;
  cell.node = node_id;
  cell.kind = value.type();
  cell.event = row;
  cell.winner = &value;
}

std::int64_t Fold::add(const Change& change, const std::vector<std::int64_t>& keys, std::int64_t node_id) {
  TIDEMARK_ASSERT(keys.size() == change.events.size() && !keys.empty());
  const std::int64_t first = file_.state.last_row + 1;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    add(keys[i], change.stamp, node_id, change.events[i].value, change.events[i].base);
  }
  if (!change.links.empty() || !change.metadata.empty()) {
    const Metadata& said = change.metadata;
    const std::string links = links_text(change.links);
    file_.connection
        .query(
            "INSERT INTO change_notes(event, links, author, source, note, json)"
            " VALUES(?, nullif(?, ''), nullif(?, ''), nullif(?, ''), nullif(?, ''), nullif(?, ''))")
        .with(first, links, said.author, said.source, said.note, said.json)
        .run();
  }
  return first;
}

std::vector<Cell> Fold::write() {
  std::vector<std::int64_t> keys;
  for (const auto& [key, cell] : cells_) {
    if (cell.dirty) keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<std::int64_t> changed;
  for (const std::int64_t key : keys) {
    FoldedCell& cell = cells_.at(key);
    if (cell.contested) put_contested(file_, key);
    if (!cell.won) {
      file_.connection.query("UPDATE attributes SET last = ? WHERE cell = ?").with(cell.last, key).run();
      continue;
    }
    if (!cell.known || !(old_value(cell) == *cell.winner)) changed.push_back(key);
    put_cell(file_, key, cell.stamp, cell.node, *cell.winner, cell.event, cell.last);
  }
  cells_.clear();
  return sorted_cells(file_, changed);
}

Value event_value(File& file, std::int64_t row) {
  Query event = file.connection.query("SELECT kind, value FROM events WHERE id = ?");
  if (!event.with(row).step()) throw_corrupt("event " + std::to_string(row) + " is missing");
  return value_of_columns(event, kind_of_column(event.integer(0)), 1);
}

void put_contested(File& file, std::int64_t key) {
  file.connection.query("INSERT OR IGNORE INTO contested(cell) VALUES(?)").with(key).run();
}

void put_cell(File& file, std::int64_t key, const Stamp& stamp, std::int64_t node_id, const Value& value,
              std::int64_t event, std::int64_t last) {
  const Value left_to_event;
  file.connection
      .query("INSERT OR REPLACE INTO attributes(cell, node, hlc, kind, event, last, value) VALUES(?, ?, ?, ?, ?, ?, ?)")
      .with(key, node_id, hlc_column(stamp), static_cast<int>(value.type()), event, last,
            is_small(value) ? value : left_to_event)
      .run();
}

std::vector<Cell> sorted_cells(File& file, const std::vector<std::int64_t>& keys) {
  std::vector<Cell> cells;
  cells.reserve(keys.size());
  for (const std::int64_t key : keys) cells.push_back(file.names.cell_of(key));
  std::sort(cells.begin(), cells.end());
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
  return cells;
}

}  // namespace tidemark::store::internal
