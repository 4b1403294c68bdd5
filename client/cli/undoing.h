// Undoing: what the verbs that take changes back have in common.
#pragma once

#include <cstdint>

#include "client/cli/args.h"
#include "client/cli/console.h"
#include "client/history.h"

namespace tidemark::cli {

Flag last_flag();
// The number that --last says, 1 if it was not given; usage.
Result<std::uint64_t> read_last(const Args& args);

// Prints {"written":[...],"undone":[...],"left_alone":[...]}, or refuses; gives the exit code.
int print_undone(const Result<Undone>& undone, Console& console);

}  // namespace tidemark::cli
