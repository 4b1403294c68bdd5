// Notes: what a change says beside its events, found from any of its rows.
#pragma once

#include <vector>

#include "store/internal/file.h"

namespace tidemark::store::internal {

// The links of the change of this stamp that has an event in `row`.
std::vector<Link> read_links(File& file, std::int64_t row, const Stamp& stamp);
// Its links and metadata, put into `change`.
void read_notes(File& file, std::int64_t row, const Stamp& stamp, Change& change);

}  // namespace tidemark::store::internal
