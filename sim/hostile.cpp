#include "sim/hostile.h"

#include <algorithm>

#include "bundles/bundle.h"
#include "bundles/chain.h"
#include "bundles/envelope.h"
#include "sync/message.h"

namespace tidemark::sim {
namespace {

constexpr NodeId hostile_node{0xbad0bad0bad0bad0ULL};
constexpr std::int64_t leads_ms[] = {61'000, 3'600'000, 25 * 3'600'000LL, 36'525LL * 24 * 3'600'000};

}  // namespace

bool Hostile::begin(Fault attack) {
  if (session_ != 0) return false;
  const bool needs_log = attack == Fault::forged_node || attack == Fault::replayed || attack == Fault::other_bytes;
  if (needs_log && world_.ledger.entries.empty()) return false;
  session_ = world_.connect_hostile();
  if (session_ == 0) return false;
  attack_ = attack;
  waited_ = 0;
  winding_ = false;
  pushed_.reset();
  if (attack != Fault::garbage) say_hello();
  return true;
}

void Hostile::begin_winding() {
  session_ = world_.connect_hostile();
  if (session_ == 0) return;
  attack_ = Fault::future_stamps;
  winding_ = true;
  pushed_.reset();
  waited_ = 0;
  say_hello();
}

void Hostile::say_hello() {
  sync::Hello hello;
  hello.space = space_name;
  hello.own = {hostile_node, 0, {}};
  hello.clock_ms = world_.relay_now().wall_ms;
  world_.send_hostile(session_, sync::encode_message(hello));
}

void Hostile::step() {
  if (session_ == 0) return;
  ++waited_;
  if (waited_ == 3) {
    if (auto frame = worst()) world_.send_hostile(session_, std::move(*frame));
  }
  if (waited_ > 6) end();
}

void Hostile::end() {
  if (session_ == 0) return;
  world_.end_hostile(session_);
  session_ = 0;
}

void Hostile::answered(std::uint64_t session, const sync::Frame& frame) const {
  if (session != session_ || !pushed_ || !frame.text) return;
  const Result<sync::Message> message = sync::decode_message(frame);
  const auto* confirm = message ? std::get_if<sync::Confirm>(&*message) : nullptr;
  if (!confirm || confirm->node != pushed_->node || confirm->n < pushed_->n) return;
  const auto& entries = world_.ledger.entries;
  const std::size_t at = world_.ledger.find(pushed_->node, pushed_->n);
  if (at == entries.size() || !(entries[at].head == *pushed_))
    throw Violation("I2", "the relay confirmed other bytes for bundle n " + std::to_string(pushed_->n) + " of " +
                              to_string(pushed_->node) + " than its log holds");
}

// A well-formed bundle of one event that nobody else would write.
Bytes Hostile::forge(NodeId node, std::uint64_t n, const Hash& previous, std::int64_t ahead_ms) {
  Change change;
  change.stamp = {std::uint64_t(std::max<std::int64_t>(world_.relay_now().wall_ms + ahead_ms, 0)),
                  std::uint16_t(winding_ ? 0xfff0 : draw(3)), node};
  change.events.push_back({{"e1", "k0"}, *Value::text("forged " + std::to_string(++forged_)), std::nullopt});
  oracle_.foreign(change);
  const EncodedBundle encoded = encode_bundle({node, n, {change}}, previous, space_name);
  pushed_ = encoded.head;
  return pack_envelope(encoded.bytes);
}

sync::Frame Hostile::push(const Bytes& envelope) const {
  sync::Push message;
  message.envelopes.emplace_back(envelope);
  return sync::encode_message(message);
}

std::optional<sync::Frame> Hostile::worst() {
  const auto& entries = world_.ledger.entries;
  const auto any_entry = [&]() -> const LogLedger::Entry* {
    return entries.empty() ? nullptr : &entries[draw(std::uint32_t(entries.size()))];
  };
  switch (attack_) {
    case Fault::forged_node: {  // the next bundle of a node that belongs to somebody
      const LogLedger::Entry* entry = any_entry();
      if (!entry) return std::nullopt;
      Head head = entry->head;
      for (const auto& other : entries) {
        if (other.head.node == head.node && other.head.n > head.n) head = other.head;
      }
      if (draw(2) == 1) head.hash.fill(0x5a);  // or one that continues another chain
      return push(forge(head.node, head.n + 1, head.hash, 0));
    }
    case Fault::replayed: {
      const LogLedger::Entry* entry = any_entry();
      if (!entry) return std::nullopt;
      pushed_ = entry->head;
      return push(*entry->envelope);
    }
    case Fault::other_bytes: {
      const LogLedger::Entry* entry = any_entry();
      if (!entry) return std::nullopt;
      const std::size_t before = world_.ledger.find(entry->head.node, entry->head.n - 1);
      const Hash previous = entry->head.n == 1 || before == entries.size() ? Hash{} : entries[before].head.hash;
      return push(forge(entry->head.node, entry->head.n, previous, 0));
    }
    case Fault::future_stamps: {
      const std::size_t last = [&] {
        std::uint64_t n = 0;
        for (const auto& entry : entries) {
          if (entry.head.node == hostile_node) n = std::max(n, entry.head.n);
        }
        return n == 0 ? entries.size() : world_.ledger.find(hostile_node, n);
      }();
      const Head head = last == entries.size() ? Head{hostile_node, 0, {}} : entries[last].head;
      return push(forge(hostile_node, head.n + 1, head.hash, winding_ ? 1'000 : leads_ms[draw(std::size(leads_ms))]));
    }
    default: {
      Bytes bytes;
      for (std::uint32_t i = draw(64); i > 0; --i) bytes.push_back(std::uint8_t(draw(256)));
      return sync::Frame{draw(2) == 0, std::make_shared<const Bytes>(std::move(bytes))};
    }
  }
}

}  // namespace tidemark::sim
