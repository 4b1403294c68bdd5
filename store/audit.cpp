// Store: the audit.
#include <algorithm>
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

#define AFTER "(hlc, node, event) > (?, ?, ?) AND hlc <= ? ORDER BY hlc, node, event"
#define BEFORE "(hlc, node, event) < (?, ?, ?) AND hlc >= ? ORDER BY hlc DESC, node DESC, event DESC"
#define ALL "SELECT e.hlc AS hlc, n.node AS node, e.id AS event FROM events e JOIN nodes n ON n.id = e.node WHERE "

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
    if (query.correlation) correlation_ = internal::end_of_aliases(file, *query.correlation);
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
  // True while the page has room.
  bool take(const Candidate& candidate, bool whole_change) {
    Query row = file_.connection.query(
        "SELECT e.node, e.hlc, e.entity, e.attribute, e.kind, e.base_hlc, e.base_node, e.value, e.id,"
        " e.id = (SELECT event FROM attributes WHERE cell = (e.entity << 24) + e.attribute)"
        " FROM events e WHERE e.id >= ? ORDER BY e.id");
    Change said;
    bool first = true;
    std::optional<AuditPlace> place;
    for (row.with(candidate.row); row.step(); first = false) {
      ++page_.rows_read;
      if (row.integer(1) != candidate.hlc) break;
      const NodeId node = file_.names.node_of(row.integer(0));
      if (internal::node_column(node) != candidate.node || (first && row.integer(8) != candidate.row)) break;
      const Stamp stamp = internal::stamp_of_columns(candidate.hlc, node);
      if (first) {
        internal::read_notes(file_, candidate.row, stamp, said);
        if (!said_fits(stamp, said)) break;
        place = AuditPlace{stamp, candidate.row};
      }
      AuditRow found;
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
    for (AuditRow& one : fresh_) page_.rows.push_back(std::move(one));
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

  bool event_fits(const AuditRow& row) const {
    if (!query_.attribute.empty() && !means_attribute(query_.attribute, row.event.cell.attribute)) return false;
    if (query_.deletions && !(row.event.cell.attribute == deleted_attribute && row.event.value == Value::boolean(true)))
      return false;
    return !query_.overwritten || !row.wins;
  }

  // The candidates of several queries, each in order of stamp, and of `more`, in the order of the answer.
  void walk(std::vector<Query> queries, bool whole_change, const std::vector<Candidate>& more = {}) {
    struct Next {
      Candidate candidate;
      Query* from;
    };
    const auto later = [&](const Next& a, const Next& b) {
      return query_.oldest_first ? b.candidate < a.candidate : a.candidate < b.candidate;
    };
    std::vector<Next> heap;
    const auto push = [&](const Candidate& candidate, Query* from) {
      heap.push_back({candidate, from});
      std::push_heap(heap.begin(), heap.end(), later);
    };
    const auto step = [&](Query& row) {
      if (!row.step()) return;
      ++page_.rows_read;
      push({row.integer(0), row.integer(1), row.integer(2)}, &row);
    };
    for (Query& row : queries) step(row);
    for (const Candidate& one : more) push(one, nullptr);
    while (!heap.empty()) {
      std::pop_heap(heap.begin(), heap.end(), later);
      const Next next = heap.back();
      heap.pop_back();
      if (!take(next.candidate, whole_change)) return;
      if (next.from != nullptr) step(*next.from);
    }
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
      if (!take(one, false)) return;
    }
  }

  void scan() {
    std::vector<Query> rows;
    rows.push_back(file_.connection.query(query_.oldest_first ? ALL AFTER : ALL BEFORE));
    const Candidate& from = query_.oldest_first ? first_ : last_;
    rows.back().with(from.hlc, from.node, from.row, query_.oldest_first ? last_.hlc : first_.hlc);
    walk(std::move(rows), false);
  }

  // A condition by which the index can be read.
  struct Way {
    std::vector<std::int64_t> terms;  // none: nobody says that
    bool whole_change = true;         // the index has the first row of a change, and not the event itself
  };

  void by_index() {
    std::vector<Way> ways;
    const auto add = [&](AuditKind kind, const auto& word, bool whole_change) {
      const auto term = internal::audit_term(file_, kind, word);
      ways.push_back({term ? std::vector{*term} : std::vector<std::int64_t>(), whole_change});
    };
    std::vector<Candidate> self;
    if (correlation_) {
      self = first_row_of(*correlation_);
      add(AuditKind::correlation, to_string(*correlation_), true);
    }
    if (query_.deletions) add(AuditKind::deletion, std::string(), false);
    if (!query_.author.empty()) add(AuditKind::author, query_.author, true);
    if (!query_.source.empty()) add(AuditKind::source, query_.source, true);
    if (query_.node) add(AuditKind::node, internal::node_column(*query_.node), true);
    if (!query_.metadata_key.empty()) add(AuditKind::key, query_.metadata_key, true);
    if (!query_.attribute.empty()) ways.push_back({attribute_terms(), false});
    if (ways.empty()) add(AuditKind::change, std::string(), true);
    // Beside a correlation only its own way knows the change itself.
    const Way& best = self.empty() ? rarest(ways) : ways.front();
    std::vector<Query> rows;
    const Candidate& from = query_.oldest_first ? first_ : last_;
    for (const std::int64_t term : best.terms) {
      rows.push_back(file_.connection.query(
          query_.oldest_first ? "SELECT hlc, node, event FROM audit_terms WHERE term = ? AND " AFTER
                              : "SELECT hlc, node, event FROM audit_terms WHERE term = ? AND " BEFORE));
      rows.back().with(term, from.hlc, from.node, from.row, query_.oldest_first ? last_.hlc : first_.hlc);
    }
    walk(std::move(rows), best.whole_change, self);
  }

  // The terms of the attributes that the query means.
  std::vector<std::int64_t> attribute_terms() {
    std::vector<std::int64_t> terms;
    Query word = file_.connection.query(
        "SELECT w.id, a.name FROM audit_words w JOIN attribute_names a ON a.id = w.word WHERE w.kind = ?");
    for (word.with(static_cast<int>(AuditKind::attribute)); word.step();) {
      if (means_attribute(query_.attribute, word.string(1))) terms.push_back(word.integer(0));
    }
    return terms;
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
    for (const std::int64_t term : way.terms) {
      if (rows == most) break;
      row.with(term, first_.hlc, last_.hlc, most - rows).step();
      rows += row.integer(0);
    }
    page_.rows_read += std::uint64_t(rows);
    return rows;
  }

  std::vector<Candidate> first_row_of(const Stamp& stamp) {
    const auto term = internal::audit_term(file_, AuditKind::node, internal::node_column(stamp.node));
    if (!term) return {};
    const Candidate wanted{internal::hlc_column(stamp), internal::node_column(stamp.node), 0};
    Query row = file_.connection.query("SELECT event FROM audit_terms WHERE term = ? AND hlc = ? AND node = ?");
    std::vector<Candidate> found;
    for (row.with(*term, wanted.hlc, wanted.node); row.step();) {
      const Candidate one{wanted.hlc, wanted.node, row.integer(0)};
      if (inside(one)) found.push_back(one);
    }
    return found;
  }

  File& file_;
  const AuditQuery& query_;
  bool indexed_;
  Candidate first_;  // rows lie behind this one ...
  Candidate last_;   // ... and before this one
  std::optional<Stamp> correlation_;
  AuditPage page_;
  std::vector<AuditRow> fresh_;
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
