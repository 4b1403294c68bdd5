// Surgery: changes that get another stamp, or go, and everything that this touches in one step: the links of their
// cells, the winners, the bases and links of changes that name them, and an alias for each stamp that went.
#pragma once

#include <vector>

#include "store/internal/chains.h"

namespace tidemark::store::internal {

struct MovedChange {
  StoredChange stored;   // as it is now
  Stamp to;              // its stamp from now on; the old one leaves an alias if they differ
  bool dropped = false;  // its events go, because the file holds the same change under `to` already
};

// Inside the caller's transaction, and before the rows of `bundles` and `nodes` are adapted: who may be rewritten
// depends on what is sealed. Bases and links follow in the moved changes themselves and in unsealed changes of own
// nodes; sealed bytes never change. Gives the cells whose value changed.
//
// `unseals`: the moved changes are sealed anew, so they may also follow what was taken back while they were sealed. Without
// it their bytes are known already, and only what moves now is followed.
std::vector<Cell> operate(File& file, const std::vector<MovedChange>& moves, bool unseals = false);

}  // namespace tidemark::store::internal
