// Repairing a replica file and a relay's log from each other, over a real connection.
#pragma once

#include "client/repair.h"
#include "client/syncing.h"

namespace tidemark {

struct RepairOutcome {
  Repaired repaired;
  std::optional<Error> error;  // the connection failed; what was put back before is kept
};

// Blocks. Throws StoreError: locked; corrupt if only salvage helps. A sync afterwards gives the relay what it lacks.
RepairOutcome repair_once(const std::string& path, const SyncOptions& options, const ReplicaOptions& replica = {},
                          const store::Progress& progress = {});

}  // namespace tidemark
