// The hybrid logical clock of one node, and the correction of a wall clock that is known to be off.
//
// Time is an argument: the caller reads the wall clock and passes milliseconds since the epoch. A
// Clock is a plain value without locks; its owner persists `last()` in the same transaction as the
// change that used it and restores it on open, so stamps increase across restarts whatever the wall
// clock does meanwhile.
#pragma once

#include <cstdint>
#include <optional>

#include "hlc/stamp.h"

namespace tidemark {

class Clock {
 public:
  // A clock that never ticked. `last` is the greatest stamp that this replica issued or observed,
  // of any node, if there is one.
  explicit Clock(NodeId node, std::optional<Stamp> last = std::nullopt) : node_(node), last_(last) {}

  // The next stamp: strictly greater than every stamp issued or observed before. It never fails:
  // while the wall clock stands still or lies behind, the counter counts, and past 65,535 it
  // carries into the millisecond. A reading below 0 counts as 0, one beyond 9999-01-01 as that day,
  // which leaves a year of room for counting on.
  Stamp now(std::int64_t wall_ms);

  // Takes a stamp into account that another node issued. Call it only for events that passed every
  // check. Reading order does not matter; an old stamp changes nothing.
  void observe(const Stamp& stamp);

  // Greatest stamp issued or observed; what must be persisted.
  const std::optional<Stamp>& last() const { return last_; }
  NodeId node() const { return node_; }

 private:
  NodeId node_;
  std::optional<Stamp> last_;
};

// The (ms, counter) that follows, with carry; the node is kept. Saturates at the last possible
// stamp, which only a clock that counted through the whole year 9999 could reach.
Stamp next_after(const Stamp& stamp);

// What a relay's time taught a device about its wall clock.
//
// Offsets up to a minute are left alone, since people expect the time on their screen. A larger one
// is added to every reading, in both directions, until evidence says that somebody set the clock
// right: a corrected reading more than a minute before the moment at which it was learned (a fast clock was put back),
// or a raw reading after that moment (a slow clock was put forward). Then the raw reading is used
// and the next contact learns anew.
struct ClockCorrection {
  std::int64_t offset_ms = 0;         // relay time minus wall time when it was learned
  std::int64_t learned_relay_ms = 0;  // the relay's time then

  static constexpr std::int64_t tolerated_ms = 60'000;

  static ClockCorrection learn(std::int64_t wall_ms, std::int64_t relay_ms);
  // The wall reading to use instead of `wall_ms`.
  std::int64_t apply(std::int64_t wall_ms) const;
  // The reading proves that the clock was set since. Then the correction must be dropped for good: with time a clock that
  // was put right would look again like one that runs on.
  bool refuted_by(std::int64_t wall_ms) const;
};

}  // namespace tidemark
