// Store: the audit.
#include <algorithm>
#include <set>
#include <tuple>

#include "store/internal/aliases.h"
#include "store/internal/audit_index.h"
#include "store/internal/fold.h"
#include "store/internal/notes.h"
#include "store/internal/parts.h"

namespace tidemark::store {

namespace {

using internal::AuditKind;
using internal::File;
using internal::Query;

// A row that the answer may hold, in order of stamp.
struct Candidate {
  std::int64_t hlc = 0;
  std::int64_t node = 0;  // the node's column
  std::int64_t row = 0;
  bool operator<(const Candidate& other) const {
    return std::tie(hlc, node, row) < std::tie(other.hlc, other.node, other.row);
  }
};

#define ASCENDING " hlc BETWEEN ? AND ? ORDER BY hlc, event"
#define DESCENDING " hlc BETWEEN ? AND ? ORDER BY hlc DESC, event DESC"
#define INDEXED "SELECT hlc, event FROM audit_terms WHERE term = ? AND"
#define ALL "SELECT hlc, id AS event FROM events WHERE"

class Audit {
 public:
  Audit(File& file, const AuditQuery& query, bool indexed) : file_(file), query_(query), indexed_(indexed) {
    const auto hlc = [](std::int64_t ms, std::uint16_t counter) {
      const std::uint64_t bounded = std::min(std::uint64_t(std::max<std::int64_t>(ms, 0)), max_stamp_ms);
      return internal::hlc_column({bounded, counter, {}});
    };
    first_ = {hlc(query.from_ms, 0), INT64_MIN, INT64_MIN};
    last_ = {hlc(query.to_ms, UINT16_MAX), INT64_MAX, INT64_MAX};
    if (query.after) {
      const Candidate place{internal::hlc_column(query.after->stamp), internal::node_column(query.after->stamp.node),
                            query.after->row};
      (query.oldest_first ? first_ : last_) = place;
    }
    if (query.correlation) correlation_ = internal::named_by(file, *query.correlation);
  }

  AuditPage run() {
    if (query_.to_ms < query_.from_ms || query_.limit == 0) return std::move(page_);
    if (!query_.entity.empty())
      of_entity();
    else if (indexed_)
      by_index();
    else
      scan();
    return std::move(page_);
  }

 private:
  // True while the page has room. Nothing is taken of a row whose stamp is another one.
  bool take(std::int64_t hlc, std::int64_t id, bool whole_change) {
    Query row = file_.connection.query(
        "SELECT e.node, e.hlc, e.entity, e.attribute, e.kind, e.base_hlc, e.base_node, e.value, e.id,"
        " e.id = (SELECT event FROM attributes WHERE cell = (e.entity << 24) + e.attribute)"
        " FROM events e WHERE e.id >= ? ORDER BY e.id");
    Change said;
    bool first = true;
    std::int64_t node_id = 0;
    std::optional<AuditPlace> place;
    for (row.with(id); row.step(); first = false) {
      ++page_.rows_read;
      if (row.integer(1) != hlc || (first ? row.integer(8) != id : row.integer(0) != node_id)) break;
      node_id = row.integer(0);
      const NodeId node = file_.names.node_of(node_id);
      const Stamp stamp = internal::stamp_of_columns(hlc, node);
      if (first) {
        internal::NotesReader(file_).read(id, node_id, hlc, said);
        if (!said_fits(stamp, said)) break;
        place = AuditPlace{stamp, id};
      }
      HistoryRow found;
      found.stamp = stamp;
      found.event.cell = file_.names.cell_of(internal::cell_key(row.integer(2), row.integer(3)));
      found.event.value = internal::value_of_columns(row, internal::kind_of_column(row.integer(4)), 7);
      if (!row.is_null(5))
        found.event.base = internal::stamp_of_columns(row.integer(5), file_.names.node_of(row.integer(6)));
      found.wins = row.integer(9) == 1;
      if (event_fits(found)) {
        if (page_.rows.size() >= query_.limit && place_) {
          page_.next = place_;
          return false;
        }
        found.links = said.links;
        found.metadata = said.metadata;
        fresh_.push_back(std::move(found));
      }
      if (!whole_change) break;
    }
    for (HistoryRow& one : fresh_) page_.rows.push_back(std::move(one));
    if (!fresh_.empty()) place_ = place;
    fresh_.clear();
    return true;
  }

  bool said_fits(const Stamp& stamp, const Change& said) {
    if (!query_.author.empty() && said.metadata.author != query_.author) return false;
    if (!query_.source.empty() && said.metadata.source != query_.source) return false;
    if (query_.node && stamp.node != *query_.node) return false;
    if (correlation_ && stamp != *correlation_ &&
        std::find(said.links.begin(), said.links.end(), Link{LinkKind::correlation, *correlation_}) == said.links.end())
      return false;
    return query_.metadata_key.empty() || has_key(said.metadata.json);
  }

  bool has_key(const std::string& json) {
    if (json.empty()) return false;
    Query row = file_.connection.query(
        "SELECT 1 FROM json_each(CASE WHEN json_valid(?1) AND json_type(?1) = 'object' THEN ?1 ELSE '{}' END)"
        " WHERE key = ?2");
    return row.with(json, query_.metadata_key).step();
  }

  bool event_fits(const HistoryRow& row) const {
    if (!query_.attribute.empty() && !means_attribute(query_.attribute, row.event.cell.attribute)) return false;
    if (query_.deletions && !(row.event.cell.attribute == deleted_attribute && row.event.value == Value::boolean(true)))
      return false;
    return !query_.overwritten || !row.wins;
  }

  // The rows of several queries, each in order of hlc, in the order of the answer.
  void walk(std::vector<Query> queries, bool whole_change) {
    struct Next {
      std::int64_t hlc;
      std::int64_t row;
      Query* from;
    };
    const auto later = [&](const Next& a, const Next& b) {
      return query_.oldest_first ? b.hlc < a.hlc : a.hlc < b.hlc;
    };
    std::vector<Next> heap;
    const auto step = [&](Query& row) {
      if (!row.step()) return;
      ++page_.rows_read;
      heap.push_back({row.integer(0), row.integer(1), &row});
      std::push_heap(heap.begin(), heap.end(), later);
    };
    for (Query& row : queries) step(row);
    std::vector<std::int64_t> rows;
    while (!heap.empty()) {
      const std::int64_t hlc = heap.front().hlc;
      rows.clear();
      while (!heap.empty() && heap.front().hlc == hlc) {
        std::pop_heap(heap.begin(), heap.end(), later);
        const Next next = heap.back();
        heap.pop_back();
        rows.push_back(next.row);
        step(*next.from);
      }
      if (!take_all(hlc, rows, whole_change)) return;
    }
  }

  // Rows of one hlc, which may be those of several nodes, or lie before the place where the last page ended.
  bool take_all(std::int64_t hlc, const std::vector<std::int64_t>& rows, bool whole_change) {
    if (rows.size() == 1 && hlc != first_.hlc && hlc != last_.hlc) return take(hlc, rows[0], whole_change);
    std::set<Candidate> candidates;
    Query node = file_.connection.query("SELECT node FROM events WHERE id = ?");
    for (const std::int64_t row : rows) {
      if (!node.with(row).step()) continue;
      ++page_.rows_read;
      const Candidate one{hlc, internal::node_column(file_.names.node_of(node.integer(0))), row};
      if (inside(one)) candidates.insert(one);
    }
    const auto take_one = [&](const Candidate& one) { return take(hlc, one.row, whole_change); };
    return query_.oldest_first ? std::all_of(candidates.begin(), candidates.end(), take_one)
                               : std::all_of(candidates.rbegin(), candidates.rend(), take_one);
  }

  bool inside(const Candidate& candidate) const { return first_ < candidate && candidate < last_; }

  // Every row of an entity's cells.
  void of_entity() {
    std::vector<Candidate> rows;
    const auto id = file_.names.find_entity(query_.entity);
    if (!id) return;
    Query cell = file_.connection.query("SELECT last FROM attributes WHERE cell BETWEEN ? AND ?");
    Query event = file_.connection.query("SELECT node, hlc, prev FROM events WHERE id = ?");
    for (cell.with(internal::cell_key(*id, 0), internal::cell_key(*id + 1, 0) - 1); cell.step();) {
      for (std::optional<std::int64_t> at = cell.integer(0); at;) {
        if (!event.with(*at).step()) internal::throw_corrupt("event " + std::to_string(*at) + " is missing");
        ++page_.rows_read;
        const Candidate one{event.integer(1), internal::node_column(file_.names.node_of(event.integer(0))), *at};
        if (inside(one)) rows.push_back(one);
        const auto previous = event.maybe_integer(2);
        if (previous && *previous >= *at)
          internal::throw_corrupt("event " + std::to_string(*at) + " links to a later one");
        at = previous;
      }
    }
    std::sort(rows.begin(), rows.end());
    if (!query_.oldest_first) std::reverse(rows.begin(), rows.end());
    for (const Candidate& one : rows) {
      if (!take(one.hlc, one.row, false)) return;
    }
  }

  void scan() {
    std::vector<Query> rows;
    rows.push_back(file_.connection.query(query_.oldest_first ? ALL ASCENDING : ALL DESCENDING));
    rows.back().with(first_.hlc, last_.hlc);
    walk(std::move(rows), false);
  }

  // Rows of a term.
  struct Span {
    std::int64_t term;
    std::int64_t first_hlc;
    std::int64_t last_hlc;
  };
  // A condition by which the index can be read.
  struct Way {
    std::vector<Span> spans;   // none: nobody says that
    bool whole_change = true;  // the index has the first row of a change, and not the event itself
  };

  void by_index() {
    std::vector<Way> ways;
    const auto add = [&](AuditKind kind, const auto& word, bool whole_change) {
      ways.push_back({{}, whole_change});
      if (const auto term = internal::audit_term(file_, kind, word)) ways.back().spans.push_back(all_of(*term));
    };
    if (correlation_) {
      add(AuditKind::correlation, to_string(*correlation_), true);
      add_change(ways.back(), *correlation_);
    }
    if (query_.deletions) add(AuditKind::deletion, std::string(), false);
    if (!query_.author.empty()) add(AuditKind::author, query_.author, true);
    if (!query_.source.empty()) add(AuditKind::source, query_.source, true);
    if (query_.node) add(AuditKind::node, internal::node_column(*query_.node), true);
    if (!query_.metadata_key.empty()) add(AuditKind::key, query_.metadata_key, true);
    if (!query_.attribute.empty()) ways.push_back({attributes(), false});
    if (ways.empty()) ways.push_back({nodes(), true});
    const Way& best = rarest(ways);
    std::vector<Query> rows;
    for (const Span& span : best.spans) {
      rows.push_back(file_.connection.query(query_.oldest_first ? INDEXED ASCENDING : INDEXED DESCENDING));
      rows.back().with(span.term, span.first_hlc, span.last_hlc);
    }
    walk(std::move(rows), best.whole_change);
  }

  Span all_of(std::int64_t term) const { return {term, first_.hlc, last_.hlc}; }

  // Every change is one of its node's.
  std::vector<Span> nodes() {
    std::vector<Span> spans;
    Query word = file_.connection.query("SELECT id FROM audit_words WHERE kind = ?");
    for (word.with(static_cast<int>(AuditKind::node)); word.step();) spans.push_back(all_of(word.integer(0)));
    return spans;
  }

  void add_change(Way& way, const Stamp& stamp) {
    const auto term = internal::audit_term(file_, AuditKind::node, internal::node_column(stamp.node));
    const std::int64_t hlc = internal::hlc_column(stamp);
    if (term) way.spans.push_back({*term, std::max(hlc, first_.hlc), std::min(hlc, last_.hlc)});
  }

  // The terms of the attributes that the query means.
  std::vector<Span> attributes() {
    std::vector<Span> spans;
    Query word = file_.connection.query(
        "SELECT w.id, a.name FROM audit_words w JOIN attribute_names a ON a.id = w.word WHERE w.kind = ?");
    for (word.with(static_cast<int>(AuditKind::attribute)); word.step();) {
      if (means_attribute(query_.attribute, word.string(1))) spans.push_back(all_of(word.integer(0)));
    }
    return spans;
  }

  // The way that the fewest rows lead along. Of ways that are all long, whichever: counting must not cost more than a page.
  const Way& rarest(const std::vector<Way>& ways) {
    const Way* best = &ways.front();
    if (ways.size() == 1) return *best;
    for (std::int64_t most = 1'000; most <= 16'000; most *= 4) {
      std::int64_t fewest = most;
      for (const Way& way : ways) {
        const std::int64_t rows = count(way, fewest);
        if (rows < fewest) best = &way;
        fewest = rows;
      }
      if (fewest < most) break;
    }
    return *best;
  }

  // How many rows the way has here, at most so many.
  std::int64_t count(const Way& way, std::int64_t most) {
    Query row = file_.connection.query(
        "SELECT count(*) FROM (SELECT 1 FROM audit_terms WHERE term = ? AND hlc BETWEEN ? AND ? LIMIT ?)");
    std::int64_t rows = 0;
    for (const Span& span : way.spans) {
      if (rows == most) break;
      row.with(span.term, span.first_hlc, span.last_hlc, most - rows).step();
      rows += row.integer(0);
    }
    page_.rows_read += std::uint64_t(rows);
    return rows;
  }

  File& file_;
  const AuditQuery& query_;
  bool indexed_;
  Candidate first_;  // rows lie behind this one ...
  Candidate last_;   // ... and before this one
  std::optional<Stamp> correlation_;
  AuditPage page_;
  std::vector<HistoryRow> fresh_;
  std::optional<AuditPlace> place_;  // of the last change on the page
};

}  // namespace

AuditPage Store::audit(const AuditQuery& query, const Progress& progress) {
  return internal::guarded(*parts_, "reading the audit", [&] {
    {
      internal::Read read(*parts_);
      const bool fresh = internal::audit_index_is_fresh(*parts_);
      if (fresh || !query.entity.empty() || !parts_->connection.writable()) return Audit(*parts_, query, fresh).run();
    }
    // In the transaction that brings the index up to date, so that nobody writes in between.
    internal::Write write(*parts_);
    if (!internal::audit_index_is_fresh(*parts_)) internal::update_audit_index(*parts_, progress);
    AuditPage page = Audit(*parts_, query, true).run();
    write.commit();
    return page;
  });
}

void Store::drop_audit_index() {
  internal::guarded(*parts_, "dropping the audit's index", [&] {
    internal::Write write(*parts_);
    internal::drop_audit_index(*parts_);
    write.commit();
  });
}

}  // namespace tidemark::store
