// Describing: how is shown what a change says about itself.
#pragma once

#include <vector>

#include "client/cli/json_line.h"
#include "crdt/change.h"

namespace tidemark::cli {

// Adds the members author, source, note, meta and links to a line, those that the change has. JSON stands as it was given,
// but on one line; what is no JSON, since another program wrote it, stands as a text.
void add_description(JsonLine& line, const Metadata& metadata, const std::vector<Link>& links);

}  // namespace tidemark::cli
