// Now: the two times that come with every input of the relay.
#pragma once

#include <cstdint>

namespace tidemark::server {

struct Now {
  std::int64_t wall_ms = 0;    // the relay's wall clock, which may be wrong and jump
  std::int64_t steady_ms = 0;  // how much time goes by: for deadlines and what was said a while ago
};

}  // namespace tidemark::server
