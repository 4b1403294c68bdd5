#include "crdt/lineage.h"

#include <algorithm>
#include <map>
#include <set>

#include "hlc/assert.h"

namespace tidemark {
namespace {

// Positions of the events of a stamp, which are several only after a fork or a forgery.
using Positions = std::multimap<Stamp, std::size_t>;

Positions positions_of(std::span<const CellEvent> events) {
  Positions positions;
  for (std::size_t i = 0; i < events.size(); ++i) positions.emplace_hint(positions.end(), events[i].stamp, i);
  return positions;
}

// What an event's writer had seen at once: its base and what it settles, as far as it is here and lies before it. What a
// change settled that was undone since counts as unseen again.
std::vector<std::size_t> parents_of(std::span<const CellEvent> events, const Positions& positions,
                                    const std::vector<bool>& live, std::size_t at) {
  std::vector<std::size_t> parents;
  const auto add = [&](const Stamp& stamp) {
    const auto [first, last] = positions.equal_range(stamp);
    for (auto found = first; found != last; ++found) {
      if (events[found->second].stamp < events[at].stamp) parents.push_back(found->second);
    }
  };
  if (events[at].base) add(*events[at].base);
  if (live[at]) {
    for (const Stamp& settled : events[at].settles) add(settled);
  }
  return parents;
}

std::vector<bool> seen_by(std::span<const CellEvent> events, const Positions& positions, const std::vector<bool>& live,
                          std::size_t at) {
  std::vector<bool> seen(events.size(), false);
  seen[at] = true;
  // Parents lie before their children, so one pass downwards reaches all.
  for (std::size_t i = at + 1; i-- > 0;) {
    if (!seen[i]) continue;
    for (const std::size_t parent : parents_of(events, positions, live, i)) seen[parent] = true;
  }
  return seen;
}

std::optional<std::size_t> common_of(std::span<const CellEvent> events, const Positions& positions,
                                     const std::vector<bool>& live, std::size_t a, std::size_t b) {
  const std::vector<bool> by_a = seen_by(events, positions, live, a);
  const std::vector<bool> by_b = seen_by(events, positions, live, b);
  for (std::size_t i = std::min(a, b) + 1; i-- > 0;) {
    if (by_a[i] && by_b[i]) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> greatest_write(std::span<const CellEvent> events, const std::vector<bool>& live,
                                          std::size_t below) {
  for (std::size_t i = below; i-- > 0;) {
    if (live[i] && !events[i].compensates()) return i;
  }
  return std::nullopt;
}

}  // namespace

std::vector<bool> live_events(std::span<const CellEvent> events, std::span<const Stamp> also) {
  std::vector<bool> live(events.size(), true);
  std::set<Stamp> undone(also.begin(), also.end());
  for (std::size_t i = events.size(); i-- > 0;) {
    live[i] = undone.count(events[i].stamp) == 0;
    if (!live[i]) continue;
    for (const Stamp& target : events[i].undoes) {
      if (target < events[i].stamp) undone.insert(target);
    }
  }
  return live;
}

std::optional<std::size_t> shown_event(std::span<const CellEvent> events) {
  if (events.empty()) return std::nullopt;
  const std::size_t winner = events.size() - 1;
  if (!events[winner].compensates()) return winner;
  const std::vector<bool> live = live_events(events);
  for (std::size_t i = winner; i-- > 0;) {
    if (live[i] && !events[i].compensates() && events[i].value == events[winner].value) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> event_without(std::span<const CellEvent> events, std::span<const Stamp> undone) {
  return greatest_write(events, live_events(events, undone), events.size());
}

std::vector<std::size_t> heads_of(std::span<const CellEvent> events) {
  const Positions positions = positions_of(events);
  const std::vector<bool> live = live_events(events);
  std::vector<bool> succeeded(events.size(), false);
  for (std::size_t i = 0; i < events.size(); ++i) {
    for (const std::size_t parent : parents_of(events, positions, live, i)) succeeded[parent] = true;
  }
  std::vector<std::size_t> heads;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i + 1 == events.size() || (live[i] && !succeeded[i])) heads.push_back(i);
  }
  return heads;
}

std::vector<LostWrite> lost_writes(std::span<const CellEvent> events) {
  std::vector<LostWrite> lost;
  if (events.size() < 2) return lost;
  const std::size_t winner = events.size() - 1;
  const std::vector<std::size_t> heads = heads_of(events);
  if (heads.size() == 1) return lost;
  const Positions positions = positions_of(events);
  const std::vector<bool> live = live_events(events);
  const std::vector<bool> seen = seen_by(events, positions, live, winner);
  for (const std::size_t head : heads) {
    if (head == winner) continue;
    const std::vector<bool> past = seen_by(events, positions, live, head);
    bool known = false;  // the winner's author had seen this value, written by somebody else
    std::optional<std::size_t> base;
    for (std::size_t i = 0; i < events.size(); ++i) {
      known = known || (live[i] && seen[i] && !past[i] && events[i].value == events[head].value);
      if (seen[i] && past[i]) base = i;
    }
    if (!known) lost.push_back({head, winner, base});
  }
  return lost;
}

std::optional<std::size_t> common_base(std::span<const CellEvent> events, std::size_t a, std::size_t b) {
  TIDEMARK_ASSERT(a < events.size() && b < events.size());
  return common_of(events, positions_of(events), live_events(events), a, b);
}

}  // namespace tidemark
