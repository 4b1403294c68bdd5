#include "net/deadlines.h"

#include <algorithm>

namespace tidemark::net {
namespace {

// A check that comes later than this was held up by this process, not by the peer: what the peer sent
// meanwhile still waits in the socket, so it gets this much more time to be read before the judgement.
constexpr std::int64_t held_up_ms = 200;

using Action = Deadlines::Verdict::Action;

std::string within(std::chrono::milliseconds limit) { return " within " + std::to_string(limit.count()) + " ms"; }

}  // namespace

Deadlines::Deadlines(const Limits& limits, Side side, std::int64_t since)
    : limits_(limits),
      side_(side),
      meter_(side == Side::client ? FrameMeter::Start::at_http_head : FrameMeter::Start::at_frame),
      phase_since_(since),
      heard_(since),
      pinged_(since),
      control_began_(since) {}

void Deadlines::opened(std::int64_t now) {
  phase_ = Phase::open;
  phase_since_ = heard_ = pinged_ = control_began_ = now;
}

void Deadlines::received(ByteView raw, std::int64_t now) {
  heard_ = now;
  const bool was_under_way = meter_.under_way();
  const std::uint64_t boundaries = meter_.boundaries();
  meter_.feed(raw);
  if (meter_.under_way() && (!was_under_way || meter_.boundaries() != boundaries)) {
    message_began_ = window_began_ = now;
    window_base_ = meter_.data_bytes();
  }
  if (meter_.most_fragments() > limits_.fragments_per_message_max) {
    flood_ = "more than " + std::to_string(limits_.fragments_per_message_max) + " fragments in one message";
  }
  if (now - control_began_ >= limits_.rate_window.count()) {
    control_began_ = now;
    control_base_ = meter_.control_frames();
  } else if (meter_.control_frames() - control_base_ > limits_.control_frames_per_window_max) {
    flood_ = "more than " + std::to_string(limits_.control_frames_per_window_max) + " control frames" +
             within(limits_.rate_window);
  }
}

void Deadlines::write_began(std::int64_t now) {
  writing_ = true;
  write_began_ = now;
}

void Deadlines::write_ended() { writing_ = false; }

void Deadlines::pinged(std::int64_t now) { pinged_ = now; }

void Deadlines::closing(std::int64_t now) {
  if (phase_ == Phase::closing) return;
  phase_ = Phase::closing;
  phase_since_ = now;
}

std::int64_t Deadlines::due() const {
  if (phase_ == Phase::closing) return phase_since_ + limits_.close_max.count();
  if (phase_ == Phase::opening) return phase_since_ + limits_.handshake_max.count();
  if (!flood_.empty()) return heard_;
  std::int64_t due =
      std::min(heard_ + limits_.idle_max.count(), std::max(heard_, pinged_) + limits_.ping_interval.count());
  if (side_ == Side::server && meter_.messages() == 0) {
    due = std::min(due, phase_since_ + limits_.first_message_max.count());
  }
  if (meter_.under_way()) {
    due = std::min({due, message_began_ + limits_.message_max.count(), window_began_ + limits_.rate_window.count()});
  }
  if (writing_) due = std::min(due, write_began_ + limits_.message_max.count());
  return due;
}

Deadlines::Verdict Deadlines::check(std::int64_t now) {
  const std::int64_t late = now - due();
  if (late < 0) {
    excused_ = false;
    return {};
  }
  if (phase_ == Phase::open && flood_.empty() && late > held_up_ms && !excused_) {
    excused_ = true;
    postpone(late + held_up_ms);
    return {};
  }
  excused_ = false;
  return judge(now);
}

void Deadlines::postpone(std::int64_t by) {
  for (std::int64_t* time : {&phase_since_, &heard_, &pinged_, &message_began_, &window_began_, &write_began_}) {
    *time += by;
  }
}

Deadlines::Verdict Deadlines::judge(std::int64_t now) {
  if (phase_ == Phase::closing) return {Action::drop, "no closing handshake" + within(limits_.close_max)};
  if (phase_ == Phase::opening) return {Action::drop, "no opening handshake" + within(limits_.handshake_max)};
  if (!flood_.empty()) return {Action::close, flood_};
  if (now >= heard_ + limits_.idle_max.count()) return {Action::drop, "nothing heard" + within(limits_.idle_max)};
  if (side_ == Side::server && meter_.messages() == 0 && now >= phase_since_ + limits_.first_message_max.count()) {
    return {Action::close, "no complete first message" + within(limits_.first_message_max)};
  }
  if (writing_ && now >= write_began_ + limits_.message_max.count()) {
    return {Action::close, "a message was not taken" + within(limits_.message_max)};
  }
  if (meter_.under_way()) {
    if (now >= message_began_ + limits_.message_max.count()) {
      return {Action::close, "a message was not complete" + within(limits_.message_max)};
    }
    if (now >= window_began_ + limits_.rate_window.count()) {
      const std::uint64_t wanted =
          limits_.bytes_per_second_min * static_cast<std::uint64_t>(limits_.rate_window.count()) / 1000;
      if (meter_.data_bytes() - window_base_ < wanted) {
        return {Action::close, "less than " + std::to_string(limits_.bytes_per_second_min) + " bytes a second"};
      }
      window_began_ = now;
      window_base_ = meter_.data_bytes();
    }
  }
  if (now >= std::max(heard_, pinged_) + limits_.ping_interval.count()) return {Action::ping, {}};
  return {};
}

}  // namespace tidemark::net
