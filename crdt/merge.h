// The law: which of two events of one cell wins. Pure and total, so the state of a cell depends only
// on the set of its events, never on order of arrival, batching or replay.
#pragma once

#include "crdt/value.h"
#include "hlc/stamp.h"

namespace tidemark {

// True if (stamp, value) beats (other, other_value) in their common cell. The greater stamp wins, and
// since a stamp ends with the real node id there are no ties between nodes. Equal stamps with
// different content come only from a fork or a hostile device: then the greater canonical bytes win.
bool wins(const Stamp& stamp, const Value& value, const Stamp& other, const Value& other_value);

}  // namespace tidemark
