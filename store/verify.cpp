// Store: is the file what it should be?
#include <sqlite3.h>

#include <array>
#include <cstdint>

#include "store/internal/chains.h"
#include "store/internal/fold.h"
#include "store/internal/parts.h"
#include "store/internal/refold.h"
#include "store/internal/schema.h"

namespace tidemark::store {

namespace {

using internal::File;
using internal::Query;
using internal::Refold;

constexpr std::size_t problems_max = 1000;  // more than that says nothing new
constexpr std::uint64_t cells_a_step = 1024;

class Verification {
 public:
  Verification(File& file, const Progress& progress) : file_(file), progress_(progress) {}

  // What stops one check stops no other: a damaged page says nothing about the rest.
  Report run() {
    check([&] { header(); });
    check([&] { pages(); });
    check([&] { schema(); });
    check([&] { nodes(); });
    check([&] { names(); });
    check([&] { fold(); });
    check([&] { contested(); });
    check([&] { bundles(); });
    check([&] { coverage(); });
    if (progress_) progress_(total_, total_);
    return std::move(report_);
  }

 private:
  template <class Check>
  void check(Check&& check) {
    try {
      check();
    } catch (const SQLite::Exception& exception) {
      const int code = exception.getErrorCode() & 0xff;
      if (code != SQLITE_CORRUPT && code != SQLITE_NOTADB && code != SQLITE_ERROR) throw;
      problem(std::string("SQLite stopped: ") + exception.what());
    } catch (const StoreError& error) {
      if (error.failure() != Failure::corrupt) throw;
      problem(error.what());
    }
  }

  void problem(const std::string& sentence) {
    if (report_.problems.size() < problems_max) report_.problems.push_back(sentence);
  }

  std::uint64_t number(const char* sql) { return static_cast<std::uint64_t>(file_.connection.pragma(sql)); }

  // Each row of the query becomes a problem.
  void none(const char* sql) {
    Query row = file_.connection.query(sql);
    for (row.with(); row.step();) problem(row.string(0));
  }

  // What SQLite believes without a look, integrity_check included, until a write stumbles over it: see
  // https://www.sqlite.org/fileformat2.html, "The Database Header".
  void header() {
    constexpr std::size_t write_version_at = 18;
    constexpr std::size_t first_free_at = 32;
    constexpr std::size_t free_pages_at = 36;
    sqlite3_file* file = nullptr;
    std::array<std::uint8_t, 100> bytes{};
    if (file_.connection.in_memory() ||
        sqlite3_file_control(file_.connection.database().getHandle(), "main", SQLITE_FCNTL_FILE_POINTER, &file) !=
            SQLITE_OK ||
        file->pMethods->xRead(file, bytes.data(), int(bytes.size()), 0) != SQLITE_OK)
      return;
    const auto number_at = [&](std::size_t at) {
      return std::uint32_t(bytes[at]) << 24 | std::uint32_t(bytes[at + 1]) << 16 | std::uint32_t(bytes[at + 2]) << 8 |
             std::uint32_t(bytes[at + 3]);
    };
    if (bytes[write_version_at] > 2) problem("the file's header forbids to write to it");
    const std::uint32_t free_pages = number_at(free_pages_at);
    if ((number_at(first_free_at) == 0) != (free_pages == 0))
      problem("the file's header counts " + std::to_string(free_pages) + " free pages, but not where they are");
  }

  void pages() {
    Query row = file_.connection.query("PRAGMA integrity_check(100)");
    for (row.with(); row.step();) {
      if (row.string(0) != "ok") problem("SQLite: " + row.string(0));
    }
  }

  void schema() {
    for (const std::string& name : internal::schema_differences(file_.connection))
      problem("the " + name + " is not as it should be");
    none("SELECT 'events may be changed: maintenance was left on' FROM meta WHERE key = 'maintenance'");
  }

  void nodes() {
    none("SELECT 'there are ' || count(*) || ' current nodes' FROM nodes WHERE current = 1 HAVING count(*) <> 1");
    none(
        "SELECT 'the marks of node ' || i.name || ' are no marks' FROM nodes n JOIN node_ids i USING (id)"
        " WHERE own NOT IN (0, 1) OR current NOT IN (0, 1) OR forked NOT IN (0, 1, 2) OR current > own OR min(forked, "
        "1) > own"
        " OR confirmed < 0 OR unsealed < 0");
  }

  void names() {
    none(
        "SELECT 'event ' || e.id || ' names an unknown entity, attribute or node' FROM events e LEFT JOIN entities i "
        "ON i.id = e.entity"
        " LEFT JOIN attribute_names a ON a.id = e.attribute LEFT JOIN nodes n ON n.id = e.node LEFT JOIN nodes b ON "
        "b.id = e.base_node"
        " WHERE i.id IS NULL OR a.id IS NULL OR n.id IS NULL OR (b.id IS NULL AND e.base_hlc IS NOT NULL) LIMIT 100");
    none(
        "SELECT 'the notes of event ' || c.event || ' belong to no change' FROM change_notes c LEFT JOIN events e ON "
        "e.id = c.event"
        " WHERE e.id IS NULL LIMIT 100");
    none(
        "SELECT 'bundle ' || b.n || ' of ' || i.name || ' is parked without its bytes' FROM bundles b JOIN node_ids i "
        "ON i.id = b.node"
        " LEFT JOIN parked p ON p.node = b.node AND p.n = b.n WHERE b.first_row IS NULL AND p.n IS NULL LIMIT 100");
    none(
        "SELECT 'bundle ' || p.n || ' of ' || i.name || ' is kept as parked, but it is not' FROM parked p JOIN "
        "node_ids i ON i.id = p.node"
        " LEFT JOIN bundles b ON p.node = b.node AND p.n = b.n WHERE b.n IS NULL OR b.first_row IS NOT NULL LIMIT 100");
  }

  void fold() {
    total_ = number("SELECT count(*) FROM events") + number("SELECT count(*) FROM attributes");
    const Refold expected = internal::refold(
        file_,
        [&](std::int64_t row, auto) {
          problem("event " + std::to_string(row) + " does not link to the one before it in its cell");
        },
        progress_, total_);
    report_.events = expected.events;
    if (expected.greatest && (!file_.state.last || *file_.state.last < *expected.greatest)) {
      problem("the stored clock is behind " + to_string(*expected.greatest));
    }
    cells(expected);
  }

  void cells(const Refold& expected) {
    std::uint64_t seen = 0;
    Query row = file_.connection.query("SELECT cell, node, hlc, kind, event, last, value FROM attributes");
    for (row.with(); row.step();) {
      const auto wanted = expected.cells.find(row.integer(0));
      if (wanted == expected.cells.end()) {
        problem("cell " + std::to_string(row.integer(0)) + " has no event");
      } else {
        cell(row, wanted->second);
        ++seen;
      }
      if (++report_.cells % cells_a_step == 0 && progress_) progress_(report_.events + report_.cells, total_);
    }
    if (seen == expected.cells.size()) return;
    for (const auto& [key, wanted] : expected.cells) {
      Query found = file_.connection.query("SELECT 1 FROM attributes WHERE cell = ?");
      if (!found.with(key).step()) problem("event " + std::to_string(wanted.event) + " has no row in attributes");
    }
  }

  void cell(const Query& row, const internal::RefoldedCell& wanted) {
    const Cell name = file_.names.cell_of(row.integer(0));
    const std::string place = name.attribute + " of " + name.entity;
    const Value value = internal::event_value(file_, wanted.event);
    const bool same_winner = row.integer(1) == wanted.node && row.integer(2) == internal::hlc_column(wanted.stamp) &&
                             row.integer(4) == wanted.event &&
                             row.integer(3) == static_cast<std::int64_t>(value.type());
    if (!same_winner) problem(place + " does not hold its winner " + to_string(wanted.stamp));
    if (row.integer(5) != wanted.last)
      problem(place + " does not point to its last event " + std::to_string(wanted.last));
    if (!same_winner) return;
    if (internal::is_small(value) ? !(internal::value_of_columns(row, value.type(), 6) == value) : !row.is_null(6)) {
      problem(place + " does not hold the value of its winner");
    }
  }

  // The table may hold more than it must, so what is missing is what counts.
  void contested() {
    none(
        "SELECT 'a lost write of ' || n.name || ' of ' || i.name || ' is not listed' FROM ("
        "  SELECT entity, attribute, hlc, node FROM events EXCEPT SELECT entity, attribute, base_hlc, base_node FROM "
        "events"
        "  WHERE base_hlc < hlc OR (base_hlc = hlc AND base_node <> node)) e"
        " JOIN attributes a ON a.cell = (e.entity << 24) + e.attribute AND (a.hlc <> e.hlc OR a.node <> e.node)"
        " JOIN entity_ids i ON i.id = e.entity JOIN attribute_names n ON n.id = e.attribute"
        " WHERE a.cell NOT IN contested LIMIT 100");
  }

  void bundles() {
    NodeId node;
    std::uint64_t n = 0;
    bool any = false;
    Query place = file_.connection.query(
        "SELECT n.node, b.n, length(b.head) FROM bundles b JOIN nodes n ON n.id = b.node ORDER BY n.node, b.n");
    for (place.with(); place.step();) {
      const NodeId now = internal::node_of_column(place.integer(0));
      if (!any || now != node) n = 0;
      any = true;
      node = now;
      const auto found = static_cast<std::uint64_t>(place.integer(1));
      const std::string name = "bundle " + std::to_string(found) + " of " + to_string(node);
      if (found != n + 1) problem(name + " does not follow bundle " + std::to_string(n));
      n = found;
      if (place.integer(2) != 32) problem(name + " has no head of 32 bytes");
    }
    Query row = file_.connection.query(
        "SELECT 'bundle ' || b.n || ' of ' || i.name || ' does not match its events' FROM bundles b JOIN node_ids i ON "
        "i.id = b.node"
        " WHERE b.first_row IS NOT NULL AND (b.events, b.changes, b.first_hlc, b.last_hlc, b.first_row, b.last_row) IS "
        "NOT"
        " (SELECT count(*), count(DISTINCT e.hlc), min(e.hlc), max(e.hlc), min(e.id), max(e.id) FROM events e"
        " WHERE e.id BETWEEN b.first_row AND b.last_row AND e.node = b.node AND e.hlc BETWEEN b.first_hlc AND "
        "b.last_hlc)");
    for (row.with(); row.step();) problem(row.string(0));
  }

  // Every event lies in one bundle, or in the tail of an own node.
  void coverage() {
    Query row = file_.connection.query(
        "SELECT n.id, i.name, n.own, n.unsealed, n.tail_first, n.tail_last, coalesce(e.events, 0), coalesce(b.events, "
        "0) FROM nodes n"
        " JOIN node_ids i ON i.id = n.id"
        " LEFT JOIN (SELECT node, count(*) AS events FROM events GROUP BY node) e ON e.node = n.id"
        " LEFT JOIN (SELECT node, sum(events) AS events FROM bundles WHERE first_row IS NOT NULL GROUP BY node) b ON "
        "b.node = n.id");
    for (row.with(); row.step();) {
      std::int64_t unsealed = 0;
      if (!row.is_null(4)) {
        Query tail = file_.connection.query(
            "SELECT count(*), count(DISTINCT x.hlc), min(x.id), max(x.id) FROM events x WHERE x.id BETWEEN ? AND ? AND "
            "x.node = ?"
            " AND NOT EXISTS (SELECT 1 FROM bundles b WHERE b.node = x.node AND x.id BETWEEN b.first_row AND b.last_row"
            " AND x.hlc BETWEEN b.first_hlc AND b.last_hlc)");
        tail.with(row.integer(4), row.integer(5), row.integer(0)).step();
        unsealed = tail.integer(0);
        if (tail.integer(1) != row.integer(3) || tail.maybe_integer(2) != row.maybe_integer(4) ||
            tail.maybe_integer(3) != row.maybe_integer(5) || row.integer(2) != 1) {
          problem("the unsealed tail of node " + row.string(1) + " does not match its events");
        }
      } else if (row.integer(3) != 0) {
        problem("node " + row.string(1) + " counts unsealed changes without a tail");
      }
      if (row.integer(6) != row.integer(7) + unsealed) {
        problem("node " + row.string(1) + " has " + std::to_string(row.integer(6)) + " events, but " +
                std::to_string(row.integer(7)) + " in bundles and " + std::to_string(unsealed) + " unsealed");
      }
    }
  }

  File& file_;
  const Progress& progress_;
  Report report_;
  std::uint64_t total_ = 0;
};

}  // namespace

Report Store::verify(const Progress& progress) const {
  return internal::guarded(*parts_, "verifying", [&] {
    internal::Read read(*parts_);
    parts_->refresh();
    return Verification(*parts_, progress).run();
  });
}

}  // namespace tidemark::store
