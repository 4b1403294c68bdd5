// Store: bundles put back as they were sealed.
#include <algorithm>
#include <map>
#include <set>

#include "hlc/assert.h"
#include "store/internal/chains.h"
#include "store/internal/fold.h"
#include "store/internal/parts.h"
#include "store/internal/refold.h"

namespace tidemark::store {

namespace internal {
namespace {

std::set<NodeId> uneven_nodes(File& file) {
  std::set<NodeId> nodes;
  Query row = file.connection.query(
      "SELECT n.node FROM nodes n LEFT JOIN (SELECT node, count(*) AS events FROM events GROUP BY node) e ON e.node = "
      "n.id"
      " LEFT JOIN (SELECT node, sum(events) AS events FROM bundles WHERE first_row IS NOT NULL GROUP BY node) b ON "
      "b.node = n.id"
      " WHERE coalesce(e.events, 0) <> coalesce(b.events, 0)");
  for (row.with(); row.step();) nodes.insert(node_of_column(row.integer(0)));
  return nodes;
}

}  // namespace
}  // namespace internal

namespace {

using internal::BundleRecord;
using internal::File;
using internal::NodeRecord;
using internal::Query;
using internal::Range;

class Restoration {
 public:
  Restoration(File& file, std::span<const Arrival> bundles) : file_(file), bundles_(bundles) {}

  PutBack run() {
    file_.put_meta("maintenance", 1);
    file_.connection.exec("REINDEX");
    file_.names.forget();
    std::set<NodeId> nodes = internal::uneven_nodes(file_);
    for (const Arrival& bundle : bundles_) nodes.insert(bundle.row.head.node);
    drop_nodeless();
    for (const NodeId node : nodes) clear(node);
    file_.put_meta("last_row", file_.state.last_row);
    file_.connection.exec("DELETE FROM change_notes WHERE event NOT IN (SELECT id FROM events)");
    file_.connection.exec("DELETE FROM attributes");  // nothing of it is asked: all of it is made anew
    for (const Arrival& bundle : bundles_) put(bundle);
    result_.bundles = bundles_.size();
    return result_;
  }

 private:
  // Events of bundles that are put back, whose node became one that there is not.
  void drop_nodeless() {
    std::vector<std::int64_t> gone;
    Query event = file_.connection.query("SELECT id FROM events WHERE node NOT IN (SELECT id FROM nodes)");
    Query bundle = file_.connection.query("SELECT first_row, last_row FROM bundles WHERE node = ? AND n = ?");
    for (event.with(); event.step();) {
      const std::int64_t row = event.integer(0);
      for (const Arrival& arrival : bundles_) {
        const Head& head = arrival.row.head;
        bundle.with(file_.names.node(head.node), static_cast<std::int64_t>(head.n));
        if (bundle.step() && row >= bundle.integer(0) && row <= bundle.integer(1)) gone.push_back(row);
      }
    }
    remove(gone);
  }

  void remove(const std::vector<std::int64_t>& rows) {
    for (const std::int64_t row : rows) {
      file_.connection.query("DELETE FROM events WHERE id = ?").with(row).run();
      file_.connection.query("DELETE FROM change_notes WHERE event = ?").with(row).run();
    }
    result_.removed += rows.size();
  }

  // Takes away what stands where bundles are put back, and what the chain as it is now known leaves no place for. The
  // unsealed tail of an own node keeps, and takes in what lies behind its last bundle.
  void clear(NodeId node) {
    const std::int64_t id = file_.names.node(node);
    NodeRecord record = *internal::read_node(file_, node);
    std::set<std::uint64_t> restored;
    std::set<std::int64_t> stamps;
    for (const Arrival& bundle : bundles_) {
      if (bundle.row.head.node != node) continue;
      restored.insert(bundle.row.head.n);
      for (const Change& change : bundle.changes) stamps.insert(internal::hlc_column(change.stamp));
    }
    std::vector<Range> good;
    std::vector<Range> bad;
    std::int64_t sealed_hlc = INT64_MIN;
    std::int64_t sealed_row = 0;
    std::set<std::uint64_t> numbers = restored;
    Query bundle =
        file_.connection.query("SELECT n, first_row, last_row, first_hlc, last_hlc FROM bundles WHERE node = ?");
    for (bundle.with(id); bundle.step();) {
      const Range range{bundle.integer(1), bundle.integer(2), bundle.integer(3), bundle.integer(4)};
      const auto n = static_cast<std::uint64_t>(bundle.integer(0));
      const bool replaced = restored.count(n) != 0;
      numbers.insert(n);
      if (!bundle.is_null(1)) (replaced ? bad : good).push_back(range);  // a parked one has no events here
      if (replaced) continue;
      sealed_hlc = std::max(sealed_hlc, range.last_hlc);
      sealed_row = std::max(sealed_row, range.last_row);
    }
    const bool complete = !numbers.empty() && numbers.size() == *numbers.rbegin();
    if (!stamps.empty()) sealed_hlc = std::max(sealed_hlc, *stamps.rbegin());

    std::vector<std::int64_t> gone;
    std::vector<std::pair<std::int64_t, std::int64_t>> tail;  // row, hlc
    Query event = file_.connection.query("SELECT id, hlc FROM events WHERE node = ? ORDER BY id");
    for (event.with(id); event.step();) {
      const std::int64_t row = event.integer(0);
      const std::int64_t hlc = event.integer(1);
      const auto holds = [&](const Range& range) { return range.holds(row, hlc); };
      if (std::any_of(good.begin(), good.end(), holds)) continue;
      const bool in_tail =
          record.own && record.tail_first && record.tail_last && row >= *record.tail_first && row <= *record.tail_last;
      const bool behind = record.own && hlc > sealed_hlc && row > sealed_row;
      const auto among = [&](const Range& range) { return row >= range.first_row && row <= range.last_row; };
      const bool was_sealed = stamps.count(hlc) != 0 || std::any_of(bad.begin(), bad.end(), among);
      // Up to its last bundle a chain without gaps has a place for everything that is of the node.
      const bool misplaced = complete && hlc <= sealed_hlc && !in_tail;
      if (was_sealed || misplaced)
        gone.push_back(row);
      else if (in_tail || behind)
        tail.emplace_back(row, hlc);
    }
    remove(gone);
    set_tail(record, tail);
  }

  void set_tail(NodeRecord& record, const std::vector<std::pair<std::int64_t, std::int64_t>>& tail) {
    std::set<std::int64_t> changes;
    for (const auto& [row, hlc] : tail) changes.insert(hlc);
    record.unsealed = changes.size();
    record.tail_first = tail.empty() ? std::nullopt : std::optional(tail.front().first);
    record.tail_last = tail.empty() ? std::nullopt : std::optional(tail.back().first);
    internal::put_node(file_, record);
    result_.unsealed += changes.size();
  }

  void put(const Arrival& arrival) {
    const Head& head = arrival.row.head;
    const std::int64_t id = file_.names.node(head.node);
    BundleRecord record{arrival.row, arrival.changes.size(), {}};
    file_.connection.query("DELETE FROM parked WHERE node = ? AND n = ?")
        .with(id, static_cast<std::int64_t>(head.n))
        .run();
    if (arrival.kind == Arrival::Kind::bundle) {
      record.range = Range{file_.state.last_row + 1, 0, 0, 0};
      internal::Fold fold(file_);
      for (const Change& change : arrival.changes) {
        std::vector<std::int64_t> keys;
        for (const Event& event : change.events) keys.push_back(file_.names.cell(event.cell));
        fold.add(change, keys, id);
      }
      fold.write();
      record.range->last_row = file_.state.last_row;
      record.row.events = static_cast<std::uint64_t>(record.range->last_row - record.range->first_row + 1);
      result_.events += record.row.events;
    } else {
      record.changes = 0;
      file_.connection.query("INSERT INTO parked(node, n, reason, envelope) VALUES(?, ?, ?, ?)")
          .with(id, static_cast<std::int64_t>(head.n), arrival.reason, arrival.envelope)
          .run();
    }
    internal::put_bundle(file_, id, record);
  }

  File& file_;
  std::span<const Arrival> bundles_;
  PutBack result_;
};

}  // namespace

std::vector<NodeId> Store::uneven_nodes() const {
  return internal::guarded(*parts_, "counting events", [&] {
    const std::set<NodeId> nodes = internal::uneven_nodes(*parts_);
    return std::vector<NodeId>(nodes.begin(), nodes.end());
  });
}

PutBack Store::put_back(std::span<const Arrival> bundles, const Progress& progress) {
  return internal::guarded(*parts_, "putting bundles back", [&] {
    internal::Write write(*parts_);
    const PutBack result = Restoration(*parts_, bundles).run();
    internal::rebuild_fold(*parts_, std::nullopt, progress);
    write.commit();
    return result;
  });
}

}  // namespace tidemark::store
