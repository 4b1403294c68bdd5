// Hunt: runs seeds with one seeded bug switched on until an invariant fails. What is found so within few seeds shows that
// the oracle looks; what is not found is a gap in it, or no bug.
//
// Each hunt is a process of its own, so that a bug may also end in a signal, an exception or a hang: all count as found.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hlc/mutant.h"

namespace tidemark::sim {

struct HuntOptions {
  std::uint64_t seeds = 10'000;  // at most, both profiles together: swarm 1, crash 1, swarm 2, ...
  std::uint32_t jobs = 2;        // processes at a time
  bool shrink = false;
  double shrink_seconds = 55;  // at most, the last replay included, unless a single run takes longer
};

// What is left of the failed run.
struct Remains {
  bool known = false;         // a run that hung or ended in a signal leaves no tapes
  bool reproducible = false;  // replayed twice with the same trace
  double seconds = 0;         // of the wall clock, to get there
  std::uint64_t runs = 0;
  std::uint64_t operations = 0;
  std::uint64_t faults = 0;
  std::uint64_t steps = 0;
  std::string tape;
};

struct Found {
  KnownMutant mutant{};
  bool found = false;
  std::uint64_t seeds = 0;  // that were run, the failing one included
  std::string profile;      // of the failing run, and
  std::uint64_t seed = 0;   // its seed
  std::string invariant;    // or "hang", "signal", "exception"
  std::string what;
  Remains remains;
};

// In the order of `mutants`; `told` hears of each as soon as it is done.
std::vector<Found> hunt(const std::vector<KnownMutant>& mutants, const HuntOptions& options,
                        const std::function<void(const Found&)>& told);

}  // namespace tidemark::sim
