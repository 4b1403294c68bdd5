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
    fit_rows();
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

  // Bundles that hold as many events as they should, in bounds that are too wide, of which no head says anything.
  void fit_rows() {
    file_.connection.exec(
        "UPDATE bundles AS b SET (changes, first_hlc, last_hlc, first_row, last_row) ="
        " (SELECT count(DISTINCT e.hlc), min(e.hlc), max(e.hlc), min(e.id), max(e.id) FROM events e"
        " WHERE e.id BETWEEN b.first_row AND b.last_row AND e.node = b.node AND e.hlc BETWEEN b.first_hlc AND "
        "b.last_hlc)"
        " WHERE first_row IS NOT NULL AND events > 0 AND events ="
        " (SELECT count(*) FROM events e WHERE e.id BETWEEN b.first_row AND b.last_row AND e.node = b.node"
        " AND e.hlc BETWEEN b.first_hlc AND b.last_hlc)");
  }

  void remove(const std::vector<std::int64_t>& rows) {
    for (const std::int64_t row : rows) {
      file_.connection.query("DELETE FROM events WHERE id = ?").with(row).run();
      file_.connection.query("DELETE FROM change_notes WHERE event = ?").with(row).run();
    }
    result_.removed += rows.size();
  }

  using Events = std::vector<std::pair<std::int64_t, std::int64_t>>;  // row and hlc, ascending by row

  struct Place {
    Range range;
    std::uint64_t events = 0;  // that it should hold
    std::uint64_t held = 0;    // that it does
  };

  // What is known of a node's chain once the bundles are put back.
  struct Known {
    std::set<std::int64_t> stamps;  // of what is put back
    std::vector<Place> kept;        // bundles that stay
    std::vector<Place> replaced;    // by rows alone: the stamps there may be what is damaged
    std::int64_t sealed_hlc = INT64_MIN;
    bool gapless = false;
  };

  // For each event the place that holds it, or null. Ranges of rows overlap little, so few are looked at for each.
  static std::vector<Place*> places_of(const Events& events, std::vector<Place>& places) {
    const auto earlier = [](const Place& a, const Place& b) { return a.range.first_row < b.range.first_row; };
    std::sort(places.begin(), places.end(), earlier);
    std::vector<Place*> found(events.size());
    std::vector<Place*> open;
    auto next = places.begin();
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto& [row, hlc] = events[i];
      for (; next != places.end() && next->range.first_row <= row; ++next) open.push_back(&*next);
      const auto over = [row = row](const Place* place) { return place->range.last_row < row; };
      open.erase(std::remove_if(open.begin(), open.end(), over), open.end());
      const auto holds = [row = row, hlc = hlc](const Place* place) { return place->range.holds(row, hlc); };
      if (const auto at = std::find_if(open.begin(), open.end(), holds); at != open.end()) {
        found[i] = *at;
        ++found[i]->held;
      }
    }
    return found;
  }

  Known known_of(NodeId node, std::int64_t id) {
    Known known;
    std::map<std::uint64_t, std::uint64_t> restored;  // n: events
    for (const Arrival& bundle : bundles_) {
      if (bundle.row.head.node != node) continue;
      std::uint64_t& count = restored[bundle.row.head.n];
      for (const Change& change : bundle.changes) {
        known.stamps.insert(internal::hlc_column(change.stamp));
        count += change.events.size();
      }
    }
    std::set<std::uint64_t> numbers;
    for (const auto& [n, count] : restored) numbers.insert(n);
    Query bundle = file_.connection.query(
        "SELECT n, first_row, last_row, first_hlc, last_hlc, events FROM bundles WHERE node = ?");
    for (bundle.with(id); bundle.step();) {
      const auto n = static_cast<std::uint64_t>(bundle.integer(0));
      numbers.insert(n);
      const auto again = restored.find(n);
      if (again == restored.end()) known.sealed_hlc = std::max(known.sealed_hlc, bundle.integer(4));
      if (bundle.is_null(1)) continue;  // a parked one has no events here
      const Range range{bundle.integer(1), bundle.integer(2), bundle.integer(3), bundle.integer(4)};
      if (again == restored.end())
        known.kept.push_back({range, static_cast<std::uint64_t>(bundle.integer(5)), 0});
      else
        known.replaced.push_back({{range.first_row, range.last_row, INT64_MIN, INT64_MAX}, again->second, 0});
    }
    if (!known.stamps.empty()) known.sealed_hlc = std::max(known.sealed_hlc, *known.stamps.rbegin());
    known.gapless = !numbers.empty() && numbers.size() == *numbers.rbegin();
    return known;
  }

  // Takes away what stands where bundles are put back, and what a whole chain leaves no place for. The unsealed tail of an
  // own node keeps, and takes in what lies behind its last bundle.
  void clear(NodeId node) {
    const std::int64_t id = file_.names.node(node);
    NodeRecord record = *internal::read_node(file_, node);
    Events events;
    Query event = file_.connection.query("SELECT id, hlc FROM events WHERE node = ? ORDER BY id");
    for (event.with(id); event.step();) events.emplace_back(event.integer(0), event.integer(1));
    Known known = known_of(node, id);
    const std::vector<Place*> kept = places_of(events, known.kept);
    const std::vector<Place*> replaced = places_of(events, known.replaced);
    const auto full = [](const Place& place) { return place.held == place.events; };
    // Then every event up to the last bundle has a place.
    const bool whole = known.gapless && std::all_of(known.kept.begin(), known.kept.end(), full);
    std::vector<std::int64_t> gone;
    Events tail;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (kept[i] != nullptr) continue;
      const auto& [row, hlc] = events[i];
      const bool in_tail = record.own && record.tail_first && row >= *record.tail_first &&
                           row <= record.tail_last.value_or(*record.tail_first);
      // A range that would take in more than was ever there is damaged itself.
      const bool was_replaced = replaced[i] != nullptr && replaced[i]->held <= replaced[i]->events;
      if (known.stamps.count(hlc) != 0)
        gone.push_back(row);
      else if (in_tail || (record.own && hlc > known.sealed_hlc && !was_replaced))
        tail.emplace_back(row, hlc);
      else if (was_replaced || (whole && hlc <= known.sealed_hlc))
        gone.push_back(row);
    }
    remove(gone);
    set_tail(record, tail);
  }

  void set_tail(NodeRecord& record, const Events& tail) {
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
