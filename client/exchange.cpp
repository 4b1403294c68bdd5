#include "client/exchange.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "bundles/chain.h"
#include "client/seal.h"

namespace tidemark {
namespace {

// Hellos in a row that led to nothing. A remembered cursor is tried per hello, and they are logarithmically few.
constexpr int restarts_max = 80;

void add(SyncSummary& total, const sync::Traffic& traffic) {
  total.bytes_up += traffic.bytes_up;
  total.bytes_down += traffic.bytes_down;
  total.bundle_bytes_up += traffic.bundle_bytes_up;
  total.bundle_bytes_down += traffic.bundle_bytes_down;
  total.round_trips += traffic.round_trips;
  total.pushed_bundles += traffic.bundles_confirmed;
  total.pushed_events += traffic.events_confirmed;
}

}  // namespace

Exchange::Exchange(store::Store& store, ExchangeOptions options) : store_(store), options_(std::move(options)) {}

// --- inputs -----------------------------------------------------------------------------------------------------------

void Exchange::opened() {
  failed_.reset();
  synced_ = false;
  hello_due_ = false;
  refusals_.clear();
  restarts_ = 0;
  session_ = {};
  if (store_.needs_new_node()) leave_node();
  say_hello();
}

void Exchange::received(const sync::Frame& frame) {
  session_.receive(frame);
  while (auto event = session_.next_event()) {
    handle(*event);
    if (failed_) return;
    if (hello_due_ && session_.live()) say_hello();
  }
  if (session_.broken()) return fail(*session_.broken());
  after_input();
}

void Exchange::closed() {
  flush();
  add(closed_summary_, session_.traffic());
  session_ = {};
  synced_ = false;
}

void Exchange::store_changed() {
  if (!failed_) after_input();
}

void Exchange::refresh() {
  hello_due_ = true;
  restarts_ = 0;  // it is asked for, and no attempt to agree
  if (session_.live()) say_hello();
  synced_ = false;
}

void Exchange::after_input() {
  if (arrived_events_ >= options_.apply_events_max || !arrived_cursor_ || arrived_cursor_->seq >= target_seq_) flush();
  if (!session_.live() || failed_) return;
  pump();
  update_synced();
}

// --- messages ---------------------------------------------------------------------------------------------------------

void Exchange::handle(sync::ClientSession::Event& event) {
  if (const auto* delivered = std::get_if<sync::ClientSession::Delivered>(&event)) return fetch(*delivered);
  if (const auto* chain = std::get_if<sync::ClientSession::ChainCame>(&event)) return fetch(*chain);
  if (const auto* welcome = std::get_if<sync::Welcome>(&event)) return on(*welcome);
  if (const auto* confirm = std::get_if<sync::Confirm>(&event)) return on(*confirm);
  if (const auto* want = std::get_if<sync::Want>(&event)) return on(*want);
  if (const auto* compared = std::get_if<sync::Compared>(&event)) return on(*compared);
  if (const auto* message = std::get_if<sync::ErrorMessage>(&event)) return on(*message);
}

void Exchange::say_hello() {
  flush();
  hello_due_ = false;
  if (progress_ != restart_progress_) restarts_ = 0;
  restart_progress_ = progress_;
  if (++restarts_ > restarts_max) {
    return fail({"no_agreement", "hello", std::to_string(restarts_) + " in a row", "agreement on the log",
                 "Try again later.", Retry::later});
  }
  wanting_ = false;
  relay_heads_.clear();
  pushed_.clear();
  giving_.clear();
  blocked_.clear();
  compared_digest_.reset();
  complete_at_.reset();

  sync::Hello hello;
  hello.space = store_.space();
  hello.cursor = store_.cursor();
  hello.digest = heads_digest(store_.heads());
  hello.refill = store_.refill();
  hello.credential = options_.credential;
  hello.clock_ms = options_.wall_clock();
  for (const store::OwnNode& own : store_.own_nodes()) {
    if (own.current)
      hello.own = own.head;
    else if (hello.others.size() < sync::max_other_nodes && must_be_named(own))
      hello.others.push_back(own.head);
  }
  session_.say_hello(hello);
}

// The cursor proves what lies at or before it to be in the log; whatever we own beyond that has to be asked for, also
// when it was confirmed once.
bool Exchange::must_be_named(const store::OwnNode& own) const {
  if (own.forked || own.confirmed < own.head.n) return true;
  return own.head.n > 0 && !store_.bundle(own.node, own.head.n)->seq;
}

void Exchange::on(const sync::Welcome& welcome) {
  learn_time(welcome.time_ms, welcome.time_trusted);
  if (follow_log(welcome)) return;
  if (welcome.verdict == sync::Verdict::trimmed) {
    return fail({"trimmed", "cursor", std::to_string(store_.cursor() ? store_.cursor()->seq : 0),
                 "at least " + std::to_string(welcome.first_seq - 1), "Ask the operator for a snapshot.",
                 Retry::after_fix});
  }
  const Head own = session_.hello().own;
  const Head relay = welcome.heads.front();
  const bool same_chain = relay.n <= own.n && hash_at(own.node, relay.n) == relay.hash;
  if (welcome.verdict == sync::Verdict::fork || !same_chain) {
    leave_node();
    hello_due_ = true;
    return;
  }
  take_heads(welcome);
  release_due(welcome);
  settle_refill(welcome);
  target_seq_ = welcome.seq;
  retry_parked();
  settle_forks();
}

// Another log, or one that lost what we had seen of it: open a refill and go back to where both still agree.
bool Exchange::follow_log(const sync::Welcome& welcome) {
  const auto cursor = store_.cursor();
  const auto refill = store_.refill();
  if (!cursor) store_.reset_cursor(Cursor{welcome.log, 0, {}});
  if (!cursor || (cursor->log == welcome.log && welcome.verdict != sync::Verdict::log_changed)) {
    if (!refill || *refill == welcome.log) return false;
    store_.set_refill(welcome.log);  // the log that was to be refilled is gone as well
    hello_due_ = true;
    return true;
  }
  if (refill != welcome.log) store_.set_refill(welcome.log);
  std::optional<Cursor> common;
  if (cursor->log == welcome.log && cursor->seq > 0) {
    common = store_.remembered_cursor(welcome.log, std::min(welcome.seq, cursor->seq - 1));
  }
  store_.reset_cursor(common ? *common : Cursor{welcome.log, 0, {}});
  hello_due_ = true;
  return true;
}

// What the relay has of our own nodes decides where pushing starts, whatever was confirmed before.
void Exchange::take_heads(const sync::Welcome& welcome) {
  std::vector<Head> ours{session_.hello().own};
  ours.insert(ours.end(), session_.hello().others.begin(), session_.hello().others.end());
  const auto own_nodes = store_.own_nodes();
  for (std::size_t i = 0; i < ours.size(); ++i) {
    const NodeId node = ours[i].node;
    const Head& relay = welcome.heads[i];
    relay_heads_[node] = relay;
    const bool prefix = relay.n <= ours[i].n && hash_at(node, relay.n) == relay.hash;
    // A relay that has more, or another chain: what it has is on its way to us and then settles the matter.
    if (!prefix) blocked_.insert(node);
    const auto own =
        std::find_if(own_nodes.begin(), own_nodes.end(), [&](const auto& other) { return other.node == node; });
    if (prefix && own != own_nodes.end() && own->confirmed != relay.n) store_.set_confirmed(node, relay.n);
    pushed_[node] = prefix ? relay.n : ours[i].n;
  }
}

void Exchange::settle_refill(const sync::Welcome& welcome) {
  if (store_.refill() != welcome.log) return;
  if (welcome.digest != session_.hello().digest) return send_heads();
  complete_at_ = welcome.seq;
  close_refill();
}

// Not before the cursor has passed all of it: a log that loses it again could not be told from one that never had it.
void Exchange::close_refill() {
  const auto cursor = store_.cursor();
  if (!complete_at_ || !cursor || cursor->seq < *complete_at_) return;
  complete_at_.reset();
  store_.set_refill(std::nullopt);
}

void Exchange::on(const sync::Confirm& confirm) {
  learn_time(confirm.time_ms, confirm.time_trusted);
  for (const store::OwnNode& own : store_.own_nodes()) {
    if (own.node != confirm.node || confirm.n > own.head.n || confirm.n <= own.confirmed) continue;
    store_.set_confirmed(own.node, confirm.n);
  }
  target_seq_ = std::max(target_seq_, confirm.seq);
  ++progress_;
}

void Exchange::on(const sync::Want& want) {
  const Head& have = want.have;
  // Own bundles that the relay was asked about are on their way unasked.
  if (relay_heads_.count(have.node) != 0 && blocked_.count(have.node) == 0) return;
  if (store_.head(have.node).n > have.n && hash_at(have.node, have.n) == have.hash) {
    giving_[have.node] = have.n;
  } else {
    session_.send(sync::Lack{have});
  }
}

void Exchange::on(const sync::Compared& compared) {
  if (!compared_digest_) return;
  if (compared.digest == *compared_digest_) {
    complete_at_ = compared.seq;
    close_refill();
    ++progress_;
  } else {
    hello_due_ = true;
  }
}

void Exchange::on(const sync::ErrorMessage& message) {
  const Error& error = message.error;
  if (message.head) session_.forget_in_flight(message.head->node);
  // What was in flight when a hello was said again is refused again if it still matters.
  if (!session_.live() && message.head) return;
  if (error.code == "fork" && message.head) {
    if (message.head->node == store_.node())
      leave_node();
    else
      blocked_.insert(message.head->node);
    // The log's version arrives by delivery; until then this node waits. Own ones are named in the next hello.
    if (message.head->node == session_.hello().own.node) hello_due_ = true;
    giving_.erase(message.head->node);
    return;
  }
  if (error.code == "gap" && message.head) {
    giving_.erase(message.head->node);
    hello_due_ = true;
    return;
  }
  if (error.code == "clock_ahead" && message.head) return restamp(*message.head, message.time_ms);
  trouble(error);
  if (error.retry != Retry::never || !message.head) return fail(error);
  blocked_.insert(message.head->node);
  if (giving_.erase(message.head->node) == 0) fail(error);
}

// --- outputs ----------------------------------------------------------------------------------------------------------

std::optional<sync::Frame> Exchange::next_frame() { return session_.next_frame(); }

std::optional<Exchange::Notice> Exchange::next_notice() {
  if (notices_.empty()) return std::nullopt;
  Notice notice = std::move(notices_.front());
  notices_.pop_front();
  return notice;
}

SyncSummary Exchange::summary() const {
  SyncSummary total = closed_summary_;
  add(total, session_.traffic());
  return total;
}

void Exchange::update_synced() {
  synced_ = false;
  if (!session_.live() || hello_due_ || failed_ || session_.in_flight() > 0 || !arrivals_.empty() || store_.refill())
    return;
  const auto cursor = store_.cursor();
  if (!cursor || cursor->seq < target_seq_) return;
  for (const store::OwnNode& own : store_.own_nodes()) {
    if (own.forked || own.unsealed > 0 || own.confirmed < own.head.n) return;
  }
  synced_ = true;
}

void Exchange::fail(Error error) {
  if (!failed_) failed_ = std::move(error);
  synced_ = false;
}

void Exchange::trouble(const Error& error) { notices_.push_back(error); }

// --- time and chance --------------------------------------------------------------------------------------------------

void Exchange::learn_time(std::int64_t relay_ms, bool trusted) {
  relay_ms_ = std::max(relay_ms_, relay_ms);  // doubted or not, it is what bundles were let in by
  if (trusted) learn_offset(relay_ms);
}

void Exchange::learn_offset(std::int64_t relay_ms) {
  const std::int64_t wall_ms = options_.wall_clock();
  // What is applied, not what was learned: a slow clock that reaches the moment of learning looks like one that was set.
  const std::int64_t known = corrected_now() - wall_ms;
  const std::int64_t offset = relay_ms - wall_ms;
  const bool matters =
      std::llabs(offset) > ClockCorrection::tolerated_ms || std::llabs(known) > ClockCorrection::tolerated_ms;
  // Below two seconds it is the network's delay that changed, not the clock.
  if (matters && std::llabs(offset - known) > 2'000) store_.learn_time(wall_ms, relay_ms);
}

std::int64_t Exchange::corrected_now() const { return store_.correction().apply(options_.wall_clock()); }

NodeId Exchange::random_node() const {
  NodeId node;
  options_.random(&node.value, sizeof node.value);
  return node;
}

Hash Exchange::hash_at(NodeId node, std::uint64_t n) const { return tidemark::hash_at(store_, node, n); }

}  // namespace tidemark
