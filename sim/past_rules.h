// PastRules: what undo and time travel must show, by our own reading of the events and nothing else (I13, I14).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "client/replica.h"
#include "store/store.h"

namespace tidemark::sim {

// What a user sees: every value but null, and of `deleted` only true.
using Seen = std::map<Cell, Value>;
Seen seen_now(const store::Store& store);

// What the cell would show if undone changes had never been: the greatest event that no live later event of the cell
// undoes, and that undoes nothing itself. Nothing: no such event, or null.
std::optional<Value> without_undone(const store::Store& store, const Cell& cell);

// The fold of all events up to the stamp.
Seen seen_at(const store::Store& store, const Stamp& cut);

// Nothing, or what two pictures differ in.
std::optional<std::string> difference(const Seen& a, const Seen& b);

}  // namespace tidemark::sim
