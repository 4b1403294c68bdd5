// Notes: what a change says beside its events, found from any of its rows.
#pragma once

#include "store/internal/file.h"

namespace tidemark::store::internal {

// Puts the links and metadata of the change of this stamp, which has an event in `row`, into `change`.
void read_notes(File& file, std::int64_t row, const Stamp& stamp, Change& change);

}  // namespace tidemark::store::internal
