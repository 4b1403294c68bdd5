// Store: the past. A cell's events with what their changes say about others, the changes of an entity, states as of a stamp.
#include <algorithm>
#include <map>

#include "crdt/merge.h"
#include "store/internal/chains.h"
#include "store/internal/fold.h"
#include "store/internal/notes.h"
#include "store/internal/parts.h"

namespace tidemark::store {

namespace {

using internal::File;
using internal::Query;

// Calls visit(row id, node id, stamp, query) for each event of a cell, the last arrived first. The query's columns are those
// of event_sql.
constexpr const char* event_sql = "SELECT node, hlc, kind, base_hlc, base_node, prev, value FROM events WHERE id = ?";

template <class Visit>
void for_each_of_cell(File& file, std::int64_t key, const Visit& visit) {
  Query start = file.connection.query("SELECT last FROM attributes WHERE cell = ?");
  if (!start.with(key).step()) return;
  Query row = file.connection.query(event_sql);
  for (std::optional<std::int64_t> at = start.integer(0); at;) {
    if (!row.with(*at).step()) internal::throw_corrupt("event " + std::to_string(*at) + " is missing");
    const std::optional<std::int64_t> previous = row.maybe_integer(5);
    if (previous && *previous >= *at) internal::throw_corrupt("event " + std::to_string(*at) + " links to a later one");
    visit(*at, internal::stamp_of_columns(row.integer(1), file.names.node_of(row.integer(0))), row);
    at = previous;
  }
}

Value value_of(const Query& row) {
  return internal::value_of_columns(row, internal::kind_of_column(row.integer(2)), 6);
}

std::optional<Stamp> base_of(File& file, const Query& row) {
  if (row.is_null(3)) return std::nullopt;
  return internal::stamp_of_columns(row.integer(3), file.names.node_of(row.integer(4)));
}

// The cells of an entity as (attribute, key), ascending by attribute.
std::vector<std::pair<std::string, std::int64_t>> keys_of(File& file, std::int64_t entity) {
  std::vector<std::pair<std::string, std::int64_t>> keys;
  Query row = file.connection.query("SELECT cell FROM attributes WHERE cell BETWEEN ? AND ?");
  for (row.with(internal::cell_key(entity, 0), internal::cell_key(entity + 1, 0) - 1); row.step();) {
    const std::int64_t key = row.integer(0);
    keys.emplace_back(file.names.attribute_text(internal::attribute_of_key(key)), key);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<std::pair<std::string, std::int64_t>> keys_of(File& file, std::string_view entity) {
  const std::optional<std::int64_t> id = file.names.find_entity(std::string(entity));
  return id ? keys_of(file, *id) : std::vector<std::pair<std::string, std::int64_t>>();
}

// The change whose first event is in this row.
Change change_at(File& file, std::int64_t first, std::int64_t node_id, std::int64_t hlc) {
  Change change;
  change.stamp = internal::stamp_of_columns(hlc, file.names.node_of(node_id));
  internal::NotesReader(file).read(first, node_id, hlc, change);
  Query row = file.connection.query(
      "SELECT node, hlc, kind, base_hlc, base_node, prev, value, entity, attribute FROM events WHERE id >= ? ORDER BY "
      "id");
  for (row.with(first); row.step() && row.integer(0) == node_id && row.integer(1) == hlc;) {
    change.events.push_back(
        {file.names.cell_of(internal::cell_key(row.integer(7), row.integer(8))), value_of(row), base_of(file, row)});
  }
  return change;
}

// The changes whose first row, node and hlc the query gives, ascending.
template <class... Arguments>
std::vector<Change> read_where(File& file, const char* sql, const Arguments&... arguments) {
  std::vector<Change> changes;
  Query row = file.connection.query(sql);
  for (row.with(arguments...); row.step();)
    changes.push_back(change_at(file, row.integer(0), row.integer(1), row.integer(2)));
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.stamp < b.stamp; });
  return changes;
}

// The winner of a cell among the events up to a stamp, once there is one.
struct Choice {
  std::int64_t event = 0;  // its row, from 1
  Stamp stamp;
};

void choose(File& file, Choice& best, std::int64_t event, const Stamp& stamp) {
  const bool beats =
      best.event == 0 || (stamp != best.stamp ? stamp > best.stamp
                                              : wins(stamp, internal::event_value(file, event), best.stamp,
                                                     internal::event_value(file, best.event)));
  if (beats) best = Choice{event, stamp};
}

std::optional<CellState> state_as_of(File& file, const Cell& cell, std::int64_t key, const Stamp& cut) {
  Choice best;
  for_each_of_cell(file, key, [&](std::int64_t event, const Stamp& stamp, const Query&) {
    if (stamp <= cut) choose(file, best, event, stamp);
  });
  if (best.event == 0) return std::nullopt;
  return CellState{cell, internal::event_value(file, best.event), best.stamp};
}

}  // namespace

Lineage Store::lineage(const Cell& cell) const {
  return internal::guarded(*parts_, "reading a lineage", [&] {
    internal::Read read(*parts_);
    std::vector<std::pair<CellEvent, Metadata>> found;
    const std::optional<std::int64_t> key = parts_->names.find_cell(cell);
    if (!key) return Lineage{};
    internal::NotesReader notes_of(*parts_);
    for_each_of_cell(*parts_, *key, [&](std::int64_t row, const Stamp& stamp, const Query& columns) {
      CellEvent event;
      event.stamp = stamp;
      event.value = value_of(columns);
      event.base = base_of(*parts_, columns);
      Change notes;
      notes_of.read(row, columns.integer(0), columns.integer(1), notes);
      for (const Link& link : notes.links) {
        if (link.kind == LinkKind::undoes) event.undoes.push_back(link.target);
        if (link.kind == LinkKind::settles) event.settles.push_back(link.target);
      }
      found.emplace_back(std::move(event), std::move(notes.metadata));
    });
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return a.first.stamp != b.first.stamp ? a.first.stamp < b.first.stamp
                                            : compare_canonical(a.first.value, b.first.value) < 0;
    });
    Lineage lineage;
    for (auto& [event, said] : found) {
      lineage.events.push_back(std::move(event));
      lineage.said.push_back(std::move(said));
    }
    return lineage;
  });
}

std::vector<Change> Store::entity_changes(std::string_view entity) const {
  return internal::guarded(*parts_, "reading an entity's changes", [&] {
    internal::Read read(*parts_);
    std::map<Stamp, Change> changes;
    internal::NotesReader notes_of(*parts_);
    for (const auto& [attribute, key] : keys_of(*parts_, entity)) {
      for_each_of_cell(*parts_, key, [&](std::int64_t row, const Stamp& stamp, const Query& columns) {
        const auto [place, fresh] = changes.try_emplace(stamp);
        Change& change = place->second;
        if (fresh) {
          change.stamp = stamp;
          notes_of.read(row, columns.integer(0), columns.integer(1), change);
        }
        change.events.push_back({{std::string(entity), attribute}, value_of(columns), base_of(*parts_, columns)});
      });
    }
    std::vector<Change> result;
    for (auto& [stamp, change] : changes) result.push_back(std::move(change));
    return result;
  });
}

std::vector<Change> Store::changes_by(const std::string& author, std::int64_t since_ms) const {
  return internal::guarded(*parts_, "looking for an author's changes", [&] {
    internal::Read read(*parts_);
    const Stamp since{std::uint64_t(std::max<std::int64_t>(since_ms, 0)), 0, {}};
    return read_where(*parts_,
                      "SELECT c.event, e.node, e.hlc FROM change_notes c JOIN events e ON e.id = c.event"
                      " WHERE c.author = ? AND e.hlc >= ?",
                      author, internal::hlc_column(since));
  });
}

std::vector<Change> Store::changes_of_group(const Stamp& correlation) const {
  return internal::guarded(*parts_, "looking for a group of changes", [&] {
    internal::Read read(*parts_);
    const std::string link = internal::links_text({{LinkKind::correlation, correlation}});
    std::vector<Change> group =
        read_where(*parts_,
                   "SELECT c.event, e.node, e.hlc FROM change_notes c JOIN events e ON e.id = c.event"
                   " WHERE c.links IS NOT NULL AND instr(c.links, ?) > 0",
                   link);
    return group;
  });
}

std::optional<CellState> Store::get_as_of(const Cell& cell, const Stamp& cut) const {
  return internal::guarded(*parts_, "reading a past value", [&]() -> std::optional<CellState> {
    internal::Read read(*parts_);
    const std::optional<std::int64_t> key = parts_->names.find_cell(cell);
    return key ? state_as_of(*parts_, cell, *key, cut) : std::nullopt;
  });
}

std::vector<CellState> Store::entity_as_of(std::string_view entity, const Stamp& cut) const {
  return internal::guarded(*parts_, "reading a past entity", [&] {
    internal::Read read(*parts_);
    std::vector<CellState> states;
    for (const auto& [attribute, key] : keys_of(*parts_, entity)) {
      if (auto state = state_as_of(*parts_, {std::string(entity), attribute}, key, cut))
        states.push_back(std::move(*state));
    }
    return states;
  });
}

void Store::for_each_cell_as_of(const Stamp& cut, const std::function<bool(const CellState&)>& visit) const {
  internal::guarded(*parts_, "reading a past state", [&] {
    internal::Read read(*parts_);
    // Two flat lists, ascending by cell: maps would take twice the memory.
    std::vector<std::int64_t> cells;
    Query cell = parts_->connection.query("SELECT cell FROM attributes ORDER BY cell");
    for (cell.with(); cell.step();) cells.push_back(cell.integer(0));
    std::vector<Choice> best(cells.size());
    const auto best_of = [&](std::int64_t key) -> Choice& {
      const auto found = std::lower_bound(cells.begin(), cells.end(), key);
      if (found == cells.end() || *found != key) internal::throw_corrupt("a cell with events has no current value");
      return best[std::size_t(found - cells.begin())];
    };
    Query row = parts_->connection.query("SELECT id, entity, attribute, node, hlc FROM events WHERE hlc <= ?");
    for (row.with(internal::hlc_column(cut)); row.step();) {
      const Stamp stamp = internal::stamp_of_columns(row.integer(4), parts_->names.node_of(row.integer(3)));
      if (stamp <= cut)
        choose(*parts_, best_of(internal::cell_key(row.integer(1), row.integer(2))), row.integer(0), stamp);
    }
    Query entity = parts_->connection.query("SELECT id, name FROM entity_ids ORDER BY name");
    for (entity.with(); entity.step();) {
      for (const auto& [attribute, key] : keys_of(*parts_, entity.integer(0))) {
        const Choice& choice = best_of(key);
        if (choice.event == 0) continue;
        if (!visit({{entity.string(1), attribute}, internal::event_value(*parts_, choice.event), choice.stamp})) return;
      }
    }
  });
}

std::optional<Stamp> Store::nth_change(std::uint64_t n) const {
  return internal::guarded(*parts_, "counting changes", [&]() -> std::optional<Stamp> {
    internal::Read read(*parts_);
    if (n == 0 || n > std::uint64_t(INT64_MAX)) return std::nullopt;
    Query row = parts_->connection.query(
        "SELECT DISTINCT e.hlc, n.node FROM events e JOIN nodes n ON n.id = e.node ORDER BY e.hlc, n.node LIMIT 1 "
        "OFFSET ?");
    if (!row.with(static_cast<std::int64_t>(n - 1)).step()) return std::nullopt;
    return internal::stamp_of_columns(row.integer(0), internal::node_of_column(row.integer(1)));
  });
}

std::uint64_t Store::change_count() const {
  return internal::guarded(*parts_, "counting changes", [&] {
    internal::Read read(*parts_);
    return static_cast<std::uint64_t>(
        parts_->connection.pragma("SELECT count(*) FROM (SELECT DISTINCT hlc, node FROM events)"));
  });
}

void Store::for_each_winner(std::string_view entity,
                            const std::function<bool(const Cell&, const Stamp&)>& visit) const {
  internal::guarded(*parts_, "reading winners", [&] {
    internal::Read read(*parts_);
    std::int64_t first = INT64_MIN;
    std::int64_t last = INT64_MAX;
    if (!entity.empty()) {
      const std::optional<std::int64_t> id = parts_->names.find_entity(std::string(entity));
      if (!id) return;
      first = internal::cell_key(*id, 0);
      last = internal::cell_key(*id + 1, 0) - 1;
    }
    Query row = parts_->connection.query(
        "SELECT a.cell, n.node, a.hlc FROM attributes a JOIN nodes n ON n.id = a.node WHERE a.cell BETWEEN ? AND ?"
        " ORDER BY a.hlc DESC, n.node DESC");
    for (row.with(first, last); row.step();) {
      const Stamp stamp = internal::stamp_of_columns(row.integer(2), internal::node_of_column(row.integer(1)));
      if (!visit(parts_->names.cell_of(row.integer(0)), stamp)) return;
    }
  });
}

std::vector<Cell> Store::contested() const {
  return internal::guarded(*parts_, "looking for conflicts", [&] {
    internal::Read read(*parts_);
    std::vector<std::int64_t> keys;
    Query row = parts_->connection.query("SELECT cell FROM contested");
    for (row.with(); row.step();) keys.push_back(row.integer(0));
    return internal::sorted_cells(*parts_, keys);
  });
}

}  // namespace tidemark::store
