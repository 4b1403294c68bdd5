// Taking in what the relay delivers: every seq is covered, every head is checked, and nothing is folded that does not
// follow its predecessor.
#include <algorithm>

#include "bundles/bundle.h"
#include "bundles/chain.h"
#include "bundles/envelope.h"
#include "client/exchange.h"
#include "client/parked.h"

namespace tidemark {

Head Exchange::head_of(NodeId node) const {
  const auto arrived = arrived_heads_.find(node);
  return arrived != arrived_heads_.end() ? arrived->second : store_.head(node);
}

std::int64_t Exchange::latest_ms() const {
  return std::max({corrected_now(), options_.wall_clock(), relay_ms_, store_.greatest_relay_ms()});
}

bool Exchange::too_far_ahead(const Stamp& stamp) const {
  return std::int64_t(stamp.ms) > latest_ms() + sync::gate_given_back_ms;
}

void Exchange::fetch(const sync::ClientSession::Delivered& delivered) {
  if (wanting_) return;  // the delivery starts anew when the chain that was asked for is here
  find_tails();
  Cursor cursor = arrived_cursor_ ? *arrived_cursor_ : store_.cursor().value();
  std::uint64_t seq = delivered.entries.first_seq;
  if (seq != cursor.seq + 1) {
    return fail(
        {"bad_message", "entries first seq", std::to_string(seq), std::to_string(cursor.seq + 1), "", Retry::later});
  }
  for (const sync::Entries::Entry& entry : delivered.entries.entries) {
    Head head = entry.held.value_or(Head{});
    const bool taken = entry.held ? take_held(head, seq) : take(entry.envelope, seq, head);
    if (!taken) return;
    cursor = {cursor.log, seq, next_acc(cursor.acc, head)};
    arrived_cursor_ = cursor;
    ++seq;
  }
  ++progress_;
}

// The relay says that we have this one. If it is another one that we have under this place, the log's own copy has to be
// asked for, and what is here becomes a branch when it comes.
bool Exchange::take_held(const Head& head, std::uint64_t seq) {
  if (head_of(head.node).n >= head.n) {
    const auto pending =
        std::find_if(arrivals_.begin(), arrivals_.end(), [&](const auto& arrival) { return arrival.row.head == head; });
    if (pending != arrivals_.end() || hash_at(head.node, head.n) == head.hash) {
      if (seq == 0) return true;
      store::Arrival arrival;
      arrival.row.head = head;
      arrival.seq = seq;
      arrivals_.push_back(std::move(arrival));
      return true;
    }
  }
  flush();
  std::uint64_t common = std::min(store_.head(head.node).n, head.n - 1);
  want({head.node, common, hash_at(head.node, common)});
  return false;
}

bool Exchange::take(ByteView envelope, std::uint64_t seq, Head& head) {
  Result<Bytes> canonical = unpack_envelope(envelope);
  const Result<BundleHeader> header = canonical ? decode_header(*canonical) : Result<BundleHeader>(canonical.error());
  if (!header) {
    fail({"relay_corrupt", "entry " + std::to_string(seq), header.error().code, "a bundle",
          "The relay's storage may be damaged.", Retry::later});
    return false;
  }
  const NodeId node = header->node;
  if (header->n > head_of(node).n) part_from_twin(node);
  if (header->n <= head_of(node).n) {
    flush();
    const Result<Head> theirs = check_trailer(*canonical, hash_at(node, header->n - 1), store_.space());
    if (theirs && theirs->hash == hash_at(node, header->n)) {
      head = *theirs;
      return take_held(head, seq);
    }
    // The log decides the chain: what we have from here on is a branch.
    if (theirs) move_branch(node, header->n - 1);
    if (failed_) return false;
  }
  const Head previous = head_of(node);
  if (header->n > previous.n + 1) {
    flush();
    want(previous);
    return false;
  }
  const Result<Head> checked = check_trailer(*canonical, previous.hash, store_.space());
  if (!checked) {
    Error error = checked.error();
    error.retry = Retry::later;
    fail(std::move(error));
    return false;
  }
  head = *checked;
  add_bundle(envelope, std::move(*canonical), head, seq);
  return true;
}

// Asks for a node's bundles after this one, without which the delivery cannot go on.
void Exchange::want(const Head& have) {
  wanting_ = true;
  session_.send(sync::Want{have});
}

void Exchange::add_bundle(ByteView envelope, Bytes canonical, const Head& head, std::uint64_t seq) {
  const BundleHeader header = *decode_header(canonical);
  store::Arrival arrival;
  arrival.row = {head, header.version, header.suite, header.first, header.last, header.events, std::nullopt, false};
  arrival.seq = seq;
  Result<Bundle> bundle = decode_bundle(canonical);
  if (!bundle)
    arrival.reason = bundle.error().code;
  else if (too_far_ahead(header.last))
    arrival.reason = "clock_ahead";
  if (arrival.reason.empty()) {
    arrival.kind = store::Arrival::Kind::bundle;
    arrival.changes = std::move(bundle->changes);
  } else {
    arrival.kind = store::Arrival::Kind::parked;
    arrival.envelope.assign(envelope.begin(), envelope.end());
  }
  arrived_events_ += header.events;
  arrived_heads_[head.node] = head;
  arrivals_.push_back(std::move(arrival));
}

// Bundles of one node outside of the log's order, asked for because the delivery needs them. Then it starts anew.
void Exchange::fetch(const sync::ClientSession::ChainCame& chain) {
  find_tails();
  Head head;
  for (const ByteView envelope : chain.part.envelopes) {
    if (!take(envelope, 0, head)) return;
  }
  flush();
  ++progress_;
  if (!chain.part.complete && !chain.part.envelopes.empty())
    session_.send(sync::Want{head});
  else
    hello_due_ = true;
}

void Exchange::flush() {
  if (arrivals_.empty() && !arrived_cursor_) return;
  const store::Applied applied = store_.apply(arrivals_, arrived_cursor_);
  confirm_arrived();
  closed_summary_.pulled_bundles += applied.bundles;
  closed_summary_.pulled_events += applied.events;
  if (options_.report_changes) {
    Arrived arrived;
    for (store::Arrival& arrival : arrivals_) {
      std::move(arrival.changes.begin(), arrival.changes.end(), std::back_inserter(arrived.changes));
    }
    if (!arrived.changes.empty()) notices_.push_back(std::move(arrived));
  }
  arrivals_.clear();
  arrived_heads_.clear();
  arrived_cursor_.reset();
  arrived_events_ = 0;
  close_refill();
  settle_forks();
}

// A bundle of our own that comes out of the log is confirmed by that.
void Exchange::confirm_arrived() {
  std::map<NodeId, std::uint64_t> arrived;
  for (const store::Arrival& arrival : arrivals_) {
    if (arrival.seq != 0) arrived[arrival.row.head.node] = arrival.row.head.n;
  }
  for (const store::OwnNode& own : store_.own_nodes()) {
    const auto at = arrived.find(own.node);
    if (at == arrived.end()) continue;
    if (at->second > own.confirmed) store_.set_confirmed(own.node, at->second);
    if (const auto pushed = pushed_.find(own.node); pushed != pushed_.end())
      pushed->second = std::max(pushed->second, at->second);
  }
}

// What was too far ahead may have come due, and what could not be read may be readable for this version.
void Exchange::retry_parked() {
  apply_parked(store_, latest_ms(), [this](std::vector<Change>&& changes) {
    if (options_.report_changes) notices_.push_back(Arrived{std::move(changes)});
  });
}

}  // namespace tidemark
