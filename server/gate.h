// Gate: the relay's time, and which stamps it lets in.
//
// A stamp far in the future would win against everybody until that future comes, so a sender's bundles may lead the
// relay's clock by gate_ms only. The relay's own clock may be the wrong one, though: it doubts itself when it stands
// before min_believable_ms, or when most of the recent hellos agree with each other and not with it. What a device said a
// while ago is carried on by the steady clock and not by the wall clock that it is to judge, which may have jumped since.
// In doubt the relay gates at gate_given_back_ms, says in its messages that its time is not to be trusted, and raises an
// alarm. Its own time stays what it gates by, since everybody else parks by it too: what a wrong majority could get in
// would lie parked at all the others. Only a clock before min_believable_ms counts for nothing, and then the devices' time
// is taken. Pure; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "bundles/bundle.h"
#include "server/now.h"

namespace tidemark::server {

class Gate {
 public:
  // Never behind the greatest time that was stored.
  std::int64_t time_ms(std::int64_t wall_ms) const;
  void stored(std::int64_t time_ms);
  // The same, or what the devices agree on if this clock was never set.
  std::int64_t best_time_ms(Now now) const;

  // A device that was let in said that its clock reads `clock_ms`; before min_believable_ms it has no say.
  void heard(NodeId node, std::int64_t clock_ms, std::int64_t steady_ms);
  // It goes by another node from now on.
  void forget(NodeId node);
  bool trusted(Now now) const;

  // Nothing if the bundle may enter the log; else clock_ahead. `own`: the sender pushes it as its own.
  std::optional<Error> check(const BundleHeader& bundle, bool own, Now now) const;

 private:
  struct Sample {
    std::int64_t lead_ms;    // of the device's clock over the steady one
    std::int64_t steady_ms;  // when it was heard
  };
  std::optional<std::int64_t> agreed_lead_ms() const;
  // What the devices' clocks read by now, if they agree.
  std::optional<std::int64_t> agreed_time_ms(std::int64_t steady_ms) const;

  std::int64_t stored_ms_ = 0;
  std::map<NodeId, Sample> samples_;
  std::optional<std::int64_t> agreed_ms_;  // agreed_lead_ms() of these: asked for by every message
};

}  // namespace tidemark::server
