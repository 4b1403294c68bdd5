// Store: the clock's state and the relay's time.
#include <algorithm>

#include "store/internal/parts.h"

namespace tidemark::store {

std::optional<Stamp> Store::last_stamp() const {
  return internal::guarded(*parts_, "reading the clock", [&] {
    parts_->refresh();
    return parts_->state.last;
  });
}

ClockCorrection Store::correction() const {
  return internal::guarded(*parts_, "reading the clock's correction", [&] {
    parts_->refresh();
    return parts_->state.correction;
  });
}

std::int64_t Store::greatest_relay_ms() const {
  return internal::guarded(*parts_, "reading the relay's time", [&] {
    parts_->refresh();
    return parts_->state.greatest_relay_ms;
  });
}

void Store::learn_time(std::int64_t wall_ms, std::int64_t relay_ms) {
  internal::guarded(*parts_, "keeping the relay's time", [&] {
    // The next contact teaches it again, so it is not worth a sync of its own.
    internal::Write write(*parts_, false);
    internal::State& state = parts_->state;
    state.greatest_relay_ms = std::max(state.greatest_relay_ms, relay_ms);
    parts_->put_correction(ClockCorrection::learn(wall_ms, relay_ms));
    parts_->put_meta("relay_ms", state.greatest_relay_ms);
    write.commit();
  });
}

}  // namespace tidemark::store
