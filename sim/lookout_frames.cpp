// What devices and the relay say to each other; how it arrives is in lookout_arrivals.cpp.
#include <algorithm>

#include "sim/lookout.h"
#include "sim/lookout_text.h"
#include "sync/limits.h"
#include "sync/message.h"

namespace tidemark::sim {
namespace {

constexpr NodeId hostile_node{0xbad0bad0bad0bad0ULL};  // as in hostile.cpp

}  // namespace

Lookout::Said Lookout::kind_of(std::string_view text) {
  const std::string_view type = type_in(text);
  if (type == "hello") return Said::hello;
  if (type == "welcome") return Said::welcome;
  if (type == "confirm") return Said::confirm;
  if (type == "want") return Said::want;
  if (type == "lack") return Said::lack;
  if (type == "compared") return Said::compared;
  if (type == "error") return Said::error;
  return Said::other;
}

// --- from a device ---------------------------------------------------------------------------------------------------

void Lookout::sent(Device& device, const sync::Frame& frame) {
  Link& link = links_[device.session];
  if (!frame.text) {
    if (type_of(frame) == push_type) pushed(device, link, frame);
    return;
  }
  const std::string_view text = frame.as_text();
  switch (kind_of(text)) {
    case Said::hello:
      return said_hello(device, link, text);
    case Said::lack:
      return hit(Point::lack_answered);
    default:
      return;
  }
}

void Lookout::said_hello(Device& device, Link& link, std::string_view text) {
  Known& it = introduce(device);
  link.own = nodes_in(text);
  link.own_n = n_in(text);
  link.cursor_log = word_after(text, "\"log\":\"");
  link.cursor_seq = link.cursor_log.empty() ? 0 : number_after(text, "\"seq\":");
  link.digest = word_after(text, "\"digest\":\"");
  link.refill = word_after(text, "\"refill\":\"");
  link.in_flight.clear();
  link.catch_up_frames = 0;

  const bool open = !link.refill.empty();
  if (open && !it.refill) {
    hit(Point::refill_opened);
  }
  it.refill = open;
  if (++link.hellos > 1) return hit(Point::hello_said_again);
  const auto last = links_.find(std::exchange(it.session, device.session));
  if (last == links_.end() || &last->second == &link) return;
  ended(last->second);
  if (open && !last->second.refill.empty()) hit(Point::refill_interrupted);
}

void Lookout::ended(const Link& link) {
  if (!link.welcomed) hit(Point::connection_cut_before_welcome);
  if (!link.in_flight.empty()) hit(Point::cut_with_push_under_way);
  if (link.entries_arrived < link.entries_sent) hit(Point::cut_with_entries_under_way);
}

void Lookout::pushed(Device& device, Link& link, const sync::Frame& frame) {
  if (telling_ == &device && world_.profile.two_connections) hit(Point::other_connection_noticed);
  if (answering_ == &device) hit(Point::window_full);
  known(device).unsent = false;
  const Result<sync::Message> message = sync::decode_message(frame);
  if (!message) return;
  for (const ByteView envelope : std::get<sync::Push>(*message).envelopes) {
    const auto header = header_of(envelope);
    if (!header) continue;
    link.in_flight[header->node] = header->n;
    if (!names(link.own, header->node)) hit(Point::refill_by_non_author);
  }
}

// --- from the relay --------------------------------------------------------------------------------------------------

void Lookout::answered(std::uint64_t session, const sync::Frame& frame) {
  read_log();
  relay_calls_ = world_.relay_disk.counts().calls;
  const std::uint64_t reopened = world_.log->stats().reopened;
  if (std::exchange(reopened_, reopened) < reopened) hit(Point::relay_outcome_unknown);
  const std::int64_t wall_ms = world_.relay_now().wall_ms;
  if (std::exchange(relay_wall_ms_, wall_ms) > wall_ms) hit(Point::relay_clock_ran_back);
  const auto at = links_.find(session);
  Link* link = at == links_.end() ? nullptr : &at->second;
  if (frame.text) return relay_said(session, link, frame.as_text());
  if (link && type_of(frame) == entries_type) ++link->entries_sent;
}

// Without a link it speaks to somebody hostile.
void Lookout::relay_said(std::uint64_t session, Link* link, std::string_view text) {
  if (says(text, "\"time_trusted\":false")) hit(Point::relay_doubts_clock);
  switch (kind_of(text)) {
    case Said::welcome:
      if (link) relay_welcomed(*link, text);
      return;
    case Said::confirm:
      return relay_confirmed(session, link, text);
    case Said::error:
      return relay_refused(link, text);
    case Said::want:
      return relay_asked(session, text);
    default:
      return;
  }
}

void Lookout::relay_welcomed(const Link& link, std::string_view text) {
  const std::string_view verdict = word_after(text, "\"verdict\":\"");
  const std::string_view log = word_after(text, "\"log\":\"");
  if (!link.refill.empty() && link.refill != log) hit(Point::refill_of_a_log_lost_meanwhile);
  if (verdict == "fork") {
    hit(Point::fork_by_verdict);
    if (!link.refill.empty()) hit(Point::fork_while_refill_open);
  }
  if (verdict != "log_changed") return;
  hit(Point::log_changed_verdict);
  if (link.cursor_log != log) return hit(Point::log_replaced);
  hit(link.cursor_seq > number_after(text, "\"seq\":") ? Point::cursor_ahead_of_log : Point::relay_regrown_past_cursor);
}

void Lookout::relay_confirmed(std::uint64_t session, const Link* link, std::string_view text) {
  const NodeId node = node_in(text);
  confirmed_[node] = std::max(confirmed_[node], n_in(text));
  const std::uint64_t repeated = world_.relay->stats().bundles_repeated;
  const bool again = std::exchange(repeated_, repeated) < repeated;
  if (!link) {
    if (again) return hit(Point::replay_confirmed);
    if (node == hostile_node) return;
    forged_.insert(node);
    return hit(Point::forged_bundle_accepted);
  }
  if (again) hit(Point::confirm_lost_then_repeated);
  const auto connection = world_.connections.find(session);
  if (connection == world_.connections.end() || connection->second.hostile) return;
  if (world_.devices[connection->second.device]->session <= session) return;
  hit(Point::confirm_after_reconnect_stale);
  if (!again) hit(Point::stale_push_arrived_after_new_session);
}

void Lookout::relay_refused(const Link* link, std::string_view text) {
  const std::string_view code = word_after(text, "\"code\":\"");
  if (code == "relay_full") hit(Point::relay_full_refusal);
  if (code == "io_error") hit(Point::relay_disk_refusal);
  if (code == "fork" && link)
    hit(says(text, "\"field\":\"bundle n\"") ? Point::fork_by_refused_push : Point::fork_by_comparison);
  if (link) return;
  if (code == "fork") hit(Point::other_bytes_refused);
  if (code == "clock_ahead") hit(Point::future_refused);
}

void Lookout::relay_asked(std::uint64_t session, std::string_view text) {
  const auto [at, first] = questions_.try_emplace(node_in(text), Question{session, world_.now_ms});
  const Question before = std::exchange(at->second, Question{session, world_.now_ms});
  if (first || before.session == session) return;
  hit(Point::relay_asked_two_devices);
  const auto connection = world_.connections.find(before.session);
  const bool there = connection != world_.connections.end() && connection->second.relay_end;
  if (there && world_.now_ms - before.at_ms >= sync::want_timeout_ms) hit(Point::want_timed_out);
}

void Lookout::relay_closed(std::uint64_t session, const server::Close&) {
  if (links_.count(session) == 0) hit(Point::garbage_closed);
}

}  // namespace tidemark::sim
