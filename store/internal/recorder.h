// Recorder: new changes of the current node on their way into the file, inside the caller's transaction.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "store/internal/chains.h"
#include "store/internal/fold.h"

namespace tidemark::store::internal {

class Recorder {
 public:
  explicit Recorder(File& file);

  // True if a cell has another winner than the one that the write was decided by.
  bool is_stale(const Recording& recording);
  // Gives the stamp of the change, or nothing if skip_unchanged left nothing over. A change that takes the place of
  // `earlier`, which has the same cells, gets the bases of that one, and is recorded whole or not at all.
  std::optional<Stamp> add(const Recording& recording, const Change* earlier = nullptr);
  // Writes the cells, the tail and the clock. Gives the cells whose value changed. With `seal`: see Store::record.
  std::vector<Cell> finish(const SealOne& seal);

 private:
  std::vector<Event> changing(std::vector<Event> events);
  bool nothing_waits(const Head& head);
  void seal_one(const SealOne& seal);

  File& file_;
  NodeRecord node_;
  Clock clock_;
  std::deque<Change> kept_;  // the fold points to their values until it is written
  Fold fold_;
};

}  // namespace tidemark::store::internal
