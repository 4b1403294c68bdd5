#include "crdt/regions.h"

#include <algorithm>

namespace tidemark {
namespace {

// The hunks of one side that are not in a region yet.
class Side {
 public:
  explicit Side(const std::vector<Hunk>& hunks) : next_(hunks.begin()), end_(hunks.end()) {}

  bool done() const { return next_ == end_; }
  std::size_t next_begin() const { return next_->base.begin; }

  // Takes the next hunk into the region if it begins at or before `base_end`, which then moves to the hunk's end.
  bool take(std::size_t& base_end) {
    if (done() || next_->base.begin > base_end) return false;
    base_end = std::max(base_end, next_->base.end);
    last_ = *next_++;
    return true;
  }

  // Where this side has what base has at `base_at`, which no hunk behind the last that was taken may lie before.
  std::size_t position(std::size_t base_at) const { return last_.side.end + (base_at - last_.base.end); }

 private:
  std::vector<Hunk>::const_iterator next_, end_;
  Hunk last_;  // at first the empty one at the beginning
};

}  // namespace

std::vector<Region> regions(const std::vector<Hunk>& winner_hunks, const std::vector<Hunk>& loser_hunks) {
  std::vector<Region> regions;
  Side winner(winner_hunks);
  Side loser(loser_hunks);
  while (!winner.done() || !loser.done()) {
    std::size_t begin = 0;
    if (winner.done()) {
      begin = loser.next_begin();
    } else if (loser.done()) {
      begin = winner.next_begin();
    } else {
      begin = std::min(winner.next_begin(), loser.next_begin());
    }
    Region region{{begin, begin}, {winner.position(begin), 0}, {loser.position(begin), 0}};
    while (winner.take(region.base.end) || loser.take(region.base.end)) {}
    region.winner.end = winner.position(region.base.end);
    region.loser.end = loser.position(region.base.end);
    regions.push_back(region);
  }
  return regions;
}

}  // namespace tidemark
