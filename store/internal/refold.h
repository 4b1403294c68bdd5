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

// Scans `events`. Calls `wrong_link(row, prev)` for each event whose link is not `prev`. Progress counts events.
Refold refold(File& file, const std::function<void(std::int64_t row, std::optional<std::int64_t> prev)>& wrong_link,
              const Progress& progress, std::uint64_t total);

}  // namespace tidemark::store::internal
