// The hostile client of a scenario: says hello as somebody of its own, does its worst, and goes.
#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "sim/scenario_stage.h"
#include "sync/message.h"

namespace tidemark::sim {
namespace {

using Verb = Command::Verb;

constexpr NodeId hostile_node{0xbad0bad0bad0bad0ULL};
constexpr std::int64_t answer_ms = 500;
constexpr std::int64_t ahead_ms = 3'600'000;
constexpr const char* lane = "x";

sync::Frame push(ByteView envelope) {
  sync::Push message;
  message.envelopes.push_back(envelope);
  return sync::encode_message(message);
}

}  // namespace

void Stage::attack(const Command& command) {
  hostile_session_ = world_.connect_hostile();
  if (hostile_session_ == 0) return fail(command.line, command.text, "the relay is down");
  note(Moment::Kind::fault, lane, command.text.substr(std::string("hostile: ").size()));
  sync::Hello hello;
  hello.space = space_name;
  hello.own = {hostile_node, 0, {}};
  hello.clock_ms = world_.relay_now().wall_ms;
  world_.send_hostile(hostile_session_, sync::encode_message(hello));
  world_.run_until(world_.now_ms + answer_ms);
  if (auto frame = worst(command)) {
    world_.send_hostile(hostile_session_, std::move(*frame));
    world_.run_until(world_.now_ms + answer_ms);
  } else {
    fail(command.line, command.text, "the relay has no such bundle");
  }
  world_.end_hostile(hostile_session_);
}

std::optional<sync::Frame> Stage::worst(const Command& command) {
  const auto& entries = world_.ledger.entries;
  if (command.verb == Verb::push_garbage) {
    const std::string bytes = "\x81garbage";
    return sync::Frame{false, std::make_shared<const Bytes>(bytes.begin(), bytes.end())};
  }
  if (command.verb == Verb::push_future) return push(forge(hostile_node, 1, {}, ahead_ms));

  Device& victim = device(command.names.front());
  if (!victim.up()) return std::nullopt;
  const NodeId node = victim.replica->store().node();
  if (command.verb == Verb::forge) {
    Head head{node, 0, {}};
    for (const auto& entry : entries) {
      if (entry.head.node == node && entry.head.n > head.n) head = entry.head;
    }
    return push(forge(node, head.n + 1, head.hash, 0));
  }
  const auto n = std::uint64_t(command.amount);
  const std::size_t at = world_.ledger.find(node, n);
  if (at == entries.size()) return std::nullopt;
  if (command.verb == Verb::replay) return push(*entries[at].envelope);
  const std::size_t before = n > 1 ? world_.ledger.find(node, n - 1) : entries.size();
  return push(forge(node, n, before == entries.size() ? Hash{} : entries[before].head.hash, 0));
}

// A well-formed bundle that changes what was written first in this scenario.
Bytes Stage::forge(NodeId node, std::uint64_t n, const Hash& previous, std::int64_t ahead_ms_of_relay) {
  const Cell cell = ops_.empty() ? Cell{"task1", "title"} : ops_.front().writes.front().cell;
  const Value value = *Value::text("forged " + std::to_string(++forged_));
  Change change;
  change.stamp = {std::uint64_t(world_.relay_now().wall_ms + ahead_ms_of_relay), 0, node};
  change.events.push_back({cell, value, std::nullopt});
  forgeries_.push_back({0, lane, "forged", change.stamp, {{cell, value}}});
  return pack_envelope(encode_bundle({node, n, {change}}, previous, space_name).bytes);
}

}  // namespace tidemark::sim
