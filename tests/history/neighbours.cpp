#include "tests/history/neighbours.h"

#include <algorithm>

namespace tidemark::test {

Cells cells_of(const Vault& vault, const Bundles& bundles) {
  Cells cells;
  for (std::size_t i = 0; i < vault.commits.size(); ++i) {
    const Commit& commit = vault.commits[i];
    std::map<Cell, Stamp> stamps;
    for (const store::Arrival& bundle : bundles[i]) {
      for (const Event& event : bundle.changes[0].events) stamps[event.cell] = bundle.changes[0].stamp;
    }
    for (std::size_t j = 0; j < commit.writes.size(); ++j) {
      const Write& write = commit.writes[j];
      cells[write.cell].push_back({i, commit.places[j], stamps.at(write.cell), &write.value});
    }
  }
  for (auto& [cell, writes] : cells) {
    std::sort(writes.begin(), writes.end(), [](const Wrote& a, const Wrote& b) { return a.stamp < b.stamp; });
  }
  return cells;
}

const Wrote* seen_by(const Vault& vault, const std::vector<Wrote>& writes, const Wrote& by) {
  const Wrote* greatest = nullptr;
  for (const Wrote& one : writes) {
    if (one.commit != by.commit && vault.saw(by.commit, one.commit)) greatest = &one;
  }
  return greatest;
}

Fate fate_of(const Vault& vault, const std::vector<Wrote>& writes, const Wrote& one) {
  for (const Wrote& later : writes) {
    if (seen_by(vault, writes, later) == &one) return Fate::succeeded;
  }
  if (*one.value == *writes.back().value) return Fate::equal;
  const Wrote* const base = seen_by(vault, writes, one);
  for (const Wrote& later : writes) {
    const Wrote* const seen = seen_by(vault, writes, later);
    if (seen != nullptr && *seen->value == *one.value && seen_by(vault, writes, *seen) == base) return Fate::copied;
  }
  return Fate::lost;
}

std::set<Neighbours> concurrent_neighbours(const Vault& vault, const Cells& cells, const Before& before) {
  std::set<Neighbours> found;
  for (const auto& [cell, writes] : cells) {
    std::vector<const Wrote*> order;
    for (const Wrote& one : writes) order.push_back(&one);
    std::sort(order.begin(), order.end(), [&](const Wrote* a, const Wrote* b) { return before(*a, *b); });
    for (std::size_t i = 1; i < order.size(); ++i) {
      if (!vault.concurrent(order[i - 1]->commit, order[i]->commit)) continue;
      const auto [lower, upper] = std::minmax(order[i - 1], order[i]);  // the cell's writes ascend by stamp
      found.insert({&cell, lower, upper});
    }
  }
  return found;
}

std::size_t count_cells(const std::set<Neighbours>& neighbours) {
  std::set<const Cell*> cells;
  for (const Neighbours& two : neighbours) cells.insert(two.cell);
  return cells.size();
}

}  // namespace tidemark::test
