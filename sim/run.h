// Run: one simulated history from a seed or from tapes: faults and work, then healing, then judgement.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/fault.h"
#include "sim/sometimes.h"
#include "sim/tape.h"
#include "sim/trace.h"
#include "sim/winners.h"

namespace tidemark::sim {

class App;
using AppFactory = std::function<std::unique_ptr<App>()>;  // a new one for each run

struct RunOptions {
  bool keep_trace = false;    // keep moments for lanes.h
  bool keep_tapes = false;    // give the tapes also when nothing was violated
  bool keep_changes = false;  // collect what the devices hold at the end, for winners.h
  AppFactory app;             // does the work instead of the workload, and its rules are judged; see app.h
};

struct RunReport {
  std::uint64_t seed = 0;
  std::optional<std::string> invariant;  // what was violated, and
  std::string what;                      // how
  std::uint32_t at_step = 0;
  Tapes tapes;
  Hash trace_hash{};
  std::vector<Moment> moments;
  std::vector<Authored> changes;

  // What happened, in numbers.
  std::uint64_t operations = 0;
  std::uint64_t steps = 0;
  std::int64_t virtual_ms = 0;
  FaultCounts faults{};
  std::uint64_t power_losses = 0;
  std::uint64_t confirms = 0;        // checked
  std::uint64_t lost_by_choice = 0;  // acknowledged changes that power took from devices that do not sync them
  std::uint64_t bytes = 0;           // that travelled
  std::uint64_t messages = 0;
  std::uint64_t forks = 0;  // settled
  Reached reached{};
  bool crash_disk = false;

  std::uint64_t fault_total() const;
  std::uint32_t fault_kinds() const;
};

RunReport run(std::uint64_t seed, const Profile& profile, const RunOptions& options = {});
// Exactly the run that wrote the tapes, on any platform, as long as the engine is the same.
RunReport replay(const Tapes& tapes, const RunOptions& options = {});

}  // namespace tidemark::sim
