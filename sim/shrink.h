// Shrink: makes a failing run small enough to be read, by removing steps and lowering decisions as long as the same
// invariant still fails.
//
// Delta debugging (Zeller and Hildebrandt, 2002) over the tapes: what comes after the failure, whole tapes, then halves,
// quarters and single ones of the steps and of the draws; steps whose faults fit into the one before them; time that
// passes in one pause instead of many steps. Every candidate is a whole run of the real engine; the result was replayed
// twice.
#pragma once

#include <cstdint>
#include <functional>

#include "sim/run.h"

namespace tidemark::sim {

struct ShrinkBudget {
  std::uint64_t runs_max = 20'000;
  // True when it should stop and give what it has; asked between runs. The caller's clock.
  std::function<bool()> stop;
  // How far it is: runs so far, steps of the best tapes. May be empty.
  std::function<void(std::uint64_t runs, std::size_t steps)> progress;
  // True if this run still fails in the way that is looked for. Empty: the invariant that the tapes name fails.
  std::function<bool(const RunReport&)> fails;
};

struct Shrunk {
  Tapes tapes;       // the smallest found that still fails
  RunReport report;  // of their last replay, with its trace
  std::uint64_t runs = 0;
  bool reproducible = false;  // they were replayed twice, failed both times, and had the same trace
};

// A run that fails otherwise than the tapes say is not taken for the same. Tapes that do not fail come back as they are,
// not reproducible.
Shrunk shrink(const Tapes& tapes, const ShrinkBudget& budget = {}, const RunOptions& options = {});

}  // namespace tidemark::sim
