#include "crdt/diff.h"

#include <algorithm>
#include <optional>

#include "crdt/limits.h"

namespace tidemark {
namespace {

// A point (x, y) has consumed x tokens of base and y of side; diagonal k holds the points with x - y = k. Row d says for
// each diagonal that d edits reach how far they get on it at most.
class EditGraph {
 public:
  EditGraph(const std::uint32_t* base, std::size_t base_size, const std::uint32_t* side, std::size_t side_size)
      : base_(base), side_(side), n_(static_cast<int>(base_size)), m_(static_cast<int>(side_size)) {}

  // The hunks in order, or nothing if more edits are needed than the limit allows.
  std::optional<std::vector<Hunk>> hunks() {
    const int limit = std::min(n_ + m_, static_cast<int>(max_diff_edits));
    for (int d = 0; d <= limit; ++d) {
      if (add_row(d)) return path(d);
    }
    return std::nullopt;
  }

 private:
  // Diagonals outside of the graph are left out: lowest and highest turn back at its corners.
  int lowest(int d) const { return d <= m_ ? -d : d - 2 * m_; }
  int highest(int d) const { return d <= n_ ? d : 2 * n_ - d; }

  int reach(int d, int k) const {
    if (d < 0 || k < lowest(d) || k > highest(d)) return -1;
    return reaches_[rows_[static_cast<std::size_t>(d)] + static_cast<std::size_t>((k - lowest(d)) / 2)];
  }

  // True if the d-th edit on the best path to diagonal k inserts a token of side.
  bool inserts(int d, int k) const { return reach(d - 1, k - 1) < reach(d - 1, k + 1); }

  // True if the row reaches the end of both sequences.
  bool add_row(int d) {
    rows_.push_back(reaches_.size());
    bool done = false;
    for (int k = lowest(d); k <= highest(d); k += 2) {
      int x = 0;
      if (d > 0) x = inserts(d, k) ? reach(d - 1, k + 1) : reach(d - 1, k - 1) + 1;
      while (x < n_ && x - k < m_ && base_[x] == side_[x - k]) ++x;
      reaches_.push_back(x);
      done = done || (x == n_ && x - k == m_);
    }
    return done;
  }

  // Walks back from the end; edits that touch are one hunk.
  std::vector<Hunk> path(int edits) const {
    std::vector<Hunk> hunks;
    int k = n_ - m_;
    for (int d = edits; d > 0; --d) {
      const bool insertion = inserts(d, k);
      k += insertion ? 1 : -1;
      const auto x = static_cast<std::size_t>(reach(d - 1, k));
      const auto y = static_cast<std::size_t>(reach(d - 1, k) - k);
      const Hunk edit{{x, insertion ? x : x + 1}, {y, insertion ? y + 1 : y}};
      if (!hunks.empty() && hunks.back().base.begin == edit.base.end && hunks.back().side.begin == edit.side.end) {
        hunks.back().base.begin = x;
        hunks.back().side.begin = y;
      } else {
        hunks.push_back(edit);
      }
    }
    std::reverse(hunks.begin(), hunks.end());
    return hunks;
  }

  const std::uint32_t* base_;
  const std::uint32_t* side_;
  int n_, m_;
  std::vector<int> reaches_;       // all rows, one behind the other
  std::vector<std::size_t> rows_;  // where in reaches_ row d begins
};

void move(Hunk& hunk, std::size_t by) {
  for (std::size_t* at : {&hunk.base.begin, &hunk.base.end, &hunk.side.begin, &hunk.side.end}) *at += by;
}

// Moves the hunk towards `next` while it says the same there. True if they now touch.
bool slides_to(const Hunk& next, Hunk& hunk, const Tokens& base, const Tokens& side) {
  const bool deletes = hunk.side.begin == hunk.side.end;
  if (!deletes && hunk.base.begin != hunk.base.end) return false;
  const Tokens& tokens = deletes ? base : side;
  const Range& range = deletes ? hunk.base : hunk.side;
  while (hunk.base.end < next.base.begin && tokens[range.begin] == tokens[range.end]) move(hunk, 1);
  return hunk.base.end == next.base.begin;
}

// Moves insertions and deletions to the last of the places where they mean the same, and joins those that meet.
std::vector<Hunk> slide(const std::vector<Hunk>& hunks, const Tokens& base, const Tokens& side) {
  std::vector<Hunk> done{{{base.size(), base.size()}, {side.size(), side.size()}}};  // the last first, behind the end
  for (auto it = hunks.rbegin(); it != hunks.rend(); ++it) {
    Hunk hunk = *it;
    while (slides_to(done.back(), hunk, base, side) && done.size() > 1) {
      hunk.base.end = done.back().base.end;
      hunk.side.end = done.back().side.end;
      done.pop_back();
    }
    done.push_back(hunk);
  }
  return {done.rbegin(), done.rend() - 1};
}

}  // namespace

std::vector<Hunk> diff(const Tokens& base, const Tokens& side) {
  const std::size_t shorter = std::min(base.size(), side.size());
  std::size_t head = 0;
  while (head < shorter && base[head] == side[head]) ++head;
  std::size_t tail = 0;
  while (tail < shorter - head && base[base.size() - 1 - tail] == side[side.size() - 1 - tail]) ++tail;

  const Hunk middle{{head, base.size() - tail}, {head, side.size() - tail}};
  const std::size_t base_size = middle.base.end - head;
  const std::size_t side_size = middle.side.end - head;
  if (base_size == 0 && side_size == 0) return {};
  if (base_size == 0 || side_size == 0) return {middle};

  auto hunks = EditGraph(base.data() + head, base_size, side.data() + head, side_size).hunks();
  if (!hunks) return {middle};
  for (Hunk& hunk : *hunks) move(hunk, head);
  return slide(*hunks, base, side);
}

}  // namespace tidemark
