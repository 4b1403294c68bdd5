// AppSearch: looks for a run in which an app's rule breaks, and makes it as small as it gets.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "sim/app.h"
#include "sim/run.h"
#include "sim/shrink.h"

namespace tidemark::sim {

struct AppSearch {
  // Kind of world, as Profile::named has them. In "network" devices are often cut off, which is what apps trip over;
  // "clocks", "copies", "power" and "swarm" have harder faults. The hostile client stays at home: what it writes is
  // none of the app's.
  std::string profile = "network";
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 500;
  std::uint32_t steps = 60;  // a run; what two users can do wrong shows in few, and more runs look in more places
  ShrinkBudget shrinking{2'000, {}, {}, {}};
  std::function<void(const RunReport&)> each_run;  // may be empty
};

struct Finding {
  std::uint64_t seed = 0;
  std::string invariant;  // "rule: NAME", or one of the engine's: then please report it
  std::string what;
  RunReport shrunk;           // of the smallest run that breaks it, with its moments
  Tapes tapes;                // which replay() plays again, given the same app in RunOptions
  bool reproducible = false;  // it does so twice in the same way; else the app uses what it should not
  std::string story;          // the smallest run as a lane diagram
};

// The first seed that breaks anything; nothing if all hold. An unknown profile is bad_profile.
Result<std::optional<Finding>> search(const AppFactory& app, const AppSearch& options = {});

}  // namespace tidemark::sim
