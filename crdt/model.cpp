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
  const std::vector<Known> events = history(cell);
  std::vector<Known> lost;
  for (const Known& one : events) {
    const auto written_over = [&](const Known& other) {
      return other.second.base == one.first && one.first < other.first;
    };
    if (std::any_of(events.begin(), events.end(), written_over)) continue;
    if (!(one.second.value == events.back().second.value)) lost.push_back(one);
  }
  return lost;
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
