#include "sim/past_rules.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tidemark::sim {
namespace {

bool is_seen(const Cell& cell, const Value& value) {
  return cell.attribute == deleted_attribute ? value == Value::boolean(true) : value.type() != ValueType::null;
}

// The events of a cell, ascending, with what each undoes.
struct Row {
  Stamp stamp;
  Value value;
  std::vector<Stamp> undoes;
};

std::vector<Row> rows_of(const store::Store& store, const Cell& cell) {
  std::vector<Row> rows;
  for (const store::HistoryRow& each : store.history(cell)) {
    rows.push_back({each.stamp, each.event.value, {}});
    for (const Link& link : each.links) {
      if (link.kind == LinkKind::undoes) rows.back().undoes.push_back(link.target);
    }
  }
  return rows;
}

// By definition, from event to event.
bool is_live(const std::vector<Row>& rows, std::size_t at) {
  for (std::size_t later = at + 1; later < rows.size(); ++later) {
    const std::vector<Stamp>& targets = rows[later].undoes;
    const bool undoes = std::find(targets.begin(), targets.end(), rows[at].stamp) != targets.end();
    if (undoes && rows[at].stamp < rows[later].stamp && is_live(rows, later)) return false;
  }
  return true;
}

std::string text_of(const Cell& cell, const Seen& seen) {
  const auto at = seen.find(cell);
  return at == seen.end() ? "nothing" : at->second.to_json();
}

}  // namespace

Seen seen_now(const store::Store& store) {
  Seen seen;
  store.for_each_cell([&](const store::CellState& state) {
    if (is_seen(state.cell, state.value)) seen.emplace(state.cell, state.value);
    return true;
  });
  return seen;
}

std::optional<Value> without_undone(const store::Store& store, const Cell& cell) {
  const std::vector<Row> rows = rows_of(store, cell);
  for (std::size_t i = rows.size(); i-- > 0;) {
    if (!rows[i].undoes.empty() || !is_live(rows, i)) continue;
    if (!is_seen(cell, rows[i].value)) return std::nullopt;
    return rows[i].value;
  }
  return std::nullopt;
}

Seen seen_at(const store::Store& store, const Stamp& cut) {
  std::map<Cell, std::pair<Stamp, Value>> winners;
  store.for_each_event([&](const store::HistoryRow& row) {
    if (row.stamp > cut) return true;
    const auto [at, fresh] = winners.try_emplace(row.event.cell, row.stamp, row.event.value);
    const bool beats = at->second.first < row.stamp ||
                       (at->second.first == row.stamp && compare_canonical(at->second.second, row.event.value) < 0);
    if (!fresh && beats) at->second = {row.stamp, row.event.value};
    return true;
  });
  Seen seen;
  for (auto& [cell, winner] : winners) {
    if (is_seen(cell, winner.second)) seen.emplace(cell, std::move(winner.second));
  }
  return seen;
}

std::optional<std::string> difference(const Seen& a, const Seen& b) {
  for (const Seen* one : {&a, &b}) {
    for (const auto& [cell, value] : *one) {
      const std::string in_a = text_of(cell, a);
      const std::string in_b = text_of(cell, b);
      if (in_a != in_b) return cell.entity + "." + cell.attribute + " is " + in_a + " and " + in_b;
    }
  }
  return std::nullopt;
}

}  // namespace tidemark::sim
