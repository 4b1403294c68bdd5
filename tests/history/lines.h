// Lines: the commits of a vault written again by real replicas, one for each line of first parents.
//
// A replica writes a commit when it holds exactly what the commit's ancestors wrote. A line that leaves another one begins
// with a copy of that one's file, as a new device does, and takes a node of its own; at a merge come the bundles of the
// other side. A commit without writes makes no change, and one that is too large for a change makes several.
#pragma once

#include <functional>
#include <vector>

#include "client/replica.h"
#include "store/store.h"
#include "tests/history/vault.h"

namespace tidemark::test {

// What each commit wrote, as bundles of one change in which it travels; none if it wrote nothing.
using Bundles = std::vector<std::vector<store::Arrival>>;

// Of the last change that a commit wrote.
Stamp stamp_of(const Bundles& bundles, std::size_t commit);

// Sees the replica of a commit's line when the commit has just been written, and the stamp of its last change.
using Seen = std::function<void(std::size_t commit, const Stamp& stamp, const Replica& replica)>;
Bundles write_lines(const Vault& vault, const Seen& seen);

// A replica of all the bundles, which come in this order; those of a line in theirs.
Replica gather(const Bundles& bundles, const std::vector<std::size_t>& order);

// The commits with writes, in graph order.
std::vector<std::size_t> writing_commits(const Vault& vault);

}  // namespace tidemark::test
