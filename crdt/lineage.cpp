#include "crdt/lineage.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace tidemark {
namespace {

// Who had seen whom.
class Sight {
 public:
  explicit Sight(std::span<const CellEvent> events) : events_(events), live_(live_events(events)) {
    const auto less = [&](std::size_t a, std::size_t b) {
      const auto rest = [&](std::size_t at) {
        return std::tie(events[at].base, events[at].undoes, events[at].settles);
      };
      if (rest(a) != rest(b)) return rest(a) < rest(b);
      return compare_canonical(events[a].value, events[b].value) < 0;
    };
    std::set<std::size_t, decltype(less)> twins(less);
    for (std::size_t i = 0; i < events.size(); ++i) {
      positions_.emplace_hint(positions_.end(), events[i].stamp, i);
      twin_.push_back(*twins.insert(i).first);
    }
  }

  bool live(std::size_t at) const { return live_[at]; }

  // The first of those that wrote the same value upon the same base, with the same links: they are one edit, made twice.
  std::size_t twin(std::size_t at) const { return twin_[at]; }

  // What an event's writer had seen at once, as far as it is here and lies before it: the base, what it settles, and what
  // an undo puts back. What a change settled that was undone since counts as unseen again.
  std::vector<std::size_t> parents(std::size_t at) const {
    std::vector<std::size_t> parents;
    const CellEvent& event = events_[at];
    if (event.base) add(*event.base, at, parents);
    if (live_[at]) {
      for (const Stamp& settled : event.settles) add(settled, at, parents);
    }
    if (event.compensates()) {
      for (std::size_t i = at; i-- > 0;) {
        if (events_[i].compensates() || !(events_[i].value == event.value)) continue;
        parents.push_back(i);
        break;
      }
    }
    return parents;
  }

  // Itself, its parents, theirs, and all that are one edit with one of them.
  std::vector<bool> seen_by(std::size_t at) const {
    std::vector<bool> seen(events_.size(), false);
    std::vector<bool> twins(events_.size(), false);
    seen[at] = true;
    // Parents lie before their children, and twins have the same, so one pass downwards reaches all.
    for (std::size_t i = at + 1; i-- > 0;) {
      if (!seen[i]) continue;
      twins[twin_[i]] = true;
      for (const std::size_t parent : parents(i)) seen[parent] = true;
    }
    for (std::size_t i = 0; i < seen.size(); ++i) seen[i] = seen[i] || twins[twin_[i]];
    return seen;
  }

  std::optional<std::size_t> common(std::size_t a, std::size_t b) const {
    const std::vector<bool> by_a = seen_by(a);
    const std::vector<bool> by_b = seen_by(b);
    for (std::size_t i = std::min(a, b) + 1; i-- > 0;) {
      if (by_a[i] && by_b[i]) return i;
    }
    return std::nullopt;
  }

 private:
  void add(const Stamp& stamp, std::size_t child, std::vector<std::size_t>& parents) const {
    const auto [first, last] = positions_.equal_range(stamp);
    for (auto found = first; found != last; ++found) {
      if (events_[found->second].stamp < events_[child].stamp) parents.push_back(found->second);
    }
  }

  std::span<const CellEvent> events_;
  std::vector<bool> live_;
  std::multimap<Stamp, std::size_t> positions_;  // several of a stamp only after a fork or a forgery
  std::vector<std::size_t> twin_;
};

std::vector<std::size_t> heads_of(std::span<const CellEvent> events, const Sight& sight) {
  std::vector<bool> succeeded(events.size(), false);
  for (std::size_t i = 0; i < events.size(); ++i) {
    for (const std::size_t parent : sight.parents(i)) succeeded[sight.twin(parent)] = true;
  }
  std::vector<std::size_t> heads;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i + 1 == events.size() || (sight.live(i) && !succeeded[sight.twin(i)])) heads.push_back(i);
  }
  return heads;
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

std::vector<std::size_t> heads_of(std::span<const CellEvent> events) { return heads_of(events, Sight(events)); }

std::vector<LostWrite> lost_writes(std::span<const CellEvent> events) {
  std::vector<LostWrite> lost;
  if (events.size() < 2) return lost;
  const Sight sight(events);
  const std::size_t winner = events.size() - 1;
  for (const std::size_t head : heads_of(events, sight)) {
    if (events[head].value == events[winner].value) continue;
    lost.push_back({head, winner, sight.common(head, winner)});
  }
  return lost;
}

}  // namespace tidemark
