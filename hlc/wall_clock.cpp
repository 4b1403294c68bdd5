#include "hlc/wall_clock.h"

#include <chrono>

namespace tidemark {

std::int64_t system_wall_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace tidemark
