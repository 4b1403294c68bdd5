// Catalogue: every workload of tidemark-bench, each in the file that it shares its name with.
#pragma once

#include <span>

#include "bench/bench.h"

namespace tidemark::bench {

struct Workload {
  const char* name;   // "apply": measures are called "apply/live" and so on
  const char* about;  // one line
  void (*run)(Bench& bench);
};

std::span<const Workload> catalogue();

// Into a file.
void run_apply(Bench& bench);
void run_catch_up(Bench& bench);
void run_write(Bench& bench);
void run_read(Bench& bench);
void run_large(Bench& bench);
// Through a relay, in a process of its own.
void run_confirms(Bench& bench);
void run_live(Bench& bench);
void run_fan_out(Bench& bench);
void run_idle(Bench& bench);
void run_stored(Bench& bench);
// Without one.
void run_codec(Bench& bench);
void run_clock(Bench& bench);

}  // namespace tidemark::bench
