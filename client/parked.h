// Parked bundles: received, kept, in their chain, but not applied, because this version cannot read them or because their
// time has not come.
#pragma once

#include <functional>

#include "store/store.h"

namespace tidemark {

// Applies those that can be applied now, each in a transaction of its own, and gives their number. A bundle whose last
// stamp lies more than a day after `now_ms` waits on; one whose kept bytes are damaged stays where it is. `applied` gets
// the changes and may be empty.
std::uint64_t apply_parked(store::Store& store, std::int64_t now_ms,
                           const std::function<void(std::vector<Change>&&)>& applied = {});

}  // namespace tidemark
