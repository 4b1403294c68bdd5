// Files of `tidemark-sim`, as whole texts. What goes wrong is a Refusal that names the file, and the line if there is
// one.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sim/run.h"
#include "sim/tape.h"

namespace tidemark::sim::cli {

std::string read_file(const std::string& path);
// The whole text or, if that fails, what was there before.
void write_file(const std::string& path, std::string_view text);
void make_folder(const std::string& path);
// Replaces a file by what `next` makes of it; an empty text if there is none. Of several processes that do so at once,
// one waits for the other.
void update_file(const std::string& path, const std::function<std::string(const std::string& before)>& next);

Tapes read_tape(const std::string& path);
// Writes the report's tapes as PROFILE-SEED.tape into the folder, and returns the path.
std::string keep_tape(const std::string& folder, const RunReport& report);

}  // namespace tidemark::sim::cli
