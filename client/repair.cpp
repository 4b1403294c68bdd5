#include "client/repair.h"

#include <algorithm>

#include "bundles/bundle.h"
#include "bundles/chain.h"
#include "bundles/envelope.h"
#include "client/damage.h"
#include "client/seal.h"

namespace tidemark {
namespace {

// So many bytes the relay puts into one answer, and a damaged bundle anywhere in them makes it refuse.
constexpr std::size_t push_again_bytes = 512 * 1024;

std::string place(NodeId node, std::uint64_t n) {
  return "bundle " + std::to_string(n) + " of node " + to_string(node);
}

store::Arrival arrival_of(ByteView envelope, const Bytes& canonical, const Head& head) {
  const BundleHeader header = *decode_header(canonical);
  store::Arrival arrival;
  arrival.row = {head, header.version, header.suite, header.first, header.last, header.events, std::nullopt, false};
  Result<Bundle> bundle = decode_bundle(canonical);
  if (bundle) {
    arrival.kind = store::Arrival::Kind::bundle;
    arrival.changes = std::move(bundle->changes);
  } else {
    arrival.kind = store::Arrival::Kind::parked;
    arrival.row.parked = true;
    arrival.envelope.assign(envelope.begin(), envelope.end());
    arrival.reason = bundle.error().code;
  }
  return arrival;
}

}  // namespace

Repair::Repair(store::Store& store, RepairOptions options) : store_(store), options_(std::move(options)) { plan(); }

// One reading for each node with damage, and then one for every node.
void Repair::plan() {
  std::map<NodeId, Reading> readings;
  const auto reading_of = [&](NodeId node) -> Reading& {
    Reading& reading = readings[node];
    reading.node = node;
    reading.restores = true;
    return reading;
  };
  for (DamagedBundle& damaged : damaged_bundles(store_)) {
    ++result_.damaged;
    Reading& reading = reading_of(damaged.node);
    reading.damaged.emplace(damaged.n, std::move(damaged.problem));
    reading.last = store_.head(damaged.node).n;
  }
  // Behind the last bundle there may have been others whose rows are lost.
  for (const NodeId node : store_.uneven_nodes()) reading_of(node).last = UINT64_MAX;
  for (auto& [node, reading] : readings) {
    const std::uint64_t end = store_.head(node).n;
    reading.n = reading.damaged.empty() ? end : reading.damaged.begin()->first - 1;
    reading.previous = hash_at(store_, node, reading.n);
    waiting_.push_back(std::move(reading));
  }
  for (const Head& head : store_.heads()) total_ += head.n;
}

void Repair::leave(Error error) { result_.left.push_back(std::move(error)); }

// --- the conversation -------------------------------------------------------------------------------------------------

void Repair::opened() { say_hello(true); }

void Repair::say_hello(bool with_cursor) {
  sync::Hello hello;
  hello.space = store_.space();
  options_.random(&hello.own.node.value, sizeof hello.own.node.value);
  hello.credential = options_.credential;
  hello.clock_ms = options_.wall_clock();
  if (with_cursor) hello.cursor = store_.cursor();
  // With a refill open the relay waits for heads and delivers nothing meanwhile.
  if (hello.cursor) hello.refill = hello.cursor->log;
  session_.say_hello(hello);
}

void Repair::received(const sync::Frame& frame) {
  session_.receive(frame);
  while (auto event = session_.next_event()) {
    if (const auto* welcome = std::get_if<sync::Welcome>(&*event)) on(*welcome);
    if (const auto* chain = std::get_if<sync::ClientSession::ChainCame>(&*event)) on(*chain);
    if (const auto* message = std::get_if<sync::ErrorMessage>(&*event)) on(*message);
    if (const auto* confirm = std::get_if<sync::Confirm>(&*event)) on(*confirm);
    if (failed_ || done_) return;
  }
  if (session_.broken()) failed_ = *session_.broken();
}

void Repair::on(const sync::Welcome& welcome) {
  if (welcome.verdict == sync::Verdict::log_changed) return say_hello(false);
  if (welcome.verdict != sync::Verdict::ok) {
    failed_ = Error{"no_agreement", "verdict", "not ok", "ok", "Try again later.", Retry::later};
    return;
  }
  next();
}

void Repair::next() {
  if (waiting_.empty() && !restored_) {
    put_back();
    restored_ = true;
    for (const Head& head : store_.heads()) {
      Reading reading;
      reading.node = head.node;
      reading.last = head.n;
      waiting_.push_back(std::move(reading));
    }
  }
  if (waiting_.empty()) {
    done_ = true;
    return;
  }
  reading_ = std::move(waiting_.front());
  waiting_.pop_front();
  want();
}

void Repair::want() { session_.send(sync::Want{{reading_->node, reading_->n, reading_->previous}}); }

void Repair::on(const sync::ClientSession::ChainCame& chain) {
  if (!reading_) return;
  if (reading_->pushed_from == reading_->n) ++result_.relay_mended;  // what it refused before it serves now
  for (const ByteView envelope : chain.part.envelopes) {
    if (!take(envelope)) return finish_reading(false);
    if (options_.progress && !reading_->restores) options_.progress(std::min(++looked_at_, total_), total_);
    if (reading_->n >= reading_->last) return finish_reading(true);
  }
  if (!chain.part.complete && !chain.part.envelopes.empty()) return want();
  finish_reading(true);
}

// False if the relay's chain is not the one of this file.
bool Repair::take(ByteView envelope) {
  Reading& reading = *reading_;
  const Result<Bytes> canonical = unpack_envelope(envelope);
  const Result<BundleHeader> header = canonical ? decode_header(*canonical) : Result<BundleHeader>(canonical.error());
  const Result<Head> head =
      header ? check_trailer(*canonical, reading.previous, store_.space()) : Result<Head>(header.error());
  if (!head || head->node != reading.node || head->n != reading.n + 1) {
    leave({"relay_corrupt", place(reading.node, reading.n + 1), head ? place(head->node, head->n) : head.error().code,
           "the bundle after " + std::to_string(reading.n), "The relay's storage may be damaged.", Retry::after_fix});
    return false;
  }
  if (!reading.restores) {
    if (head->hash != hash_at(store_, head->node, head->n)) {
      leave({"other_chain", place(head->node, head->n), to_hex(head->hash),
             to_hex(hash_at(store_, head->node, head->n)),
             "The relay has another chain of this node; the next sync settles it.", Retry::later});
      return false;
    }
  } else {
    store::Arrival arrival = arrival_of(envelope, *canonical, *head);
    // Behind all that the file has only a chain goes on that is proven up to there.
    const bool behind = head->n > store_.head(head->node).n;
    if (behind && (!reading.pending.empty() || !was_written_here(arrival))) {
      reading.last = reading.n;
      return true;
    }
    reading.pending.push_back(std::move(arrival));
    if (is_proven(reading.pending.back())) {
      for (store::Arrival& proven : reading.pending) {
        const bool damaged = reading.damaged.erase(proven.row.head.n) != 0;
        if (damaged || proven.row.head.n > store_.head(reading.node).n) proven_.push_back(std::move(proven));
      }
      reading.pending.clear();
    }
  }
  reading.n = head->n;
  reading.previous = head->hash;
  return true;
}

// A bundle of an own node that this file never wrote is a fork, which is for the next sync to settle.
bool Repair::was_written_here(const store::Arrival& arrival) const {
  const auto own_nodes = store_.own_nodes();
  const bool own = std::any_of(own_nodes.begin(), own_nodes.end(),
                               [&](const auto& one) { return one.node == arrival.row.head.node; });
  if (!own || arrival.changes.empty()) return !own;
  const Change& change = arrival.changes.front();
  const auto history = store_.history(change.events.front().cell);
  return std::any_of(history.begin(), history.end(), [&](const auto& row) { return row.stamp == change.stamp; });
}

// A head that the file has proves every bundle up to it. Where that head itself is damaged, the file's own events prove
// the bundle; and what lies behind everything that the file has is taken as it is delivered, like in any sync.
bool Repair::is_proven(const store::Arrival& arrival) const {
  const Head& head = arrival.row.head;
  if (head.n > store_.head(head.node).n) return true;
  if (hash_at(store_, head.node, head.n) == head.hash) return true;
  const auto row = store_.bundle(head.node, head.n);
  if (!row || row->parked) return false;
  try {
    return arrival.kind == store::Arrival::Kind::bundle && store_.read_bundle(head.node, head.n) == arrival.changes;
  } catch (const store::StoreError& error) {
    if (error.failure() != store::Failure::corrupt) throw;
    return false;
  }
}

void Repair::finish_reading(bool complete) {
  Reading& reading = *reading_;
  if (reading.restores) {
    for (const auto& [n, problem] : reading.damaged) {
      leave({"not_repaired", place(reading.node, n), problem,
             complete && !reading.pending.empty() ? "a chain at the relay that makes a head of this file"
                                                  : "its bytes at the relay",
             "tidemark salvage FILE OUT keeps what is left of it", Retry::after_fix});
    }
  } else if (complete && reading.n < reading.last) {
    result_.relay_lacks += reading.last - reading.n;
    if (const auto cursor = store_.cursor()) store_.set_refill(cursor->log);
  }
  reading_.reset();
  next();
}

void Repair::put_back() {
  if (proven_.empty() && result_.damaged == 0 && store_.verify().problems.empty()) return;
  const store::PutBack done = store_.put_back(proven_);
  result_.put_back = done.bundles;
  result_.events = done.events;
  result_.unsealed = done.unsealed;
  for (std::string& problem : store_.verify().problems) {
    leave({"not_repaired", "file", std::move(problem), "nothing wrong",
           "tidemark salvage FILE OUT saves what can be read", Retry::after_fix});
  }
}

// --- the relay's storage ----------------------------------------------------------------------------------------------

void Repair::on(const sync::ErrorMessage& message) {
  if (!message.head || !reading_ || message.head->node != reading_->node) {
    failed_ = message.error;
    return;
  }
  Reading& reading = *reading_;
  if (message.error.code != "relay_corrupt" || reading.restores || reading.pushed_from == reading.n) {
    Error error = message.error;
    error.field = place(reading.node, reading.n + 1) + " at the relay: " + error.field;
    leave(std::move(error));
    return finish_reading(false);
  }
  push_again();
}

void Repair::push_again() {
  Reading& reading = *reading_;
  reading.pushed_from = reading.n;
  std::vector<sync::ClientSession::Outgoing> frame;
  std::size_t bytes = 0;
  for (std::uint64_t n = reading.n + 1; n <= reading.last && bytes < push_again_bytes; ++n) {
    const auto parked = store_.parked(reading.node, n);
    Bytes envelope = parked ? parked->envelope : pack_envelope(encode_again(store_, reading.node, n).bytes);
    if (bytes + envelope.size() > session_.room()) break;
    bytes += envelope.size();
    frame.push_back({{reading.node, n, hash_at(store_, reading.node, n)},
                     store_.bundle(reading.node, n)->events,
                     std::move(envelope)});
  }
  if (frame.empty()) return finish_reading(false);
  unconfirmed_n_ = frame.back().head.n;
  ++result_.relay_damaged;
  session_.push(frame);
}

void Repair::on(const sync::Confirm& confirm) {
  if (!reading_ || confirm.node != reading_->node || confirm.n < unconfirmed_n_) return;
  want();
}

}  // namespace tidemark
