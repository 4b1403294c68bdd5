// Healing: forks, and stamps from a clock that was ahead.
#include <algorithm>
#include <cstdlib>
#include <set>

#include "bundles/bundle.h"
#include "bundles/chain.h"
#include "bundles/envelope.h"
#include "client/exchange.h"
#include "client/seal.h"

namespace tidemark {
namespace {

// The relay's clock goes on while its answer travels.
constexpr std::int64_t clock_slack_ms = 10'000;

constexpr int refusals_max = 3;  // on one connection, of changes that may be stamped anew

// Between two looks at the relay's clock, which may be set meanwhile.
constexpr std::int64_t early_wait_min_ms = 60'000;
constexpr std::int64_t early_wait_max_ms = 600'000;

}  // namespace

// This file is a copy, or was rolled back: another chain continues under its node. Changes from now on go under a new one.
void Exchange::leave_node() {
  relay_heads_.erase(store_.node());  // the log may have more of it than the last welcome said
  store_.begin_fork(random_node());
  ++progress_;
}

// The log has a bundle of an own node that this file does not have, so a copy of it writes there, too. Under the present
// node that is a fork. What is not sealed yet under an earlier one is sealed, and the log decides about it like about any
// other bundle.
void Exchange::part_from_twin(NodeId node) {
  if (node == store_.node()) {
    leave_node();
    hello_due_ = true;
  } else if (tails_.erase(node) != 0) {
    flush();
    while (seal_next(store_, node, options_.bundle_events_max)) {}
  }
}

void Exchange::find_tails() {
  tails_.clear();
  for (const store::OwnNode& own : store_.own_nodes()) {
    if (!own.current && !own.forked && own.unsealed > 0) tails_.insert(own.node);
  }
}

// What we hold of a node beyond the chain of the log goes to a node that is derived from where they part, so that everybody
// who holds the branch makes the same bytes of it.
void Exchange::move_branch(NodeId node, std::uint64_t common_n) {
  flush();
  if (node == store_.node()) leave_node();
  const std::uint64_t last = store_.head(node).n;
  std::vector<Bundle> branch;
  std::set<std::pair<std::uint64_t, std::uint16_t>> stamps;
  for (std::uint64_t n = common_n + 1; n <= last; ++n) {
    if (const auto parked = store_.parked(node, n)) {
      const Result<Bytes> canonical = unpack_envelope(parked->envelope);
      Result<Bundle> bundle = canonical ? decode_bundle(*canonical) : Result<Bundle>(canonical.error());
      if (!bundle) {
        return fail({"branch_unreadable", "bundle " + std::to_string(n) + " of node " + to_string(node),
                     bundle.error().code, "a bundle that this version reads", "Update this program; nothing is lost.",
                     Retry::after_fix});
      }
      store_.unpark(node, n, bundle->changes);
    }
    branch.push_back({node, n - common_n, store_.read_bundle(node, n)});
    for (const Change& change : branch.back().changes) stamps.emplace(change.stamp.ms, change.stamp.counter);
  }
  const NodeId derived = derived_node(node, hash_at(node, common_n + 1));
  const auto follow = [&](Stamp& stamp) {
    if (stamp.node == node && stamps.count({stamp.ms, stamp.counter}) != 0) stamp.node = derived;
  };
  std::vector<store::BundleRow> rows;
  Hash previous{};
  for (Bundle& bundle : branch) {
    bundle.node = derived;
    std::uint64_t events = 0;
    for (Change& change : bundle.changes) {
      change.stamp.node = derived;
      for (Event& event : change.events) {
        if (event.base) follow(*event.base);
      }
      for (Link& link : change.links) follow(link.target);
      std::sort(change.links.begin(), change.links.end());
      events += change.events.size();
    }
    const EncodedBundle encoded = encode_bundle(bundle, previous, store_.space());
    previous = encoded.head.hash;
    rows.push_back({encoded.head, bundle_version, suite_plain, bundle.changes.front().stamp,
                    bundle.changes.back().stamp, events, std::nullopt, false});
  }
  const store::Moved moved = store_.move_branch(node, common_n, derived, rows);
  moved_[node] += moved.changes;
  // Whoever holds a branch without owning it can still offer it: the refill compares heads and the relay asks.
  const auto own_nodes = store_.own_nodes();
  const bool own =
      std::any_of(own_nodes.begin(), own_nodes.end(), [&](const auto& other) { return other.node == derived; });
  if (!own && store_.cursor()) store_.set_refill(store_.cursor()->log);
  hello_due_ = true;
  ++progress_;
}

// A fork is settled when the log's whole chain of the old node is here: then it is known which of the unsealed changes the
// other copy has sent already.
void Exchange::settle_forks() {
  for (const store::OwnNode& own : store_.own_nodes()) {
    if (!own.forked) continue;
    const auto relay = relay_heads_.find(own.node);
    if (relay == relay_heads_.end()) continue;
    if (relay->second.n > own.head.n || hash_at(own.node, relay->second.n) != relay->second.hash) continue;
    const store::Moved moved = store_.settle_fork(own.node);
    blocked_.erase(own.node);
    notices_.push_back(Forked{own.node, moved.to, moved_[own.node] + moved.changes});
    moved_.erase(own.node);
    ++progress_;
  }
}

// After a fork the unconfirmed changes of one fast clock lie under several nodes, and later ones name earlier ones as their
// base, below which they must not get. So the other nodes go first, and only what the relay would refuse as well.
std::uint64_t Exchange::restamp_elsewhere(NodeId refused, std::int64_t offset_ms, std::int64_t relay_ms) {
  std::map<Stamp, store::BundleRow> ahead;  // the first such bundle of each node, in order of time
  for (const store::OwnNode& own : store_.own_nodes()) {
    if (own.node == refused || own.forked) continue;
    for (std::uint64_t n = own.confirmed + 1; n <= own.head.n; ++n) {
      const store::BundleRow row = store_.bundle(own.node, n).value();
      if (std::int64_t(row.last.ms) <= relay_ms + sync::gate_ms + clock_slack_ms) continue;
      ahead.emplace(row.first, row);
      break;
    }
  }
  std::uint64_t changes = 0;
  for (const auto& [first, row] : ahead) changes += restamp_from(row.head.node, row.head.n, offset_ms, relay_ms);
  return changes;
}

std::uint64_t Exchange::restamp_from(NodeId node, std::uint64_t n, std::int64_t offset_ms, std::int64_t relay_ms) {
  const store::Moved moved = store_.restamp(node, n, offset_ms, relay_ms);
  restamped_[node] = {moved.last, relay_ms};
  return moved.changes;
}

// Our clock was ahead and the relay did not let the stamps in. It let in everything up to `kept`.
void Exchange::restamp(const Head& kept, std::int64_t relay_ms) {
  const auto own_nodes = store_.own_nodes();
  const bool own =
      std::any_of(own_nodes.begin(), own_nodes.end(), [&](const auto& other) { return other.node == kept.node; });
  if (!own) {
    giving_.erase(kept.node);
    return session_.send(sync::Lack{kept});
  }
  if (wait_until_due(kept, relay_ms)) return;
  if (++refusals_[kept.node] > refusals_max) {
    return fail({"clock_ahead", "stamps of node " + to_string(kept.node), "refused again", "", "Trying again later.",
                 Retry::later});
  }
  const std::int64_t wall_ms = options_.wall_clock();
  std::uint64_t changes = restamp_elsewhere(kept.node, relay_ms - wall_ms, relay_ms);
  changes += restamp_from(kept.node, kept.n + 1, relay_ms - wall_ms, relay_ms);
  trouble({"clock_ahead", "device clock", std::to_string(wall_ms - relay_ms) + " ms ahead of the relay",
           "at most " + std::to_string(sync::gate_ms) + " ms", std::to_string(changes) + " changes were stamped again.",
           Retry::after_fix});
  learn_offset(relay_ms);
  hello_due_ = true;
  ++progress_;
}

// What was stamped anew and is refused nevertheless follows changes that are ahead as well, and must lie above them.
bool Exchange::wait_until_due(const Head& kept, std::int64_t relay_ms) {
  const auto refused = store_.bundle(kept.node, kept.n + 1);
  const auto before = restamped_.find(kept.node);
  if (!refused || before == restamped_.end() || before->second.last < refused->last) return false;
  if (relay_ms < before->second.relay_ms) return false;  // its clock was set back: it may be that which was ahead
  early_[kept.node] = std::int64_t(refused->last.ms) - sync::gate_ms;
  trouble({"clock_ahead", "changes of node " + to_string(kept.node), to_string(refused->last),
           "at most " + std::to_string(sync::gate_ms) + " ms ahead of the relay",
           "They follow changes that are as far ahead, and are sent when the relay's clock gets there.", Retry::later});
  return true;
}

std::optional<std::int64_t> Exchange::refresh_in_ms() const {
  std::optional<std::int64_t> least;
  for (const auto& [node, due_ms] : early_) {
    const std::int64_t wait_ms = std::clamp(due_ms - relay_ms_, early_wait_min_ms, early_wait_max_ms);
    least = std::min(least.value_or(wait_ms), wait_ms);
  }
  return least;
}

// A relay that doubts its clock lets in more.
void Exchange::release_due(const sync::Welcome& welcome) {
  const auto own_nodes = store_.own_nodes();
  for (auto at = early_.begin(); at != early_.end();) {
    const auto own =
        std::find_if(own_nodes.begin(), own_nodes.end(), [&](const auto& other) { return other.node == at->first; });
    const bool waits = own != own_nodes.end() && own->confirmed < own->head.n;
    if (waits && welcome.time_trusted && at->second > welcome.time_ms) {
      ++at;
    } else {
      refusals_.erase(at->first);
      at = early_.erase(at);
    }
  }
}

}  // namespace tidemark
