#include "store/internal/audit_index.h"

#include <algorithm>

namespace tidemark::store::internal {

namespace {

constexpr std::int64_t rows_a_step = 50'000;

constexpr const char* tables_sql = R"sql(
CREATE TABLE audit_words(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, word NOT NULL, UNIQUE(kind, word));
CREATE TABLE audit_terms(term INTEGER NOT NULL, hlc INTEGER NOT NULL, node INTEGER NOT NULL, event INTEGER NOT NULL,
  PRIMARY KEY(term, hlc, node, event)) WITHOUT ROWID;
CREATE TABLE audit_dirty(event INTEGER PRIMARY KEY);
)sql";

// The events to index: ?1 < id <= ?2, or the dirty ones. The first row of a change is one whose predecessor is of another.
#define INDEXED "e.id > ?1 AND e.id <= ?2"
#define DIRTY "e.id IN audit_dirty AND ?1 >= 0 AND ?2 >= 0"
#define FIRST " NOT EXISTS (SELECT 1 FROM events p WHERE p.id = e.id - 1 AND p.node = e.node AND p.hlc = e.hlc)"
#define WORDS "INSERT OR IGNORE INTO audit_words(kind, word) "
#define TERMS                                                                                                \
  "INSERT OR IGNORE INTO audit_terms(term, hlc, node, event) SELECT w.id, e.hlc, n.node, e.id FROM events e" \
  " JOIN nodes n ON n.id = e.node "

// The members of the free JSON, which may be no object, or no JSON.
#define KEYS "json_each(CASE WHEN json_valid(c.json) AND json_type(c.json) = 'object' THEN c.json ELSE '{}' END)"

#define STATEMENTS(which)                                                                                           \
  {                                                                                                                 \
    WORDS "SELECT 0, '' FROM events e WHERE " which " LIMIT 1",                                                     \
        TERMS "JOIN audit_words w ON w.kind = 0 WHERE " which " AND" FIRST " ORDER BY 2, 3",                        \
        WORDS "SELECT DISTINCT 3, n.node FROM events e JOIN nodes n ON n.id = e.node WHERE " which,                 \
        TERMS "JOIN audit_words w ON w.kind = 3 AND w.word = n.node WHERE " which " AND" FIRST " ORDER BY 1, 2",    \
        WORDS "SELECT DISTINCT 6, e.attribute FROM events e WHERE " which,                                          \
        TERMS "JOIN audit_words w ON w.kind = 6 AND w.word = e.attribute WHERE " which " ORDER BY 1, 2",            \
        WORDS                                                                                                       \
        "SELECT DISTINCT 1, c.author FROM change_notes c JOIN events e ON e.id = c.event"                           \
        " WHERE c.author IS NOT NULL AND " which,                                                                   \
        TERMS                                                                                                       \
        "JOIN change_notes c ON c.event = e.id JOIN audit_words w ON w.kind = 1 AND w.word = c.author WHERE " which \
        " ORDER BY 1, 2",                                                                                           \
        WORDS                                                                                                       \
        "SELECT DISTINCT 2, c.source FROM change_notes c JOIN events e ON e.id = c.event"                           \
        " WHERE c.source IS NOT NULL AND " which,                                                                   \
        TERMS                                                                                                       \
        "JOIN change_notes c ON c.event = e.id JOIN audit_words w ON w.kind = 2 AND w.word = c.source WHERE " which \
        " ORDER BY 1, 2",                                                                                           \
        WORDS "SELECT DISTINCT 5, j.key FROM change_notes c JOIN events e ON e.id = c.event, " KEYS                 \
              " j"                                                                                                  \
              " WHERE c.json IS NOT NULL AND " which,                                                               \
        TERMS "JOIN change_notes c ON c.event = e.id, " KEYS                                                        \
              " j JOIN audit_words w ON w.kind = 5 AND w.word = j.key"                                              \
              " WHERE c.json IS NOT NULL AND " which " ORDER BY 1, 2",                                              \
        WORDS "SELECT 7, '' FROM events e WHERE " which " LIMIT 1",                                                 \
        TERMS "JOIN audit_words w ON w.kind = 7 WHERE " which                                                       \
              " AND e.kind = 1 AND e.value = 1 AND e.attribute ="                                                   \
              " (SELECT id FROM attribute_names WHERE name = 'deleted') ORDER BY 2, 3",                             \
  }

constexpr const char* fresh_sql[] = STATEMENTS(INDEXED);
constexpr const char* dirty_sql[] = STATEMENTS(DIRTY);

// Links are texts of several lines, so they are taken apart here.
void index_correlations(File& file, const char* sql, std::int64_t from, std::int64_t to) {
  Query row = file.connection.query(sql);
  for (row.with(from, to); row.step();) {
    for (const Link& link : links_of_text(row.string(3))) {
      if (link.kind != LinkKind::correlation) continue;
      const std::string word = to_string(link.target);
      file.connection.query("INSERT OR IGNORE INTO audit_words(kind, word) VALUES(4, ?)").with(word).run();
      file.connection.query("INSERT OR IGNORE INTO audit_terms(term, hlc, node, event) VALUES(?, ?, ?, ?)")
          .with(audit_term(file, AuditKind::correlation, word), row.integer(1), row.integer(2), row.integer(0))
          .run();
    }
  }
}

constexpr const char* links_sql =
    "SELECT e.id, e.hlc, n.node, c.links FROM change_notes c JOIN events e ON e.id = c.event"
    " JOIN nodes n ON n.id = e.node WHERE c.links IS NOT NULL AND ";

void index_rows(File& file, bool dirty, std::int64_t from, std::int64_t to) {
  static const std::string fresh_links = std::string(links_sql) + INDEXED;
  static const std::string dirty_links = std::string(links_sql) + DIRTY;
  for (const char* sql : dirty ? dirty_sql : fresh_sql) file.connection.query(sql).with(from, to).run();
  index_correlations(file, (dirty ? dirty_links : fresh_links).c_str(), from, to);
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
  index_rows(file, true, 0, 0);
  file.connection.exec("DELETE FROM audit_dirty");
  std::int64_t done = *indexed_row(file);
  const std::int64_t last = file.connection.pragma("SELECT coalesce(max(id), 0) FROM events");
  const std::int64_t begin = done;
  while (done < last) {
    const std::int64_t to = std::min(last, done + rows_a_step);
    index_rows(file, false, done, to);
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
