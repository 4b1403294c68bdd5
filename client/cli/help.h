// The pages that --help prints.
#pragma once

#include <string>
#include <vector>

#include "client/cli/verb.h"

namespace tidemark::cli {

std::string program_help(const std::vector<Verb>& verbs);
std::string verb_help(const Verb& verb);

}  // namespace tidemark::cli
