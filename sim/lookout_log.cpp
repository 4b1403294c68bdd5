// The relay's log, entry by entry as it grows, and the relay's life.
#include <algorithm>
#include <utility>

#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "sim/lookout.h"

namespace tidemark::sim {
namespace {

constexpr std::uint64_t many_changes = 5;
constexpr std::size_t big_bytes = 65'536;

}  // namespace

void Lookout::read_log() {
  const auto& entries = world_.ledger.entries;
  log_ = world_.ledger.log;
  if (entries.size() <= entries_) return;
  if (entries.size() - entries_ > 1) {
    const NodeId node = entries[entries_].head.node;
    const bool one = std::all_of(entries.begin() + std::ptrdiff_t(entries_), entries.end(),
                                 [&](const auto& entry) { return entry.head.node == node; });
    if (!one) hit(Point::group_commit_of_two_nodes);
  }
  while (entries_ < entries.size()) read(entries[entries_++], true);
}

// The log lost entries, or another one took its place.
void Lookout::read_log_anew() {
  log_lost_ = true;
  log_ = world_.ledger.log;
  heads_.clear();
  cells_.clear();
  entities_.clear();
  stamps_.clear();
  questions_.clear();
  entries_ = world_.ledger.entries.size();
  for (const LogLedger::Entry& entry : world_.ledger.entries) read(entry, false);
  bool lost = false;
  for (auto& [node, n] : confirmed_) {
    const auto head = heads_.find(node);
    const std::uint64_t left = head == heads_.end() ? 0 : head->second;
    lost = lost || left < n;
    n = std::min(n, left);
  }
  if (lost) hit(Point::relay_lost_confirmed_bundles);
}

void Lookout::read(const LogLedger::Entry& entry, bool counts) {
  const Reached before = reached_;
  heads_[entry.head.node] = entry.head.n;
  questions_.erase(entry.head.node);
  const Result<Bytes> canonical = unpack_envelope(*entry.envelope);
  if (!canonical) return;
  const Result<Bundle> bundle = decode_bundle(*canonical);
  if (!bundle) return;
  if (bundle->changes.size() == 1) hit(Point::bundle_of_one_change);
  if (bundle->changes.size() >= many_changes) hit(Point::bundle_of_many_changes);
  if (entry.envelope->front() != 0) hit(Point::bundle_compressed);
  if (canonical->size() > big_bytes) hit(Point::big_value_travelled);
  for (const Change& change : bundle->changes) read(change);
  if (!counts) reached_ = before;
}

void Lookout::read(const Change& change) {
  auto& same_ms = stamps_[change.stamp.ms];
  for (const auto& [counter, node] : same_ms) {
    if (node == change.stamp.node) continue;
    hit(Point::same_ms_two_nodes);
    if (counter == change.stamp.counter) hit(Point::same_ms_and_counter_two_nodes);
  }
  same_ms.emplace(change.stamp.counter, change.stamp.node);
  for (const Event& event : change.events) read(change, event);
}

void Lookout::read(const Change& change, const Event& event) {
  Seen& cell = cells_[event.cell];
  const Stamp& stamp = change.stamp;
  if (cell.winner) {
    if (event.base != cell.winner && cell.winner->node != stamp.node) hit(Point::conflict_seen);
    if (stamp < *cell.winner) hit(Point::late_loser);
    if (stamp.ms == cell.winner->ms && stamp.counter == cell.winner->counter && stamp.node != cell.winner->node)
      hit(Point::tie_broken_by_node);
  }
  if (event.base) {
    const auto same_ms = stamps_.find(event.base->ms);
    if (same_ms == stamps_.end() || same_ms->second.count({event.base->counter, event.base->node}) == 0)
      hit(Point::unseen_base);
  }
  auto& writers = cell.writers[event.base];
  if (writers.insert(stamp.node).second && writers.size() == 3) hit(Point::three_writers_in_conflict);
  if (!cell.winner || *cell.winner < stamp) cell.winner = stamp;

  Entity& entity = entities_[event.cell.entity];
  if (event.cell.attribute != deleted_attribute) {
    entity.edited_since = entity.edited_since || (entity.deleted && entity.deleted_by != stamp.node);
  } else if (event.value == Value::boolean(true)) {
    entity = {stamp.node, true, false};
  } else {
    if (entity.deleted && entity.edited_since) hit(Point::edit_survives_restore);
    entity = {};
  }
}

// --- the relay -------------------------------------------------------------------------------------------------------

// The oracle has taken what the file holds for the ledger.
void Lookout::relay_opened() {
  relay_up_ = true;
  repeated_ = 0;
  reopened_ = 0;
  relay_calls_ = world_.relay_disk.counts().calls;
  if (world_.ledger.entries.size() > entries_) hit(Point::relay_committed_unsaid);
  read_log();
}

void Lookout::relay_crashed(bool power) {
  // What crashes it from outside does so before the step's pause.
  const std::uint64_t calls = world_.relay_disk.counts().calls;
  const bool called = std::exchange(relay_calls_, calls) < calls;
  if (called && !relay_up_) hit(Point::relay_died_opening);
  if (called && relay_up_ && paused_step_ == world_.step) hit(Point::relay_died_committing);
  relay_up_ = false;
  questions_.clear();
  if (!power) return;
  count_sectors(relay_disk_, world_.relay_disk.counts());
  relay_disk_ = world_.relay_disk.counts();
}

}  // namespace tidemark::sim
