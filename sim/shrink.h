// Shrink: makes a failing run small enough to be read, by removing steps and lowering decisions as long as the same
// invariant still fails.
//
// Delta debugging (Zeller and Hildebrandt, 2002) over the tapes: first whole kinds of faults, devices and the bulk of the
// steps, then single steps and draws. Every candidate is a whole run of the real engine; the result was replayed twice.
#pragma once

#include <cstdint>
#include <functional>

#include "sim/run.h"

namespace tidemark::sim {

struct ShrinkBudget {
  std::uint64_t runs_max = 20'000;
  // True when it should stop and give what it has; asked between runs. The caller's clock.
  std::function<bool()> stop;
  // How far it is: runs so far, size of the best tapes. May be empty.
  std::function<void(std::uint64_t runs, std::size_t steps)> progress;
};

struct Shrunk {
  Tapes tapes;       // the smallest found that still breaks the invariant
  RunReport report;  // of their last replay
  std::uint64_t runs = 0;
  bool reproducible = false;  // the last two replays had the same trace and the same violation
};

// `tapes.invariant` names what must fail; a run that fails otherwise is not taken for the same.
Shrunk shrink(const Tapes& tapes, const ShrinkBudget& budget = {}, const RunOptions& options = {});

}  // namespace tidemark::sim
