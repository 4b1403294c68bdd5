#include "store/internal/remnants.h"

#include <algorithm>

#include "crdt/utf8.h"
#include "store/internal/encoding.h"
#include "store/internal/schema.h"

namespace tidemark::store::internal {

namespace {

using Type = Column::Type;
using Columns = std::vector<Column>;

// Where a new file has the tables and indexes that rows of the same shape cannot be told apart by.
std::map<std::string, std::uint32_t> fresh_roots() {
  Connection fresh(":memory:", Connection::Open::create, {});
  lay_schema(fresh);
  std::map<std::string, std::uint32_t> roots;
  Query row = fresh.query("SELECT name, rootpage FROM sqlite_master WHERE rootpage > 0");
  for (row.with(); row.step();) roots[row.string(0)] = static_cast<std::uint32_t>(row.integer(1));
  return roots;
}

bool is(const Columns& columns, std::size_t i, Type type) { return columns[i].type == type; }
bool is_integer(const Columns& columns, std::size_t i) { return is(columns, i, Type::integer); }
bool is_mark(const Column& column) {
  return column.type == Type::integer && column.integer >= 0 && column.integer <= 2;
}
bool is_integer_or_null(const Columns& columns, std::size_t i) {
  return is_integer(columns, i) || is(columns, i, Type::null);
}

std::optional<std::int64_t> maybe(const Column& column) {
  if (column.type != Type::integer) return std::nullopt;
  return column.integer;
}

class Scan {
 public:
  Scan(const Pages& pages, const Progress& progress) : pages_(pages), progress_(progress) {}

  Remnants run() {
    const auto free = pages_.free_pages();
    find_owners();
    std::vector<std::uint32_t> strange;  // no page of a tree
    for (std::uint32_t n = 1; n <= pages_.count(); ++n) {
      if (progress_) progress_(n, pages_.count());
      if (free.count(n) != 0) continue;
      const PageContent content = read_content(pages_, n, overflow_);
      if (content.kind == PageContent::Kind::none) strange.push_back(n);
      found_.damaged_rows += content.damaged;
      const auto owner = owners_.find(n);
      for (const Record& record : content.records) {
        const std::string& name = owner == owners_.end() ? unknown_ : owner->second;
        content.kind == PageContent::Kind::table ? take_row(name, record) : take_key(name, record.columns);
      }
    }
    found_.pages = pages_.count();
    for (const std::uint32_t n : strange) found_.damaged_pages += overflow_.count(n) == 0 ? 1 : 0;
    const auto earlier = [](const EventRemnant& a, const EventRemnant& b) { return a.row < b.row; };
    const auto same_row = [](const EventRemnant& a, const EventRemnant& b) { return a.row == b.row; };
    std::stable_sort(found_.events.begin(), found_.events.end(), earlier);
    found_.events.erase(std::unique(found_.events.begin(), found_.events.end(), same_row), found_.events.end());
    return std::move(found_);
  }

 private:
  // The schema's own roots go before those of a new file, which an older file may have elsewhere.
  void find_owners() {
    std::map<std::string, std::uint32_t> roots = fresh_roots();
    walk(
        1,
        [&](const Record& record) {
          const Columns& columns = record.columns;
          if (columns.size() == 5 && is(columns, 1, Type::text) && is_integer(columns, 3))
            roots[columns[1].bytes] = static_cast<std::uint32_t>(columns[3].integer);
        },
        "schema");
    for (const auto& [name, root] : roots)
      walk(
          root, [](const Record&) {}, name);
  }

  template <class Visit>
  void walk(std::uint32_t root, Visit&& visit, const std::string& name) {
    std::vector<std::uint32_t> waiting{root};
    while (!waiting.empty()) {
      const std::uint32_t n = waiting.back();
      waiting.pop_back();
      if (n == 0 || n > pages_.count() || !owners_.emplace(n, name).second) continue;
      const PageContent content = read_content(pages_, n, overflow_);
      for (const Record& record : content.records) visit(record);
      waiting.insert(waiting.end(), content.children.begin(), content.children.end());
    }
  }

  void take_row(const std::string& owner, const Record& record) {
    const Columns& columns = record.columns;
    switch (columns.size()) {
      case 10:
        // A node has a mark where an event has a stamp.
        return is_mark(columns[4]) ? take_node(record) : take_event(record);
      case 9:  // before version 3 of the schema
        return take_node(record);
      case 6:
        return take_note(owner, record);
      case 4:
        return take_parked(owner, columns);
      case 2:
        if (!is(columns, 0, Type::null)) return;
        if (owner == "attribute_names") return take(found_.attributes[record.rowid].in_table, columns[1], false);
        if (owner == "entities" || is(columns, 1, Type::blob))
          return take(found_.entities[record.rowid].in_table, columns[1], true);
        return;
      default:
        return;  // what is derived from the others, or nothing of ours
    }
  }

  // Rows of tables without row ids; and the indexes of names, which hold the names a second time.
  void take_key(const std::string& owner, const Columns& columns) {
    if (columns.size() == 13) return take_bundle(columns);
    if (columns.size() != 2) return;
    if (owner == "meta" && is(columns, 0, Type::text)) found_.meta.emplace(columns[0].bytes, columns[1]);
    if (!is_integer(columns, 1)) return;
    const std::int64_t id = columns[1].integer;
    if (owner == "sqlite_autoindex_entities_1") take(found_.entities[id].in_index, columns[0], true);
    if (owner == "sqlite_autoindex_attribute_names_1") take(found_.attributes[id].in_index, columns[0], false);
    if (owner == "sqlite_autoindex_nodes_1" && is_integer(columns, 0))
      found_.nodes[id].name.in_index = node_of_column(columns[0].integer);
  }

  void take_event(const Record& record) {
    const Columns& columns = record.columns;
    if (!is(columns, 0, Type::null)) return bad();
    for (std::size_t i = 1; i <= 5; ++i) {
      if (!is_integer(columns, i)) return bad();
    }
    for (std::size_t i = 6; i <= 8; ++i) {
      if (!is_integer_or_null(columns, i)) return bad();
    }
    found_.events.push_back({record.rowid, columns[1].integer, columns[2].integer, columns[3].integer,
                             columns[4].integer, columns[5].integer, maybe(columns[6]), maybe(columns[7]), columns[9]});
  }

  void take_node(const Record& record) {
    const Columns& columns = record.columns;
    if (!is_integer(columns, 1) || !is_integer(columns, 2)) return bad();
    NodeRemnant& node = found_.nodes[record.rowid];
    node.name.in_table = node_of_column(columns[1].integer);
    node.own = columns[2].integer == 1;
    node.tail_first = maybe(columns[7]);
    node.tail_last = maybe(columns[8]);
    if (columns.size() > 9) node.last_hlc = maybe(columns[9]);
  }

  void take_note(const std::string& owner, const Record& record) {
    const Columns& columns = record.columns;
    for (std::size_t i = 1; i < columns.size(); ++i) {
      if (!is(columns, i, Type::text) && !is(columns, i, Type::null)) return other(owner, "change_notes");
    }
    found_.notes[record.rowid] = {columns[1].bytes, columns[2].bytes, columns[3].bytes, columns[4].bytes,
                                  columns[5].bytes};
  }

  void take_parked(const std::string& owner, const Columns& columns) {
    if (!is_integer(columns, 0) || !is_integer(columns, 1) || !is(columns, 2, Type::text) ||
        !is(columns, 3, Type::blob))
      return other(owner, "parked");
    found_.parked[{columns[0].integer, columns[1].integer}] = {columns[2].bytes, columns[3].bytes};
  }

  void take_bundle(const Columns& columns) {
    for (std::size_t i = 0; i < 8; ++i) {
      if (!is_integer(columns, i)) return bad();
    }
    if (!is(columns, 8, Type::blob)) return bad();
    BundleRemnant bundle;
    bundle.node = columns[0].integer;
    bundle.n = columns[1].integer;
    bundle.version = columns[2].integer;
    bundle.suite = columns[3].integer;
    bundle.first_hlc = columns[4].integer;
    bundle.last_hlc = columns[5].integer;
    bundle.events = columns[7].integer;
    bundle.head = columns[8].bytes;
    bundle.first_row = maybe(columns[11]);
    bundle.last_row = maybe(columns[12]);
    found_.bundles.try_emplace({bundle.node, bundle.n}, std::move(bundle));
  }

  // A name is text, or the 16 bytes of a UUID where those are allowed.
  void take(std::optional<std::string>& name, const Column& column, bool uuids) {
    const bool uuid = uuids && column.type == Type::blob && column.bytes.size() == 16;
    if (!uuid && (column.type != Type::text || !is_utf8(column.bytes))) return bad();
    name = uuid ? uuid_text(column.bytes) : column.bytes;
  }

  // A row of this shape that does not belong to the table: it may be somebody else's.
  void other(const std::string& owner, const char* table) {
    if (owner == table) bad();
  }

  void bad() { ++found_.damaged_rows; }

  const Pages& pages_;
  const Progress& progress_;
  const std::string unknown_;
  std::unordered_map<std::uint32_t, std::string> owners_;  // page: the table or index it belongs to
  std::unordered_set<std::uint32_t> overflow_;
  Remnants found_;
};

}  // namespace

Remnants read_remnants(const Pages& pages, const Progress& progress) { return Scan(pages, progress).run(); }

}  // namespace tidemark::store::internal
