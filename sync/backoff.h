// When to try again: exponential back-off with jitter, from given randomness.
#pragma once

#include <cstdint>

namespace tidemark::sync {

class Backoff {
 public:
  static constexpr std::int64_t first_ms = 250;
  static constexpr std::int64_t max_ms = 30'000;

  // Milliseconds to wait before the next attempt: uniform in [cap/2, cap], the cap doubling from first_ms to max_ms.
  // Half of it is kept so that a herd of clients neither returns at once nor starves one of them.
  std::int64_t next_ms(std::uint64_t random);
  // After something worked.
  void reset() { attempts_ = 0; }

 private:
  unsigned attempts_ = 0;
};

}  // namespace tidemark::sync
