// What an undo, or a redo, is asked to take back, as changes and the cells that they wrote. Internal to Replica.
#pragma once

#include <cstdint>
#include <set>
#include <string_view>
#include <vector>

#include "client/history.h"
#include "store/store.h"

namespace tidemark {

struct UndoChoice {
  std::vector<Stamp> changes;  // ascending, each once
  std::set<Cell> cells;
};

// bad_request, unknown_stamp, not_of_entity.
Result<UndoChoice> choose_undo(const store::Store& store, const UndoRequest& request);

// The last `count` undos of an entity, or of the file if it is empty, and those that go with them; empty if there are none.
std::vector<Stamp> choose_redo(const store::Store& store, std::string_view entity, std::uint64_t count);

}  // namespace tidemark
