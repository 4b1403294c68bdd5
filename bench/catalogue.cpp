#include "bench/catalogue.h"

namespace tidemark::bench {

std::span<const Workload> catalogue() {
  static constexpr Workload all[] = {
      {"apply", "bundles of other devices into a file, live and while catching up, and what the file takes", run_apply},
      {"catch-up", "a new device takes everything that a relay has", run_catch_up},
      {"confirms", "devices that push one bundle after the other, each when the relay has the last", run_confirms},
      {"live", "from an edit on one device to the other device's screen", run_live},
      {"fan-out", "one device's bundles to everybody else", run_fan_out},
      {"idle", "the relay's memory for connections on which nothing happens", run_idle},
      {"stored", "the relay's memory for what it has stored", run_stored},
      {"write", "local writes, one by one and in bulk", run_write},
      {"read", "current values, lists and the history of a cell", run_read},
      {"large", "ten million events into a file, a relay and a new device; minutes", run_large},
      {"codec", "bundles as bytes", run_codec},
      {"clock", "stamps", run_clock},
  };
  return all;
}

}  // namespace tidemark::bench
