// Store: forks. A copied or rolled-back file shares its node with a twin; these functions part them.
#include <algorithm>
#include <unordered_set>

#include "hlc/assert.h"
#include "store/internal/parts.h"
#include "store/internal/surgery.h"

namespace tidemark::store {

namespace {

using internal::BundleRecord;
using internal::File;
using internal::MovedChange;
using internal::NodeRecord;
using internal::StoredChange;

Stamp with_node(const Stamp& stamp, NodeId node) { return {stamp.ms, stamp.counter, node}; }

// Says the same; bases may differ, since the twins may have seen different values.
bool same_content(const Change& a, const Change& b) {
  const auto same_write = [](const Event& x, const Event& y) { return x.cell == y.cell && x.value == y.value; };
  return a.stamp == b.stamp && a.links == b.links && a.metadata == b.metadata &&
         std::equal(a.events.begin(), a.events.end(), b.events.begin(), b.events.end(), same_write);
}

// True if a bundle of the node holds this change.
bool is_sealed(File& file, const NodeRecord& node, const Change& change) {
  const std::int64_t hlc = internal::hlc_column(change.stamp);
  std::vector<internal::Range> places;
  internal::Query row = file.connection.query(
      "SELECT first_row, last_row FROM bundles"
      " WHERE node = ? AND first_hlc <= ? AND last_hlc >= ? AND first_row IS NOT NULL");
  for (row.with(node.id, hlc, hlc); row.step();) places.push_back({row.integer(0), row.integer(1), hlc, hlc});
  return std::any_of(places.begin(), places.end(), [&](const internal::Range& place) {
    const std::vector<StoredChange> found = internal::read_changes(file, node.id, place);
    return !found.empty() && same_content(found.front().change, change);
  });
}

// What was saved from a damaged file may have lost or changed its content, so there the stamp decides: those that the node's
// bundles hold.
std::unordered_set<std::int64_t> sealed_stamps(File& file, const NodeRecord& node) {
  std::unordered_set<std::int64_t> stamps;
  internal::Query row = file.connection.query("SELECT hlc FROM events WHERE node = ? AND id NOT BETWEEN ? AND ?");
  for (row.with(node.id, *node.tail_first, *node.tail_last); row.step();) stamps.insert(row.integer(0));
  return stamps;
}

// A moved stamp counts as observed: the other node can be the greater one.
std::vector<Cell> operate_and_observe(File& file, const std::vector<MovedChange>& moves) {
  const std::optional<Stamp> before = file.state.last;
  for (const MovedChange& move : moves) {
    if (!file.state.last || *file.state.last < move.to) file.state.last = move.to;
  }
  file.put_clock(before);
  return internal::operate(file, moves);
}

void move_parked(File& file, std::int64_t from_id, std::uint64_t from_n, std::int64_t to_id, const Head& to,
                 bool dropped) {
  const auto n = static_cast<std::int64_t>(from_n);
  if (dropped) {
    file.connection.query("DELETE FROM parked WHERE node = ? AND n = ?").with(from_id, n).run();
  } else {
    file.connection.query("UPDATE parked SET node = ?, n = ? WHERE node = ? AND n = ?")
        .with(to_id, static_cast<std::int64_t>(to.n), from_id, n)
        .run();
  }
}

}  // namespace

void Store::begin_fork(NodeId fresh) {
  internal::guarded(*parts_, "beginning a fork", [&] {
    internal::Write write(*parts_);
    TIDEMARK_ASSERT(fresh != parts_->state.node);
    NodeRecord old = *internal::read_node(*parts_, parts_->state.node);
    old.current = false;
    old.forked = true;
    internal::put_node(*parts_, old);
    parts_->names.node(fresh);
    NodeRecord now = *internal::read_node(*parts_, fresh);
    now.own = true;
    now.current = true;
    internal::put_node(*parts_, now);
    parts_->drop_meta("needs_new_node");
    parts_->state.node = fresh;
    parts_->state.needs_new_node = false;
    write.commit();
  });
}

Moved Store::move_branch(NodeId node, std::uint64_t common_n, NodeId derived, std::span<const BundleRow> rows) {
  return internal::guarded(*parts_, "moving a branch", [&] {
    internal::Write write(*parts_);
    Moved moved;
    std::vector<BundleRecord> branch = internal::read_bundle_records(*parts_, node, common_n + 1);
    TIDEMARK_ASSERT(branch.size() == rows.size() && node != derived);
    if (branch.empty()) return moved;
    NodeRecord old = *internal::read_node(*parts_, node);
    const std::int64_t derived_id = parts_->names.node(derived);
    moved.to = derived;
    const std::uint64_t known = internal::last_head(*parts_, derived).n;
    std::vector<MovedChange> moves;
    for (std::size_t i = 0; i < branch.size(); ++i) {
      TIDEMARK_ASSERT(rows[i].head.node == derived && rows[i].head.n == i + 1);
      const bool dropped = i < known;
      TIDEMARK_ASSERT(!dropped || internal::read_bundle_record(*parts_, derived, i + 1)->row.head == rows[i].head);
      if (!branch[i].range) continue;
      for (StoredChange& stored : internal::read_changes(*parts_, old.id, *branch[i].range)) {
        const Stamp to = with_node(stored.change.stamp, derived);
        moves.push_back({std::move(stored), to, dropped});
      }
    }
    moved.changes = moves.size();
    moved.changed = operate_and_observe(*parts_, moves);
    parts_->connection.query("DELETE FROM bundles WHERE node = ? AND n > ?")
        .with(old.id, static_cast<std::int64_t>(common_n))
        .run();
    for (std::size_t i = 0; i < branch.size(); ++i) {
      const std::uint64_t old_n = branch[i].row.head.n;
      if (branch[i].row.parked) move_parked(*parts_, old.id, old_n, derived_id, rows[i].head, i < known);
      if (i < known) continue;
      BundleRecord record = branch[i];
      record.row.head = rows[i].head;
      record.row.seq = rows[i].seq;
      internal::put_bundle(*parts_, derived_id, record);
    }
    if (old.own) {
      NodeRecord now = *internal::read_node(*parts_, derived);
      now.own = true;
      internal::put_node(*parts_, now);
    }
    old.confirmed = std::min(old.confirmed, common_n);
    internal::put_node(*parts_, old);
    write.commit();
    return moved;
  });
}

Moved Store::settle_fork(NodeId node) {
  return internal::guarded(*parts_, "settling a fork", [&] {
    internal::Write write(*parts_);
    Moved moved;
    std::optional<NodeRecord> old = internal::read_node(*parts_, node);
    if (!old || !old->forked) return moved;
    // Saved changes can come from several nodes with clocks of their own, so each gets a node of its own.
    const NodeId current = parts_->state.node;
    const NodeId target = old->salvaged ? NodeId{node.value ^ current.value} : current;
    parts_->names.node(target);
    moved.to = target;
    NodeRecord now = *internal::read_node(*parts_, target);
    TIDEMARK_ASSERT(old->id != now.id);
    now.own = true;
    std::vector<MovedChange> moves;
    std::unordered_set<std::int64_t> sealed;
    if (old->salvaged && old->tail_first) sealed = sealed_stamps(*parts_, *old);
    for (StoredChange& stored : internal::read_tail(*parts_, *old, UINT64_MAX, old->unsealed)) {
      const bool confirmed = old->salvaged ? sealed.count(internal::hlc_column(stored.change.stamp)) != 0
                                           : is_sealed(*parts_, *old, stored.change);
      const Stamp to = confirmed ? stored.change.stamp : with_node(stored.change.stamp, now.node);
      if (!confirmed) {
        ++moved.changes;
        ++now.unsealed;
        now.tail_first = std::min(now.tail_first.value_or(INT64_MAX), stored.rows.front());
        now.tail_last = std::max(now.tail_last.value_or(0), stored.rows.back());
      }
      moves.push_back({std::move(stored), to, confirmed});
    }
    moved.changed = operate_and_observe(*parts_, moves);
    internal::put_node(*parts_, now);
    old->forked = old->salvaged = false;
    old->unsealed = 0;
    old->tail_first.reset();
    old->tail_last.reset();
    internal::put_node(*parts_, *old);
    write.commit();
    return moved;
  });
}

}  // namespace tidemark::store
