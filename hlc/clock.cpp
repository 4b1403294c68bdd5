#include "hlc/clock.h"

#include <algorithm>
#include <limits>

namespace tidemark {
namespace {

// 9999-01-01T00:00:00.000Z
constexpr std::int64_t max_reading_ms = 253'370'764'800'000;

// Readings are whatever an injected clock or a stranger's message says, so sums stop at the ends.
std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto greatest = std::numeric_limits<std::int64_t>::max();
  if (b > 0 && a > greatest - b) return greatest;
  if (b < 0 && a < least - b) return least;
  return a + b;
}

std::int64_t saturating_negate(std::int64_t a) {
  return a == std::numeric_limits<std::int64_t>::min() ? std::numeric_limits<std::int64_t>::max() : -a;
}

}  // namespace

Stamp Clock::now(std::int64_t wall_ms) {
  const auto reading = static_cast<std::uint64_t>(std::clamp<std::int64_t>(wall_ms, 0, max_reading_ms));
  Stamp stamp{reading, 0, node_};
  if (last_ && last_->ms >= reading) {
    stamp = next_after(*last_);
    stamp.node = node_;
  }
  last_ = stamp;
  return stamp;
}

void Clock::observe(const Stamp& stamp) {
  if (!last_ || *last_ < stamp) last_ = stamp;
}

Stamp next_after(const Stamp& stamp) {
  if (stamp.counter != 0xffff) return {stamp.ms, static_cast<std::uint16_t>(stamp.counter + 1), stamp.node};
  if (stamp.ms < max_stamp_ms) return {stamp.ms + 1, 0, stamp.node};
  return stamp;
}

ClockCorrection ClockCorrection::learn(std::int64_t wall_ms, std::int64_t relay_ms) {
  return {saturating_add(relay_ms, saturating_negate(wall_ms)), relay_ms};
}

std::int64_t ClockCorrection::apply(std::int64_t wall_ms) const {
  if (offset_ms >= -tolerated_ms && offset_ms <= tolerated_ms) return wall_ms;
  const std::int64_t corrected = saturating_add(wall_ms, offset_ms);
  // A step back within what is tolerated anyway is no evidence.
  const bool put_back = corrected < saturating_add(learned_relay_ms, -tolerated_ms);
  // A fast clock reads later than the relay from the start, so only a slow one can be caught ahead.
  const bool put_forward = offset_ms > 0 && wall_ms > learned_relay_ms;
  return put_back || put_forward ? wall_ms : corrected;
}

bool ClockCorrection::refuted_by(std::int64_t wall_ms) const {
  const bool in_use = offset_ms < -tolerated_ms || offset_ms > tolerated_ms;
  return in_use && apply(wall_ms) == wall_ms;
}

}  // namespace tidemark
