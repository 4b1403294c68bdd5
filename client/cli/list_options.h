// ListOptions from the flags of verbs that list entities.
#pragma once

#include <vector>

#include "client/cli/args.h"
#include "client/replica.h"

namespace tidemark::cli {

// --where and --deleted.
std::vector<Flag> list_flags();
// usage, and the errors of Value::from_json.
Result<ListOptions> read_list_options(const Args& args);

}  // namespace tidemark::cli
