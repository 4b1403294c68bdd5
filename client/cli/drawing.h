// Drawing: the flag --svg of verbs that draw, and where a drawing goes.
#pragma once

#include <string>

#include "client/cli/args.h"
#include "client/cli/console.h"

namespace tidemark::cli {

Flag svg_flag();

// Writes the drawing to the file that is named, in place of what is there, and prints {"ok":true}; or, if it is -, to stdout.
// Gives the exit code. Throws std::system_error.
int write_drawing(const std::string& path, const std::string& svg, Console& console);

}  // namespace tidemark::cli
