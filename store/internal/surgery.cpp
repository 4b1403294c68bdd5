#include "store/internal/surgery.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "crdt/merge.h"
#include "store/internal/aliases.h"
#include "store/internal/audit_index.h"
#include "store/internal/fold.h"

namespace tidemark::store::internal {

namespace {

struct Row {
  std::int64_t id = 0;
  std::int64_t node_id = 0;
  Stamp stamp;
  std::optional<Stamp> base;
  std::optional<std::int64_t> prev;
  const MovedChange* move = nullptr;
};

class Surgery {
 public:
  Surgery(File& file, const std::vector<MovedChange>& moves, bool unseals)
      : file_(file), moves_(moves), unseals_(unseals), tails_(file) {
    for (const MovedChange& move : moves) {
      if (move.to != move.stored.change.stamp) targets_.emplace(move.stored.change.stamp, move.to);
      for (const std::int64_t row : move.stored.rows) move_of_row_.emplace(row, &move);
      cells_.insert(move.stored.cells.begin(), move.stored.cells.end());
    }
  }

  std::vector<Cell> run() {
    file_.put_meta("maintenance", 1);
    follow_links();
    for (const std::int64_t cell : cells_) repair(cell);
    bool dropped = false;
    for (const MovedChange& move : moves_) {
      if (move.to != move.stored.change.stamp) put_alias(file_, move.stored.change.stamp, move.to);
      if (!move.dropped) continue;
      dropped = true;
      file_.connection.query("DELETE FROM change_notes WHERE event = ?").with(move.stored.rows.front()).run();
    }
    // Rows never return, or other processes would take new events for old ones.
    if (dropped) file_.put_meta("last_row", file_.state.last_row);
    file_.drop_meta("maintenance");
    return sorted_cells(file_, changed_);
  }

 private:
  // Where a stamp that moves now, or that moved while the one that names it was sealed, went.
  Stamp target_of(const Stamp& stamp, bool moved) {
    const Stamp end = moved && unseals_ ? end_of_aliases(file_, stamp) : stamp;
    const auto target = targets_.find(end);
    return target == targets_.end() ? end : target->second;
  }

  void follow_links() {
    if (targets_.empty()) return;
    std::int64_t from = INT64_MAX;
    for (const MovedChange& move : moves_) from = std::min(from, move.stored.rows.front());
    std::vector<std::pair<std::int64_t, std::string>> followed;
    Query row = file_.connection.query(
        "SELECT c.event, c.links, e.node, e.hlc FROM change_notes c JOIN events e ON e.id = c.event"
        " WHERE c.event >= ? AND c.links IS NOT NULL");
    for (row.with(from); row.step();) {
      const bool moved = move_of_row_.count(row.integer(0)) > 0;
      if (!moved && !tails_.hold(row.integer(2), row.integer(0), row.integer(3))) continue;
      std::vector<Link> links = links_of_text(row.string(1));
      bool named = false;
      for (Link& link : links) {
        const Stamp target = target_of(link.target, moved);
        named = named || target != link.target;
        link.target = target;
      }
      if (!named) continue;
      std::sort(links.begin(), links.end());
      links.erase(std::unique(links.begin(), links.end()), links.end());
      followed.emplace_back(row.integer(0), links_text(links));
    }
    for (const auto& [event, links] : followed) {
      audit_changed(file_, event);
      file_.connection.query("UPDATE change_notes SET links = ? WHERE event = ?").with(links, event).run();
    }
  }

  // The winner and the last arrived event of a cell.
  std::pair<std::int64_t, std::int64_t> ends(std::int64_t cell) {
    Query row = file_.connection.query("SELECT event, last FROM attributes WHERE cell = ?");
    if (!row.with(cell).step()) throw_corrupt("a cell that has events is missing in attributes");
    return {row.integer(0), row.integer(1)};
  }

  // A cell's events, ascending by row.
  std::vector<Row> list(std::int64_t last) {
    std::vector<Row> rows;
    Query row = file_.connection.query("SELECT node, hlc, base_hlc, base_node, prev FROM events WHERE id = ?");
    for (std::optional<std::int64_t> at = last; at; at = rows.back().prev) {
      if (!row.with(*at).step()) throw_corrupt("event " + std::to_string(*at) + " is missing");
      Row one{*at, row.integer(0),       stamp_of_columns(row.integer(1), file_.names.node_of(row.integer(0))),
              {},  row.maybe_integer(4), nullptr};
      if (!row.is_null(2)) one.base = stamp_of_columns(row.integer(2), file_.names.node_of(row.integer(3)));
      if (one.prev && *one.prev >= *at) throw_corrupt("event " + std::to_string(*at) + " links to a later one");
      if (const auto move = move_of_row_.find(*at); move != move_of_row_.end()) one.move = move->second;
      rows.push_back(one);
    }
    std::reverse(rows.begin(), rows.end());
    return rows;
  }

  // True if the event that `row` names as its base is one of those that move. A fork can hold two with one stamp: then
  // the author saw the one that was the winner among those that had arrived.
  bool saw_moved(const std::vector<Row>& rows, const Row& row) {
    const Row* seen = nullptr;
    for (const Row& other : rows) {
      if (other.id >= row.id || other.stamp != *row.base) continue;
      if (seen == nullptr || wins(other.stamp, event_value(file_, other.id), seen->stamp, event_value(file_, seen->id)))
        seen = &other;
    }
    return seen != nullptr && seen->move != nullptr;
  }

  std::optional<Stamp> followed_base(const std::vector<Row>& rows, const Row& row) {
    if (!row.base) return row.base;
    if (targets_.count(*row.base) == 0) {
      const auto is_base = [&](const Row& other) { return other.stamp == *row.base; };
      if (row.move == nullptr || std::any_of(rows.begin(), rows.end(), is_base)) return row.base;
      return target_of(*row.base, true);
    }
    const bool follows =
        row.move != nullptr || (tails_.hold(row.node_id, row.id, hlc_column(row.stamp)) && saw_moved(rows, row));
    return follows ? target_of(*row.base, false) : row.base;
  }

  void repair(std::int64_t cell) {
    const auto [old_winner, last] = ends(cell);
    const Value old_value = event_value(file_, old_winner);
    const std::vector<Row> rows = list(last);
    std::vector<std::optional<Stamp>> bases;
    for (const Row& row : rows) bases.push_back(followed_base(rows, row));
    std::vector<Row> left;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Row row = rows[i];
      if (row.move != nullptr && row.move->dropped) {
        file_.connection.query("DELETE FROM events WHERE id = ?").with(row.id).run();
        continue;
      }
      row.base = bases[i];
      row.prev = left.empty() ? std::nullopt : std::optional(left.back().id);
      if (row.move != nullptr) {
        row.stamp = row.move->to;
        row.node_id = file_.names.node(row.stamp.node);
      }
      if (row.stamp != rows[i].stamp || row.base != rows[i].base || row.prev != rows[i].prev) put(row);
      left.push_back(row);
    }
    choose(cell, left, old_winner, old_value);
    if (left.size() > 1) put_contested(file_, cell);
  }

  void put(const Row& row) {
    std::optional<std::int64_t> base_hlc;
    std::optional<std::int64_t> base_node;
    if (row.base) {
      base_hlc = hlc_column(*row.base);
      base_node = file_.names.node(row.base->node);
    }
    file_.connection.query("UPDATE events SET node = ?, hlc = ?, base_hlc = ?, base_node = ?, prev = ? WHERE id = ?")
        .with(row.node_id, hlc_column(row.stamp), base_hlc, base_node, row.prev, row.id)
        .run();
    if (row.move != nullptr) audit_changed(file_, row.id);
  }

  // Writes the cell anew from the events that are left of it.
  void choose(std::int64_t cell, const std::vector<Row>& left, std::int64_t old_winner, const Value& old_value) {
    if (left.empty()) {
      file_.connection.query("DELETE FROM attributes WHERE cell = ?").with(cell).run();
      changed_.push_back(cell);
      return;
    }
    const Row* winner = &left.front();
    for (const Row& row : left) {
      const bool beats = row.stamp != winner->stamp ? row.stamp > winner->stamp
                                                    : wins(row.stamp, event_value(file_, row.id), winner->stamp,
                                                           event_value(file_, winner->id));
      if (beats) winner = &row;
    }
    const Value value = winner->id == old_winner ? old_value : event_value(file_, winner->id);
    put_cell(file_, cell, winner->stamp, winner->node_id, value, winner->id, left.back().id);
    if (!(value == old_value)) changed_.push_back(cell);
  }

  File& file_;
  const std::vector<MovedChange>& moves_;
  bool unseals_;
  Tails tails_;
  std::map<Stamp, Stamp> targets_;
  std::unordered_map<std::int64_t, const MovedChange*> move_of_row_;
  std::set<std::int64_t> cells_;
  std::vector<std::int64_t> changed_;
};

}  // namespace

std::vector<Cell> operate(File& file, const std::vector<MovedChange>& moves, bool unseals) {
  return Surgery(file, moves, unseals).run();
}

}  // namespace tidemark::store::internal
