// Store: taking back stamps that a relay refused because the clock was ahead.
#include <algorithm>
#include <map>
#include <set>

#include "hlc/assert.h"
#include "store/internal/aliases.h"
#include "store/internal/parts.h"
#include "store/internal/surgery.h"

namespace tidemark::store {

namespace {

using internal::BundleRecord;
using internal::File;
using internal::MovedChange;
using internal::NodeRecord;
using internal::Query;
using internal::StoredChange;

bool earlier(const Stamp& a, const Stamp& b) { return a.ms != b.ms ? a.ms < b.ms : a.counter < b.counter; }

// Gives stamps to changes in their order.
class Restamper {
 public:
  Restamper(File& file, const std::vector<StoredChange>& changes, std::int64_t offset_ms, std::int64_t relay_ms,
            std::optional<Stamp> kept)
      : file_(file), offset_ms_(std::min<std::int64_t>(offset_ms, 0)), relay_ms_(relay_ms), above_(kept) {
    for (const StoredChange& one : changes) old_.insert(one.change.stamp);
  }

  Stamp next(const Change& change) {
    const std::int64_t ms = std::min(static_cast<std::int64_t>(change.stamp.ms) + offset_ms_, relay_ms_);
    Stamp stamp{std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0)), max_stamp_ms), 0,
                change.stamp.node};
    if (above_) raise(stamp, *above_);
    for (const Event& event : change.events) {
      if (!event.base) continue;
      const Stamp base = internal::end_of_aliases(file_, *event.base);
      const auto moved = given_.find(base);
      raise(stamp, moved == given_.end() ? base : moved->second);
    }
    // A stamp that another change had, now or before, would make the aliases ambiguous.
    while (internal::was_taken_back(file_, stamp) || (stamp != change.stamp && old_.count(stamp) > 0))
      stamp = next_after(stamp);
    above_ = stamp;
    given_[change.stamp] = stamp;
    return stamp;
  }

 private:
  static void raise(Stamp& stamp, const Stamp& above) {
    Stamp least = next_after(above);
    least.node = stamp.node;
    if (earlier(stamp, least)) stamp = least;
  }

  File& file_;
  std::set<Stamp> old_;
  std::int64_t offset_ms_;
  std::int64_t relay_ms_;
  std::optional<Stamp> above_;
  std::map<Stamp, Stamp> given_;
};

std::optional<Stamp> greatest(Query& row) {
  if (!row.step() || row.is_null(0)) return std::nullopt;
  return internal::stamp_of_columns(row.integer(0), internal::node_of_column(row.integer(1)));
}

// Every event is in a bundle or in a tail.
std::optional<Stamp> greatest_stamp(File& file) {
  Query sealed = file.connection.query(
      "SELECT b.last_hlc, n.node FROM bundles b JOIN nodes n ON n.id = b.node"
      " WHERE b.first_row IS NOT NULL ORDER BY b.last_hlc DESC, n.node DESC LIMIT 1");
  sealed.with();
  std::optional<Stamp> found = greatest(sealed);
  for (const NodeRecord& node : internal::read_own_nodes(file)) {
    if (!node.tail_first) continue;
    Query tail = file.connection.query(
        "SELECT max(e.hlc), n.node FROM events e JOIN nodes n ON n.id = e.node"
        " WHERE e.id BETWEEN ? AND ? AND e.node = ?");
    tail.with(*node.tail_first, *node.tail_last, node.id);
    const std::optional<Stamp> last = greatest(tail);
    if (last && (!found || *found < *last)) found = last;
  }
  return found;
}

std::optional<Stamp> last_kept(File& file, const NodeRecord& node, std::uint64_t from_n) {
  Query row = file.connection.query("SELECT max(last_hlc), ? FROM bundles WHERE node = ? AND n < ?");
  row.with(internal::node_column(node.node), node.id, static_cast<std::int64_t>(from_n));
  return greatest(row);
}

}  // namespace

Moved Store::restamp(NodeId node, std::uint64_t from_n, std::int64_t offset_ms, std::int64_t relay_ms) {
  return internal::guarded(*parts_, "stamping changes anew", [&] {
    internal::Write write(*parts_);
    NodeRecord record = *internal::read_node(*parts_, node);
    TIDEMARK_ASSERT(record.own && from_n >= 1);
    std::vector<StoredChange> changes;
    for (const BundleRecord& bundle : internal::read_bundle_records(*parts_, node, from_n)) {
      TIDEMARK_ASSERT(bundle.range);
      for (StoredChange& one : internal::read_changes(*parts_, record.id, *bundle.range))
        changes.push_back(std::move(one));
    }
    for (StoredChange& one : internal::read_tail(*parts_, record, UINT64_MAX, record.unsealed))
      changes.push_back(std::move(one));
    // In the order of their rows, which is that of their stamps unless somebody else wrote under our node. The tail needs
    // rows that ascend with the stamps.
    std::sort(changes.begin(), changes.end(),
              [](const StoredChange& a, const StoredChange& b) { return a.rows.front() < b.rows.front(); });

    Restamper restamper(*parts_, changes, offset_ms, relay_ms, last_kept(*parts_, record, from_n));
    std::vector<MovedChange> moves;
    for (StoredChange& one : changes) {
      const Stamp to = restamper.next(one.change);
      record.tail_first = std::min(record.tail_first.value_or(INT64_MAX), one.rows.front());
      record.tail_last = std::max(record.tail_last.value_or(0), one.rows.back());
      moves.push_back({std::move(one), to, false});
    }
    Moved moved{moves.size(), internal::operate(*parts_, moves, true), {}, moves.empty() ? Stamp{} : moves.back().to};
    parts_->connection.query("DELETE FROM bundles WHERE node = ? AND n >= ?")
        .with(record.id, static_cast<std::int64_t>(from_n))
        .run();
    record.unsealed = moves.size();
    record.confirmed = std::min(record.confirmed, from_n - 1);
    internal::put_node(*parts_, record);
    // The one thing that sets the clock back.
    parts_->connection.query("UPDATE nodes SET last_hlc = NULL WHERE own = 1").with().run();
    parts_->state.last = greatest_stamp(*parts_);
    parts_->put_clock();
    write.commit();
    return moved;
  });
}

}  // namespace tidemark::store
