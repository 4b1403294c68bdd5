// Where wall time enters the tree.
#pragma once

#include <cstdint>
#include <functional>

namespace tidemark {

// Returns milliseconds since the Unix epoch, UTC. It may stand still, jump and lie.
using WallClock = std::function<std::int64_t()>;

// The operating system's clock. The only call of a system clock in the tree.
std::int64_t system_wall_ms();

}  // namespace tidemark
