#include "bench/catalogue.h"

namespace tidemark::bench {

std::span<const Workload> catalogue() {
  static constexpr Workload all[] = {
      {"apply", "bundles of other devices into a file, live and while catching up, and what the file takes", run_apply},
  };
  return all;
}

}  // namespace tidemark::bench
