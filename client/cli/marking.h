// Marking entities deleted and not deleted.
#pragma once

#include "client/cli/args.h"
#include "client/cli/console.h"
#include "client/replica.h"

namespace tidemark::cli {

// Runs Replica::erase or Replica::restore on the file and entity of the command line; gives the exit code. An entity
// that this replica never heard of is refused: it is a typing error far more often than a wish.
int mark(const Args& args, Console& console, Result<Stamp> (Replica::*marking)(std::string_view));

}  // namespace tidemark::cli
