// Store: what arrives from the relay's log.
#include <algorithm>

#include "hlc/assert.h"
#include "store/internal/chains.h"
#include "store/internal/cursors.h"
#include "store/internal/fold.h"
#include "store/internal/parts.h"

namespace tidemark::store {

namespace {

using internal::BundleRecord;
using internal::File;
using internal::NodeRecord;

void put_seq(File& file, std::int64_t node_id, std::uint64_t n, std::uint64_t seq) {
  if (seq == 0) return;
  file.connection.query("UPDATE bundles SET seq = ? WHERE node = ? AND n = ?")
      .with(static_cast<std::int64_t>(seq), node_id, static_cast<std::int64_t>(n))
      .run();
}

void put_parked(File& file, std::int64_t node_id, const Arrival& arrival) {
  file.connection.query("INSERT INTO parked(node, n, reason, envelope) VALUES(?, ?, ?, ?)")
      .with(node_id, static_cast<std::int64_t>(arrival.row.head.n), arrival.reason, arrival.envelope)
      .run();
}

// The bundles of a batch that are not here yet, and all their cells.
class Batch {
 public:
  explicit Batch(File& file)
      : file_(file), fold_(file), clock_(file.state.node, file.state.last), before_(file.state.last) {}

  // Remembers a bundle's place in its chain; false if it is here already.
  bool chain(const Arrival& arrival) {
    const Head& head = arrival.row.head;
    const auto [place, fresh] = heads_.try_emplace(head.node, Head{});
    if (fresh) place->second = internal::last_head(file_, head.node);
    if (head.n <= place->second.n) {
      // Another head at this place is a fork, and forks are settled before anything is applied.
      TIDEMARK_ASSERT(pending(head) || internal::read_bundle_record(file_, head.node, head.n)->row.head == head);
      return false;
    }
    TIDEMARK_ASSERT(head.n == place->second.n + 1);
    place->second = head;
    fresh_.push_back(head);
    return true;
  }

  void expect(const std::vector<Change>& changes) {
    for (const Change& change : changes) {
      for (const Event& event : change.events) keys_.push_back(file_.names.cell(event.cell));
    }
  }

  void load() { fold_.expect(keys_); }

  // In the order of expect().
  internal::Range add(std::int64_t node_id, const std::vector<Change>& changes) {
    internal::Range range{file_.state.last_row + 1, 0, 0, 0};
    for (const Change& change : changes) {
      const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(used_);
      const auto end = begin + static_cast<std::ptrdiff_t>(change.events.size());
      fold_.add(change, std::vector<std::int64_t>(begin, end), node_id);
      used_ += change.events.size();
      clock_.observe(change.stamp);
    }
    range.last_row = file_.state.last_row;
    return range;
  }

  std::vector<Cell> finish() {
    file_.state.last = clock_.last();
    file_.put_clock(before_);
    return fold_.write();
  }

 private:
  bool pending(const Head& head) const { return std::find(fresh_.begin(), fresh_.end(), head) != fresh_.end(); }

  File& file_;
  internal::Fold fold_;
  Clock clock_;
  std::optional<Stamp> before_;
  std::unordered_map<NodeId, Head> heads_;
  std::vector<Head> fresh_;
  std::vector<std::int64_t> keys_;
  std::size_t used_ = 0;
};

// What a relay sends of an own node, it has.
void confirm(File& file, const Head& head) {
  std::optional<NodeRecord> node = internal::read_node(file, head.node);
  if (!node || !node->own || node->confirmed >= head.n) return;
  node->confirmed = head.n;
  internal::put_node(file, *node);
}

}  // namespace

Applied Store::apply(std::span<const Arrival> arrivals, const std::optional<Cursor>& cursor) {
  return internal::guarded(*parts_, "applying bundles", [&] {
    // Places of what is here already come again with the cursor that was not kept.
    const bool brings = std::any_of(arrivals.begin(), arrivals.end(),
                                    [](const Arrival& arrival) { return arrival.kind != Arrival::Kind::held; });
    internal::Write write(*parts_, brings);
    Applied applied;
    Batch batch(*parts_);
    std::vector<const Arrival*> fresh;
    for (const Arrival& arrival : arrivals) {
      const Head& head = arrival.row.head;
      if (arrival.kind != Arrival::Kind::held && batch.chain(arrival)) {
        fresh.push_back(&arrival);
        if (arrival.kind == Arrival::Kind::bundle) batch.expect(arrival.changes);
      } else if (arrival.kind == Arrival::Kind::held) {
        const auto is_it = [&](const Arrival* other) { return other->row.head == head; };
        const bool arriving = std::any_of(fresh.begin(), fresh.end(), is_it);
        const auto record = arriving ? std::nullopt : internal::read_bundle_record(*parts_, head.node, head.n);
        TIDEMARK_ASSERT(arriving || (record && record->row.head == head));
      }
    }
    batch.load();
    for (const Arrival* arrival : fresh) {
      const std::int64_t node_id = parts_->names.node(arrival->row.head.node);
      BundleRecord record{arrival->row, arrival->changes.size(), {}};
      record.row.seq.reset();
      if (arrival->kind == Arrival::Kind::bundle) {
        record.range = batch.add(node_id, arrival->changes);
        record.row.events = static_cast<std::uint64_t>(record.range->last_row - record.range->first_row + 1);
      } else {
        put_parked(*parts_, node_id, *arrival);
        record.changes = 0;
      }
      internal::put_bundle(*parts_, node_id, record);
      ++applied.bundles;
      if (record.range) applied.events += record.row.events;
    }
    for (const Arrival& arrival : arrivals) {
      put_seq(*parts_, parts_->names.node(arrival.row.head.node), arrival.row.head.n, arrival.seq);
      confirm(*parts_, arrival.row.head);
    }
    applied.changed = batch.finish();
    if (cursor) internal::put_cursor(*parts_, *cursor);
    write.commit();
    return applied;
  });
}

Applied Store::unpark(NodeId node, std::uint64_t n, std::span<const Change> changes) {
  return internal::guarded(*parts_, "applying a parked bundle", [&] {
    internal::Write write(*parts_);
    Applied applied;
    std::optional<BundleRecord> record = internal::read_bundle_record(*parts_, node, n);
    // Another process may have applied it.
    if (!record || !record->row.parked) return applied;
    TIDEMARK_ASSERT(!changes.empty());
    const std::vector<Change> kept(changes.begin(), changes.end());
    const std::int64_t node_id = parts_->names.node(node);
    Batch batch(*parts_);
    batch.expect(kept);
    batch.load();
    record->range = batch.add(node_id, kept);
    record->changes = kept.size();
    record->row.events = static_cast<std::uint64_t>(record->range->last_row - record->range->first_row + 1);
    record->row.first = kept.front().stamp;
    record->row.last = kept.back().stamp;
    record->row.parked = false;
    internal::put_bundle(*parts_, node_id, *record);
    parts_->connection.query("DELETE FROM parked WHERE node = ? AND n = ?")
        .with(node_id, static_cast<std::int64_t>(n))
        .run();
    applied.bundles = 1;
    applied.events = record->row.events;
    applied.changed = batch.finish();
    write.commit();
    return applied;
  });
}

}  // namespace tidemark::store
