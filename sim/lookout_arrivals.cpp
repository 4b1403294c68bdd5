// What reaches a device, and what it makes of it.
#include <algorithm>
#include <cstdlib>

#include "bundles/chain.h"
#include "bundles/envelope.h"
#include "sim/lookout.h"
#include "sim/lookout_text.h"
#include "sync/limits.h"
#include "sync/message.h"

namespace tidemark::sim {
namespace {

constexpr std::uint32_t many_frames = 3;
constexpr std::int64_t relearned_from_ms = 2'000;
constexpr std::int64_t clock_slack_ms = 10'000;

}  // namespace

void Lookout::arriving(Device& device, const sync::Frame& frame) {
  Link& link = links_[device.session];
  arriving_ = &device;
  answering_ = nullptr;
  arriving_kind_ = Said::other;
  if (!frame.text) {
    if (type_of(frame) == entries_type) entries_came(device, link, frame);
    return;
  }
  const std::string_view text = frame.as_text();
  arriving_kind_ = kind_of(text);
  if (arriving_kind_ == Said::welcome) welcome_came(device, link, text);
  if (arriving_kind_ == Said::confirm) confirm_came(device, link, text);
  if (arriving_kind_ == Said::error) refusal_came(device, text);
}

void Lookout::entries_came(Device& device, Link& link, const sync::Frame& frame) {
  ++link.entries_arrived;
  const Result<sync::Message> message = sync::decode_message(frame);
  if (!message) return;
  const auto& entries = std::get<sync::Entries>(*message);
  if (entries.first_seq <= link.welcome_seq && ++link.catch_up_frames == many_frames)
    hit(Point::catch_up_in_many_frames);
  Known& it = introduce(device);
  for (const auto& entry : entries.entries) {
    if (entry.held) {
      hit(Point::held_entry_delivered);
      continue;
    }
    const auto header = header_of(entry.envelope);
    if (!header) continue;
    // Only a log that was lost and grew again can hold another chain of somebody else's node.
    if (it.refill && !names(link.own, header->node)) compare(device, *header, entry.envelope);
    if (!names(link.own, header->node) || it.confirmed[header->node] >= header->n) continue;
    look(device, [&](const store::Store& store) {
      const auto own = store.own_nodes();
      const bool news = std::any_of(own.begin(), own.end(), [&](const auto& node) {
        return node.node == header->node && node.confirmed < header->n && node.head.n >= header->n;
      });
      if (news) hit(Point::confirmed_by_delivery);
    });
  }
}

void Lookout::compare(const Device& device, const BundleHeader& theirs, ByteView envelope) {
  look(device, [&](const store::Store& store) {
    const auto ours = store.bundle(theirs.node, theirs.n);
    if (!ours) return;
    const Result<Bytes> canonical = unpack_envelope(envelope);
    if (!canonical || std::equal(canonical->end() - trailer_size, canonical->end(), ours->head.hash.begin())) return;
    const auto own = store.own_nodes();
    if (std::none_of(own.begin(), own.end(), [&](const auto& node) { return node.node == theirs.node; }))
      hit(Point::branch_held_by_third_device);
  });
}

void Lookout::welcome_came(Device& device, Link& link, std::string_view text) {
  Known& it = introduce(device);
  time_came(device, text);
  const bool first = !std::exchange(link.welcomed, true);
  link.welcome_seq = number_after(text, "\"seq\":");
  const std::string_view verdict = word_after(text, "\"verdict\":\"");
  if (verdict == "fork") {
    it.fork_announced = true;
    look(device, [&](const store::Store& store) {
      const store::OwnNode own = store.own_nodes().front();
      if (own.head.n > own.confirmed) hit(Point::fork_with_sealed_tail);
      if (own.unsealed > 0) hit(Point::fork_with_unsealed_tail);
    });
  }
  if (verdict != "ok" || link.own.empty()) return;
  const std::uint64_t relay_n = n_in(text);
  if (std::exchange(it.confirmed[link.own.front()], relay_n) < relay_n) {
    look(device, [&](const store::Store& store) {
      if (store.own_nodes().front().confirmed < relay_n) hit(Point::confirmed_by_hello);
    });
  }
  const bool idle = link.cursor_seq == link.welcome_seq && link.own_n == relay_n && !it.unsent &&
                    word_after(text, "\"digest\":\"") == link.digest;
  if (first && idle && !link.cursor_log.empty()) hit(Point::idle_reconnect);
}

void Lookout::confirm_came(Device& device, Link& link, std::string_view text) {
  Known& it = introduce(device);
  time_came(device, text);
  const NodeId node = node_in(text);
  const std::uint64_t n = n_in(text);
  std::uint64_t& confirmed = it.confirmed[node];
  if (n > confirmed + 1 && names(link.own, node)) hit(Point::confirm_covers_several);
  confirmed = std::max(confirmed, n);
  const auto flight = link.in_flight.find(node);
  if (flight != link.in_flight.end() && flight->second <= n) link.in_flight.erase(flight);
}

void Lookout::refusal_came(Device& device, std::string_view text) {
  Known& it = introduce(device);
  const std::string_view code = word_after(text, "\"code\":\"");
  if (code == "fork") it.fork_announced = true;
  if (code != "clock_ahead") return;
  it.restamps_two_nodes = false;
  const NodeId refused = node_in(text);
  const std::int64_t ahead_ms = time_in(text) + sync::gate_ms + clock_slack_ms;
  look(device, [&](const store::Store& store) {
    for (const store::OwnNode& own : store.own_nodes()) {
      if (own.node == refused || own.forked || own.head.n <= own.confirmed) continue;
      const auto row = store.bundle(own.node, own.head.n);
      if (row && std::int64_t(row->last.ms) > ahead_ms) it.restamps_two_nodes = true;
    }
  });
}

// The same rule as the device's: what differs by less than it tolerates is no news.
void Lookout::time_came(Device& device, std::string_view text) {
  if (says(text, "\"time_trusted\":false")) return;
  Known& it = introduce(device);
  const auto wrong = [](std::int64_t offset) { return std::llabs(offset) > ClockCorrection::tolerated_ms; };
  const std::int64_t offset_ms = time_in(text) - world_.read_wall(device);
  if (std::llabs(offset_ms - it.offset_ms) <= relearned_from_ms) return;
  if (wrong(offset_ms)) {
    hit(Point::correction_learned);
    it.offset_ms = offset_ms;
  } else if (wrong(it.offset_ms)) {
    hit(Point::correction_dropped);
    it.offset_ms = offset_ms;
  }
}

void Lookout::applied(Device& device) {
  arriving_ = nullptr;
  Known& it = introduce(device);
  const Link& link = links_[device.session];
  if (arriving_kind_ == Said::confirm) answering_ = &device;
  if (!link.refill.empty() && it.refill && (arriving_kind_ == Said::welcome || arriving_kind_ == Said::compared)) {
    look(device, [&](const store::Store& store) {
      if (store.refill()) return;
      hit(Point::refill_closed);
      it.refill = false;
    });
  }
}

void Lookout::told(Device& device, const Exchange::Notice& notice) {
  Known& it = introduce(device);
  if (const auto* error = std::get_if<Error>(&notice)) {
    if (error->code != "clock_ahead") return;
    if (error->retry == Retry::later) return hit(Point::restamp_refused_again);
    hit(Point::restamped);
    if (++it.restamps == 2) hit(Point::restamped_twice_same_device);
    if (std::exchange(it.restamps_two_nodes, false)) hit(Point::restamped_under_two_nodes);
    return;
  }
  const auto* forked = std::get_if<Forked>(&notice);
  if (!forked) return;
  hit(Point::fork_settled);
  if (forked->changes_moved == 0) hit(Point::fork_moved_nothing);
  if (forked->changes_moved > 1) hit(Point::fork_moved_several);
  if (it.copy_of_copies > 1) hit(Point::fork_of_a_clone_of_a_clone);
  if (++it.forks == 2) hit(Point::one_device_forked_twice);
  if (std::exchange(it.rolled_back, false)) hit(Point::fork_after_rollback);
  if (!std::exchange(it.fork_announced, false)) hit(Point::fork_by_delivery);
  if (forged_.count(forked->old_node) != 0) hit(Point::honest_node_forked_by_forger);
  it.family = ++families_;
}

}  // namespace tidemark::sim
