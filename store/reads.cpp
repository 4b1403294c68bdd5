#include <algorithm>

#include "store/internal/aliases.h"
#include "store/internal/chains.h"
#include "store/internal/fold.h"
#include "store/internal/notes.h"
#include "store/internal/parts.h"

namespace tidemark::store {

namespace {

using internal::File;
using internal::Query;

// Reads node, hlc, kind, event, value from the columns 1..5 of a row of `attributes` whose cell is in column 0.
CellState state_of(File& file, const Query& row, const std::string& entity) {
  CellState state;
  state.cell = {entity, file.names.attribute_text(internal::attribute_of_key(row.integer(0)))};
  state.stamp = internal::stamp_of_columns(row.integer(2), file.names.node_of(row.integer(1)));
  const ValueType kind = internal::kind_of_column(row.integer(3));
  const bool elsewhere = kind >= ValueType::text && row.is_null(5);
  state.value = elsewhere ? internal::event_value(file, row.integer(4)) : internal::value_of_columns(row, kind, 5);
  return state;
}

// All cells of the entity, ascending by attribute.
std::vector<CellState> cells_of(File& file, std::int64_t id, const std::string& entity) {
  std::vector<CellState> states;
  Query row =
      file.connection.query("SELECT cell, node, hlc, kind, event, value FROM attributes WHERE cell BETWEEN ? AND ?");
  for (row.with(internal::cell_key(id, 0), internal::cell_key(id + 1, 0) - 1); row.step();)
    states.push_back(state_of(file, row, entity));
  const auto earlier = [](const CellState& a, const CellState& b) { return a.cell.attribute < b.cell.attribute; };
  if (!std::is_sorted(states.begin(), states.end(), earlier)) std::sort(states.begin(), states.end(), earlier);
  return states;
}

// All entities, ascending by name. The index has those that are texts before those that are UUIDs, which are blobs in it,
// and either in the order of their names.
class EntityScan {
 public:
  explicit EntityScan(File& file)
      : texts_(file.connection.query("SELECT id, entity FROM entities WHERE entity < x'' ORDER BY entity")),
        uuids_(file.connection.query("SELECT id, entity FROM entities WHERE entity >= x'' ORDER BY entity")) {}

  // False after the last one.
  bool next() {
    Source& first = comes_first(uuids_, texts_) ? uuids_ : texts_;
    if (first.done) return false;
    id = first.id;
    name.swap(first.name);
    first.advance();
    return true;
  }

  std::int64_t id = 0;
  std::string name;

 private:
  struct Source {
    explicit Source(Query query) : row(std::move(query)) {
      row.with();
      advance();
    }
    void advance() {
      done = !row.step();
      if (done) return;
      id = row.integer(0);
      name = internal::entity_of_column(row, 1);
    }

    Query row;
    bool done = false;
    std::int64_t id = 0;
    std::string name;
  };

  static bool comes_first(const Source& a, const Source& b) { return !a.done && (b.done || a.name < b.name); }

  Source texts_;
  Source uuids_;
};

#define EVENT_COLUMNS "entity, attribute, node, hlc, kind, base_hlc, base_node, prev, value"
constexpr const char* event_sql = "SELECT " EVENT_COLUMNS " FROM events WHERE id = ?";
constexpr const char* judged_event_sql =
    "SELECT " EVENT_COLUMNS
    ", id = (SELECT event FROM attributes WHERE cell = (entity << 24) + attribute) FROM events WHERE id = ?";
#undef EVENT_COLUMNS

// Reads rows of the history, whose stamps have an earlier one only if the file has aliases.
class HistoryReader {
 public:
  // With the winner of the one cell that is read, or else each row asks who wins in its own.
  explicit HistoryReader(File& file, std::optional<std::int64_t> winner = std::nullopt)
      : file_(file),
        winner_(winner),
        row_(file.connection.query(winner ? event_sql : judged_event_sql)),
        aliases_(file.connection.query("SELECT 1 FROM aliases LIMIT 1").with().step()),
        notes_(file) {}

  HistoryRow read(std::int64_t id) {
    if (!row_.with(id).step()) internal::throw_corrupt("event " + std::to_string(id) + " is missing");
    HistoryRow entry;
    entry.event.cell = file_.names.cell_of(internal::cell_key(row_.integer(0), row_.integer(1)));
    const std::int64_t node = row_.integer(2);
    entry.stamp = internal::stamp_of_columns(row_.integer(3), file_.names.node_of(node));
    entry.event.value = internal::value_of_columns(row_, internal::kind_of_column(row_.integer(4)), 8);
    if (!row_.is_null(5))
      entry.event.base = internal::stamp_of_columns(row_.integer(5), file_.names.node_of(row_.integer(6)));
    entry.wins = winner_ ? id == *winner_ : row_.integer(9) == 1;
    if (aliases_) entry.printed_as = internal::printed_as(file_, node, row_.integer(3));
    Change said;
    notes_.read(id, node, row_.integer(3), said);
    entry.links = std::move(said.links);
    entry.metadata = std::move(said.metadata);
    return entry;
  }

  // The cell's event before the one that was read last.
  std::optional<std::int64_t> previous() const { return row_.maybe_integer(7); }

 private:
  File& file_;
  std::optional<std::int64_t> winner_;
  Query row_;
  bool aliases_;
  internal::NotesReader notes_;
};

// Where an event stands in the order of the history.
struct Place {
  std::int64_t hlc = 0;
  std::uint64_t node = 0;
  std::int64_t id = 0;
  std::int64_t cell = 0;
};

// All events, by (stamp, entity, attribute). Their values stay in the file: only the places are sorted.
std::vector<Place> places_in_order(File& file) {
  std::vector<Place> places;
  Query row = file.connection.query("SELECT hlc, node, id, entity, attribute FROM events");
  for (row.with(); row.step();) {
    places.push_back({row.integer(0), file.names.node_of(row.integer(1)).value, row.integer(2),
                      internal::cell_key(row.integer(3), row.integer(4))});
  }
  std::sort(places.begin(), places.end(), [&](const Place& a, const Place& b) {
    if (a.hlc != b.hlc) return a.hlc < b.hlc;
    if (a.node != b.node) return a.node < b.node;
    if (a.cell == b.cell) return a.id < b.id;
    const Cell x = file.names.cell_of(a.cell);
    const Cell y = file.names.cell_of(b.cell);
    return x == y ? a.id < b.id : x < y;
  });
  return places;
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

void Store::of_one_commit(const std::function<void()>& reads) const {
  internal::guarded(*parts_, "reading", [&] {
    internal::Read read(*parts_);
    reads();
  });
}

std::optional<CellState> Store::get(const Cell& cell) const {
  return internal::guarded(*parts_, "reading a value", [&]() -> std::optional<CellState> {
    internal::Read read(*parts_);
    const std::optional<std::int64_t> key = parts_->names.find_cell(cell);
    if (!key) return std::nullopt;
    Query row = parts_->connection.query("SELECT cell, node, hlc, kind, event, value FROM attributes WHERE cell = ?");
    if (!row.with(*key).step()) return std::nullopt;
    return state_of(*parts_, row, cell.entity);
  });
}

std::vector<CellState> Store::entity(std::string_view entity) const {
  return internal::guarded(*parts_, "reading an entity", [&]() -> std::vector<CellState> {
    internal::Read read(*parts_);
    const std::string name(entity);
    const std::optional<std::int64_t> id = parts_->names.find_entity(name);
    if (!id) return {};
    return cells_of(*parts_, *id, name);
  });
}

void Store::for_each_cell(const std::function<bool(const CellState&)>& visit) const {
  internal::guarded(*parts_, "reading all values", [&] {
    internal::Read read(*parts_);
    for (EntityScan entities(*parts_); entities.next();) {
      for (const CellState& state : cells_of(*parts_, entities.id, entities.name)) {
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
    Query start = parts_->connection.query("SELECT last, event FROM attributes WHERE cell = ?");
    if (!start.with(*key).step()) return rows;
    HistoryReader reader(*parts_, start.integer(1));
    for (std::optional<std::int64_t> at = start.integer(0); at;) {
      rows.push_back(reader.read(*at));
      const std::optional<std::int64_t> previous = reader.previous();
      if (previous && *previous >= *at)
        internal::throw_corrupt("event " + std::to_string(*at) + " links to a later one");
      at = previous;
    }
    std::sort(rows.begin(), rows.end(), before);
    return rows;
  });
}

void Store::for_each_event(const std::function<bool(const HistoryRow&)>& visit) const {
  internal::guarded(*parts_, "reading all events", [&] {
    internal::Read read(*parts_);
    HistoryReader reader(*parts_);
    for (const Place& place : places_in_order(*parts_)) {
      if (!visit(reader.read(place.id))) return;
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
