// Verb: one of the things that `tidemark-sim` does, each in the file of its name.
#pragma once

#include <functional>

#include "sim/cli/console.h"

namespace CLI {
class App;
}

namespace tidemark::sim::cli {

inline constexpr int exit_clean = 0;
inline constexpr int exit_broken = 1;     // an invariant or an expectation failed
inline constexpr int exit_usage = 2;      // the command line, or a tape that there is nothing to do with
inline constexpr int exit_unreached = 3;  // a soak did not reach every point
inline constexpr int exit_file = 4;       // a file cannot be read, understood or written

struct Verb {
  CLI::App* command = nullptr;             // owned by the program that it was added to
  std::function<int(Console&)> carry_out;  // gives the exit code; may throw Refusal
};

Verb add_run(CLI::App& program);
Verb add_replay(CLI::App& program);
Verb add_shrink(CLI::App& program);
Verb add_soak(CLI::App& program);
Verb add_explain(CLI::App& program);
Verb add_scenario(CLI::App& program);
Verb add_points(CLI::App& program);
Verb add_faults(CLI::App& program);

}  // namespace tidemark::sim::cli
