// Three-way merge of values: what two writers who had not seen each other made of one value.
//
// Pure and deterministic; docs/history.md, "Merging", has the rules. Symmetric up to the order of array elements, which
// is the winner's, with the loser's additions behind.
#pragma once

#include <optional>

#include "crdt/value.h"

namespace tidemark {

// The merged value, or nothing if the sides clash or the result exceeds a limit of values. O(n * d) for texts of n lines
// that differ in d (crdt/diff.h), where d is bounded: beyond max_diff_edits a text counts as wholly changed.
std::optional<Value> merge_values(const Value& base, const Value& winner, const Value& loser);

}  // namespace tidemark
