// Covered: what a device's file has of the log's entries that its cursor covers.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/log_watch.h"
#include "store/store.h"

namespace tidemark::sim {

struct Covered {
  std::optional<std::uint64_t>
      missing;                // the seq of the first that is not there; what comes after it was not looked at
  std::optional<Stamp> last;  // the greatest stamp of those that are folded, and of what was before
};

// Looks at the entries after `after_seq`; `last` is the greatest stamp of what was before. Of a log that was lost behind
// the cursor it remembers more than is there: then nothing counts as missing. Throws what the store throws.
Covered read_covered(const store::Store& store, const LogLedger& ledger, std::uint64_t after_seq,
                     std::optional<Stamp> last);

}  // namespace tidemark::sim
