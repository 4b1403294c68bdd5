// Damage: bundles and unsealed changes of a replica file that are not what the file's own chains of hashes say.
#pragma once

#include <string>
#include <vector>

#include "store/store.h"

namespace tidemark {

// Bundle n of a node, and what is wrong with it in one sentence.
struct DamagedBundle {
  NodeId node;
  std::uint64_t n = 0;
  std::string problem;
};

// Encodes every bundle again and compares heads, the kept bytes of parked ones included. Ascending by (node, n). A wrong
// head shows at two places: at its own bundle and at the one that builds on it. Progress counts bundles.
std::vector<DamagedBundle> damaged_bundles(const store::Store& store, const store::Progress& progress = {});

// Unsealed changes that nobody can have recorded, one sentence each. They have no hash yet, so that a change into another
// possible one is not seen here.
std::vector<std::string> damaged_tails(const store::Store& store);

}  // namespace tidemark
