#include "store/internal/audit_index.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <type_traits>
#include <vector>

namespace tidemark::store::internal {

namespace {

constexpr std::int64_t rows_a_step = 50'000;

constexpr const char* tables_sql = R"sql(
CREATE TABLE audit_words(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, word NOT NULL, UNIQUE(kind, word));
CREATE TABLE audit_terms(term INTEGER NOT NULL, hlc INTEGER NOT NULL, event INTEGER NOT NULL,
  PRIMARY KEY(term, hlc, event)) WITHOUT ROWID;
CREATE TABLE audit_dirty(event INTEGER PRIMARY KEY);
)sql";

// The first row of a change is one whose predecessor is of another.
#define ROWS                                                                                                  \
  "SELECT e.id, e.hlc, e.attribute, e.kind = 1 AND e.value = 1, n.node, c.author, c.source, c.links, c.json," \
  " NOT EXISTS (SELECT 1 FROM events p WHERE p.id = e.id - 1 AND p.node = e.node AND p.hlc = e.hlc)"          \
  " FROM events e JOIN nodes n ON n.id = e.node LEFT JOIN change_notes c ON c.event = e.id"

// Collects what some rows say and puts it into the index, sorted: that is several times as fast as row by row.
class Indexer {
 public:
  explicit Indexer(File& file) : file_(file), deleted_(file.names.find_attribute(std::string(deleted_attribute))) {}

  void add(Query& row) {
    while (row.step()) {
      row_ = row.integer(0);
      hlc_ = row.integer(1);
      const std::int64_t attribute = row.integer(2);
      add(AuditKind::attribute, attribute);
      if (attribute == deleted_ && row.integer(3) == 1) add(AuditKind::deletion, std::string());
      if (row.integer(9) == 0) continue;
      add(AuditKind::node, row.integer(4));
      if (!row.is_null(5)) add(AuditKind::author, row.string(5));
      if (!row.is_null(6)) add(AuditKind::source, row.string(6));
      if (!row.is_null(7)) add_correlations(row.string(7));
      if (!row.is_null(8)) add_keys(row.string(8));
    }
  }

  void write() {
    std::sort(entries_.begin(), entries_.end());
    Query insert = file_.connection.query("INSERT OR IGNORE INTO audit_terms(term, hlc, event) VALUES(?, ?, ?)");
    for (const auto& [term, hlc, row] : entries_) insert.with(term, hlc, row).run();
  }

 private:
  template <class Word>
  void add(AuditKind kind, const Word& word) {
    entries_.emplace_back(term_of(kind, word), hlc_, row_);
  }

  template <class Word>
  std::int64_t term_of(AuditKind kind, const Word& word) {
    auto& known = [&]() -> auto& {
      if constexpr (std::is_same_v<Word, std::string>)
        return texts_;
      else
        return numbers_;
    }
    ();
    const auto [place, fresh] = known.try_emplace({kind, word});
    if (fresh) {
      file_.connection.query("INSERT OR IGNORE INTO audit_words(kind, word) VALUES(?, ?)")
          .with(static_cast<int>(kind), word)
          .run();
      place->second = *audit_term(file_, kind, word);
    }
    return place->second;
  }

  void add_correlations(const std::string& links) {
    for (const Link& link : links_of_text(links)) {
      if (link.kind == LinkKind::correlation) add(AuditKind::correlation, to_string(link.target));
    }
  }

  // The members of the free JSON, which may be no object, or no JSON.
  void add_keys(const std::string& json) {
    Query key = file_.connection.query(
        "SELECT key FROM json_each(CASE WHEN json_valid(?1) AND json_type(?1) = 'object' THEN ?1 ELSE '{}' END)");
    for (key.with(json); key.step();) add(AuditKind::key, key.string(0));
  }

  File& file_;
  std::optional<std::int64_t> deleted_;
  std::map<std::pair<AuditKind, std::string>, std::int64_t> texts_;
  std::map<std::pair<AuditKind, std::int64_t>, std::int64_t> numbers_;
  std::vector<std::tuple<std::int64_t, std::int64_t, std::int64_t>> entries_;  // term, hlc, row
  std::int64_t row_ = 0;
  std::int64_t hlc_ = 0;
};

void index_dirty(File& file) {
  Query row = file.connection.query(ROWS " WHERE e.id IN audit_dirty ORDER BY e.id");
  Indexer indexer(file);
  indexer.add(row.with());
  indexer.write();
}

void index_rows(File& file, std::int64_t from, std::int64_t to) {
  Query row = file.connection.query(ROWS " WHERE e.id > ? AND e.id <= ? ORDER BY e.id");
  Indexer indexer(file);
  indexer.add(row.with(from, to));
  indexer.write();
}

std::optional<std::int64_t> indexed_row(File& file) {
  Query row = file.connection.query("SELECT value FROM meta WHERE key = 'audit_row'");
  return row.with().step() ? std::optional(row.integer(0)) : std::nullopt;
}

}  // namespace

bool has_audit_index(File& file) { return indexed_row(file).has_value(); }

void update_audit_index(File& file, const Progress& progress) {
  if (!has_audit_index(file)) {
    file.connection.exec(tables_sql);
    file.put_meta("audit_row", std::int64_t{0});
  }
  index_dirty(file);
  file.connection.exec("DELETE FROM audit_dirty");
  std::int64_t done = *indexed_row(file);
  const std::int64_t last = file.connection.pragma("SELECT coalesce(max(id), 0) FROM events");
  const std::int64_t begin = done;
  while (done < last) {
    const std::int64_t to = std::min(last, done + rows_a_step);
    index_rows(file, done, to);
    done = to;
    if (progress) progress(std::uint64_t(done - begin), std::uint64_t(last - begin));
  }
  file.put_meta("audit_row", last);
}

void drop_audit_index(File& file) {
  file.connection.drop_statements();
  file.connection.exec(
      "DROP TABLE IF EXISTS audit_words; DROP TABLE IF EXISTS audit_terms; DROP TABLE IF EXISTS audit_dirty");
  file.drop_meta("audit_row");
}

bool audit_index_is_fresh(File& file) {
  const auto row = indexed_row(file);
  return row && *row >= file.connection.pragma("SELECT coalesce(max(id), 0) FROM events") &&
         file.connection.pragma("SELECT count(*) FROM audit_dirty") == 0;
}

void audit_changed(File& file, std::int64_t row) {
  if (!has_audit_index(file)) return;
  file.connection.query("INSERT OR IGNORE INTO audit_dirty(event) VALUES(?)").with(row).run();
}

std::optional<std::int64_t> audit_term(File& file, AuditKind kind, const std::string& word) {
  Query row = file.connection.query("SELECT id FROM audit_words WHERE kind = ? AND word = ?");
  return row.with(static_cast<int>(kind), word).step() ? std::optional(row.integer(0)) : std::nullopt;
}

std::optional<std::int64_t> audit_term(File& file, AuditKind kind, std::int64_t word) {
  Query row = file.connection.query("SELECT id FROM audit_words WHERE kind = ? AND word = ?");
  return row.with(static_cast<int>(kind), word).step() ? std::optional(row.integer(0)) : std::nullopt;
}

}  // namespace tidemark::store::internal
