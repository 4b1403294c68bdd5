#include "crdt/model.h"

#include <algorithm>
#include <set>

#include "crdt/json.h"
#include "crdt/merge.h"

namespace tidemark {
namespace {

using Known = std::pair<Stamp, Event>;

bool before(const Known& a, const Known& b) {
  if (a.first != b.first) return a.first < b.first;
  const int order = compare_canonical(a.second.value, b.second.value);
  return order != 0 ? order < 0 : a.second.base < b.second.base;
}

// Every stamp that can be reached from `stamp` by going from an event to its base.
std::set<Stamp> ancestors(const std::vector<Known>& events, const std::optional<Stamp>& stamp) {
  std::set<Stamp> seen;
  std::vector<Stamp> waiting;
  if (stamp) waiting.push_back(*stamp);
  while (!waiting.empty()) {
    const Stamp next = waiting.back();
    waiting.pop_back();
    if (!seen.insert(next).second) continue;
    for (const auto& [known, event] : events) {
      if (known == next && event.base) waiting.push_back(*event.base);
    }
  }
  return seen;
}

}  // namespace

void Model::apply(const Change& change) {
  for (const Event& event : change.events) {
    const Known known{change.stamp, event};
    std::vector<Known>& events = history_[event.cell];
    const auto place = std::lower_bound(events.begin(), events.end(), known, before);
    if (place == events.end() || before(known, *place)) events.insert(place, known);

    const auto [winner, fresh] = state_.try_emplace(event.cell, Winner{change.stamp, event.value});
    if (!fresh && wins(change.stamp, event.value, winner->second.stamp, winner->second.value)) {
      winner->second = {change.stamp, event.value};
    }
  }
}

std::vector<std::pair<Stamp, Event>> Model::history(const Cell& cell) const {
  const auto found = history_.find(cell);
  return found == history_.end() ? std::vector<Known>{} : found->second;
}

std::vector<std::pair<Stamp, Event>> Model::conflicts(const Cell& cell) const {
  std::vector<Known> events = history(cell);
  if (events.empty()) return {};
  const Known winner = events.back();
  const std::set<Stamp> seen = ancestors(events, winner.second.base);
  events.pop_back();
  events.erase(std::remove_if(events.begin(), events.end(), [&](const Known& e) { return seen.count(e.first) > 0; }),
               events.end());
  return events;
}

std::string Model::export_state() const {
  std::string lines;
  for (const auto& [cell, winner] : state_) {
    lines += "{\"attribute\":" + quote_json(cell.attribute) + ",\"entity\":" + quote_json(cell.entity) +
             ",\"value\":" + winner.value.to_json() + "}\n";
  }
  return lines;
}

}  // namespace tidemark
