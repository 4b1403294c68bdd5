// Stamps: the hybrid logical clock beside a bare reading of the wall clock.
#include "hlc/clock.h"

#include "bench/catalogue.h"
#include "bench/micro.h"
#include "hlc/wall_clock.h"

namespace tidemark::bench {

void run_clock(Bench& bench) {
  Measure measure;
  measure.name = "clock/stamp";
  measure.size = 1;
  measure.what = "the next stamp, its reading of the wall clock included";
  measure.unit = "ns";
  measure.reference = "a reading of the wall clock";
  measure.more_is_better = false;
  measure.goal = Goal{Goal::Of::ratio, 1.5, {}};
  Clock clock(NodeId{1});
  Stamp last;
  for (unsigned i = 0; i < bench.options().repetitions; ++i) {
    bench.progress("clock " + std::to_string(i + 1));
    std::int64_t wall = 0;
    const double reading = seconds_each("wall clock", [&] {
      wall = system_wall_ms();
      keep(&wall);
    });
    const Stamp before = last;
    const double stamp = seconds_each("stamp", [&] {
      last = clock.now(system_wall_ms());
      keep(&last);
    });
    require(before < last, "stamps must increase");
    measure.values.push_back(stamp * 1e9);
    measure.references.push_back(reading * 1e9);
  }
  bench.add(std::move(measure));
}

}  // namespace tidemark::bench
