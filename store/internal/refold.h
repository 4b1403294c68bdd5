// Refold: what `attributes` and the links of `events` must be, computed from `events` alone.
#pragma once

#include <functional>
#include <unordered_map>

#include "store/internal/file.h"

namespace tidemark::store::internal {

struct RefoldedCell {
  Stamp stamp;  // of the winner
  std::int64_t node = 0;
  std::int64_t event = 0;
  std::int64_t last = 0;
};

struct Refold {
  std::unordered_map<std::int64_t, RefoldedCell> cells;  // by key
  std::optional<Stamp> greatest;                         // of all events
  std::uint64_t events = 0;
};

// Scans `events`, or only those of one entity. Calls `wrong_link(row, prev)` for each event whose link is not `prev`.
// Progress counts events.
Refold refold(File& file, const std::function<void(std::int64_t row, std::optional<std::int64_t> prev)>& wrong_link,
              const Progress& progress, std::uint64_t total, std::optional<std::int64_t> entity = {});

// Makes the rows of `attributes` and the links anew from `events`, for all entities or for one, inside the caller's
// transaction. A clock that lies behind them is put forward.
void rebuild_fold(File& file, std::optional<std::int64_t> entity, const Progress& progress);

}  // namespace tidemark::store::internal
