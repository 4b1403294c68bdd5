// Marking entities deleted and not deleted.
#pragma once

#include "client/cli/args.h"
#include "client/cli/console.h"

namespace tidemark::cli {

// Marks the entity of the command line deleted or not deleted, as its flags describe; gives the exit code. An entity
// that this replica never heard of is refused: it is a typing error far more often than a wish.
int mark(const Args& args, Console& console, bool deleted);

}  // namespace tidemark::cli
