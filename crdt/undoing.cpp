#include "crdt/undoing.h"

#include <algorithm>

namespace tidemark {
namespace {

bool is_in(std::span<const Stamp> stamps, const Stamp& stamp) {
  return std::find(stamps.begin(), stamps.end(), stamp) != stamps.end();
}

std::optional<std::size_t> position(std::span<const CellEvent> events, const std::optional<Stamp>& stamp) {
  const auto found =
      std::find_if(events.begin(), events.end(), [&](const auto& event) { return event.stamp == stamp; });
  if (found == events.end()) return std::nullopt;
  return std::size_t(found - events.begin());
}

// True if one of the changes that a compensation undoes is an ordinary write: else it is a redo.
bool is_undo(std::span<const CellEvent> events, std::size_t at) {
  return events[at].compensates() &&
         std::any_of(events.begin(), events.begin() + std::ptrdiff_t(at),
                     [&](const auto& e) { return !e.compensates() && is_in(events[at].undoes, e.stamp); });
}

// True if nobody wrote the cell since this undo but by undoing and redoing.
bool still_stands(std::span<const CellEvent> events, const std::vector<bool>& live, std::size_t undo) {
  for (std::size_t i = undo + 1; i < events.size(); ++i) {
    if (live[i] && !events[i].compensates()) return false;
  }
  return live[undo];
}

// True if the chain of bases leads from one event to an earlier one.
bool stands_on(std::span<const CellEvent> events, std::size_t upper, std::size_t lower) {
  for (std::optional<std::size_t> at = upper; at && *at > lower;) {
    const auto base = position(events, events[*at].base);
    if (base && *base >= *at) return false;  // forged
    at = base;
    if (at == lower) return true;
  }
  return false;
}

// True if one of the cell's events is undone by both.
bool undo_the_same(std::span<const CellEvent> events, std::size_t a, std::size_t b) {
  return std::any_of(events.begin(), events.end(), [&](const CellEvent& event) {
    return is_in(events[a].undoes, event.stamp) && is_in(events[b].undoes, event.stamp);
  });
}

// True if a redo of `chosen` alone would not show what that had seen: the other undo takes it away as well, or the two are parts
// of one.
bool belongs_to(std::span<const CellEvent> events, std::size_t other, std::size_t chosen) {
  if (!undo_the_same(events, other, chosen)) return false;
  const auto [lower, upper] = std::minmax(other, chosen);
  if (stands_on(events, upper, lower))
    return events[upper].base == events[lower].stamp && events[upper].value == events[lower].value;
  return events[chosen].base && is_in(events[other].undoes, *events[chosen].base);
}

std::optional<std::size_t> left_of(std::span<const CellEvent> events, std::span<const Stamp> undone) {
  const auto first = position(events, undone.front());
  if (first && events[*first].compensates()) {
    const auto seen = position(events, events[*first].base);
    if (seen && live_events(events, undone)[*seen]) return seen;
  }
  return event_without(events, undone);
}

}  // namespace

std::optional<std::size_t> next_to_undo(std::span<const CellEvent> events, std::span<const Stamp> chosen) {
  const bool touched =
      std::any_of(events.begin(), events.end(), [&](const auto& event) { return is_in(chosen, event.stamp); });
  return touched ? event_without(events, chosen) : shown_event(events);
}

std::optional<std::size_t> next_to_redo(std::span<const CellEvent> events, std::span<const Stamp> chosen) {
  const std::vector<bool> live = live_events(events, chosen);
  for (std::size_t i = events.size(); i-- > 0;) {
    if (!live[i]) continue;
    if (!events[i].compensates()) return std::nullopt;
    if (is_undo(events, i)) return i;
  }
  return std::nullopt;
}

void join_undos(std::span<const CellEvent> events, std::vector<Stamp>& chosen) {
  const std::vector<bool> live = live_events(events);
  const auto belongs = [&](std::size_t one) {
    for (std::size_t other = 0; other < events.size(); ++other) {
      if (is_in(chosen, events[other].stamp) && belongs_to(events, one, other)) return true;
    }
    return false;
  };
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (!live[i] || !is_undo(events, i) || is_in(chosen, events[i].stamp) || !belongs(i)) continue;
      chosen.push_back(events[i].stamp);
      more = true;
    }
  }
}

CellUndo undo_in(std::span<const CellEvent> events, std::span<const Stamp> changes) {
  const std::vector<bool> live = live_events(events);
  const std::optional<std::size_t> shown = shown_event(events);
  CellUndo result;
  bool touches = false;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!std::binary_search(changes.begin(), changes.end(), events[i].stamp)) continue;
    if (!live[i]) {
      result.undone_before = true;
      continue;
    }
    result.undone.push_back(events[i].stamp);
    result.undoes_writes = result.undoes_writes || !events[i].compensates();
    if (events[i].compensates() ? still_stands(events, live, i) : shown == i)
      touches = true;
    else
      result.in_the_way = i;
  }
  if (touches) {
    result.left = left_of(events, result.undone);
    result.in_the_way.reset();
  } else {
    result.undone.clear();
    result.undoes_writes = false;
  }
  return result;
}

}  // namespace tidemark
