#include "sync/backoff.h"

#include <algorithm>

namespace tidemark::sync {

std::int64_t Backoff::next_ms(std::uint64_t random) {
  const std::int64_t cap = std::min(max_ms, first_ms << std::min(attempts_, 20u));
  if (attempts_ < 20) ++attempts_;
  return cap / 2 + std::int64_t(random % std::uint64_t(cap / 2 + 1));
}

}  // namespace tidemark::sync
