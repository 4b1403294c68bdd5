#include "sim/relay_rules.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "sim/lookout_text.h"
#include "sim/peek.h"
#include "sync/limits.h"

namespace tidemark::sim {
namespace {

constexpr std::int64_t wrong_ms = 60'000;  // less is the network's, and no clock's that outvotes a relay
constexpr std::int64_t slack_ms = 10'000;  // the relay's clock goes on while its refusal travels
constexpr std::size_t doubters_min = 2;    // most of three

}  // namespace

void RelayRules::check_fed(const std::vector<Device*>& devices) const {
  if (!world_.relay || world_.log->waiting()) return;
  for (Device* device : devices) {
    const auto link = world_.connections.find(device->session);
    if (!device->up() || link == world_.connections.end() || !device->exchange->synced()) continue;
    if (link->second.broken || !link->second.up.empty() || !link->second.down.empty()) continue;
    const auto cursor = device->sync_store().cursor();
    if (cursor && cursor->log == world_.ledger.log && cursor->seq < world_.ledger.entries.size())
      throw Violation("liveness", device->name + " is connected, and nobody sends it entry " +
                                      std::to_string(cursor->seq + 1) + " of the log");
  }
}

void RelayRules::sent(Device&, const sync::Frame& frame) {
  if (!frame.text || type_in(frame.as_text()) != "hello") return;
  const auto clock_ms = std::int64_t(number_after(frame.as_text(), "\"clock\":"));
  if (clock_ms < sync::min_believable_ms) return;
  if (std::llabs(clock_ms - start_wall_ms - world_.now_ms) > wrong_ms) wrong_.insert(nodes_in(frame.as_text()).front());
}

void RelayRules::answered(std::uint64_t, const sync::Frame& frame) {
  if (!frame.text || !says(frame.as_text(), "\"time_trusted\":false")) return;
  doubted_ = true;
  if (relay_clock_is_right() && wrong_.size() < doubters_min)
    throw Violation("I4", "the relay doubts its clock, which is right, and " + std::to_string(wrong_.size()) +
                              " devices have another date");
}

void RelayRules::told(Device& device, const Exchange::Notice& notice) {
  const auto* error = std::get_if<Error>(&notice);
  if (!error || error->code != "clock_ahead" || device.damaged || device.disk.dead()) return;
  if (error->retry == Retry::later) return;  // asked about when they were stamped anew
  if (doubted_ || !relay_clock_is_right()) return;
  const Peek peek(device);
  const auto own_nodes = peek.store().own_nodes();
  if (std::any_of(own_nodes.begin(), own_nodes.end(), [](const auto& own) { return own.forked; })) return;
  const std::int64_t limit_ms = world_.relay_now().wall_ms + sync::gate_ms + slack_ms;
  std::map<NodeId, std::uint64_t> let_in;  // up to which n
  for (const Head& head : peek.store().heads()) let_in[head.node] = head.n;
  for (const store::OwnNode& own : own_nodes) let_in[own.node] = own.confirmed;
  // What names a stamp that a relay let in by a wrong clock must get above it: a known limit.
  for (const auto& [node, n] : let_in) {
    if (n > 0 && std::int64_t(peek.store().bundle(node, n)->last.ms) > limit_ms) return;
  }
  // What is not sealed yet is asked about when it is.
  for (const store::OwnNode& own : own_nodes) {
    std::vector<Stamp> waiting;
    for (std::uint64_t n = own.confirmed + 1; n <= own.head.n; ++n)
      waiting.push_back(peek.store().bundle(own.node, n)->last);
    for (const Stamp& stamp : waiting) {
      if (std::int64_t(stamp.ms) > limit_ms)
        throw Violation("I4",
                        device.name + " stamped its changes anew, and the relay would refuse " + to_string(stamp));
    }
  }
}

void RelayRules::failed(Device& device, const Error& error) {
  static constexpr const char* nonsense[] = {"bad_message", "out_of_state", "relay_corrupt"};
  if (!device.damaged && std::find(std::begin(nonsense), std::end(nonsense), error.code) != std::end(nonsense))
    throw Violation("I17", "what the relay said made no sense to " + device.name + ": " + to_string(error));
}

}  // namespace tidemark::sim
