#include "store/internal/refold.h"

#include <algorithm>

#include "crdt/merge.h"
#include "store/internal/fold.h"
#include "store/internal/views.h"

namespace tidemark::store::internal {

namespace {

constexpr std::uint64_t events_a_step = 4096;
constexpr std::uint64_t cells_a_step = 1024;

std::uint64_t count(File& file, const char* sql) { return static_cast<std::uint64_t>(file.connection.pragma(sql)); }

void drop_cells(File& file, std::optional<std::int64_t> entity) {
  if (!entity) return file.connection.exec("DELETE FROM attributes");
  file.connection.query("DELETE FROM attributes WHERE cell BETWEEN ? AND ?")
      .with(cell_key(*entity, 0), cell_key(*entity + 1, 0) - 1)
      .run();
}

}  // namespace

Refold refold(File& file, const std::function<void(std::int64_t row, std::optional<std::int64_t> prev)>& wrong_link,
              const Progress& progress, std::uint64_t total, std::optional<std::int64_t> entity) {
  Refold result;
  Query row = file.connection.query(
      entity ? "SELECT id, entity, attribute, node, hlc, prev FROM events WHERE entity = ? ORDER BY id"
             : "SELECT id, entity, attribute, node, hlc, prev FROM events ORDER BY id");
  for (entity ? row.with(*entity) : row.with(); row.step();) {
    const std::int64_t id = row.integer(0);
    const std::int64_t node = row.integer(3);
    const Stamp stamp = stamp_of_columns(row.integer(4), file.names.node_of(node));
    const auto [place, fresh] = result.cells.try_emplace(cell_key(row.integer(1), row.integer(2)));
    RefoldedCell& cell = place->second;
    const std::optional<std::int64_t> prev = fresh ? std::nullopt : std::optional(cell.last);
    if (row.maybe_integer(5) != prev) wrong_link(id, prev);
    const bool beats =
        fresh || (stamp != cell.stamp ? stamp > cell.stamp
                                      : wins(stamp, event_value(file, id), cell.stamp, event_value(file, cell.event)));
    if (beats) cell = {stamp, node, id, id};
    cell.last = id;
    if (!result.greatest || *result.greatest < stamp) result.greatest = stamp;
    if (++result.events % events_a_step == 0 && progress) progress(result.events, total);
  }
  return result;
}

void rebuild_fold(File& file, std::optional<std::int64_t> entity, const Progress& progress) {
  std::uint64_t total =
      count(file, "SELECT count(*) FROM events") + (entity ? 0 : count(file, "SELECT count(*) FROM attributes"));
  std::vector<std::pair<std::int64_t, std::optional<std::int64_t>>> wrong;
  const Refold fold = refold(
      file, [&](std::int64_t row, std::optional<std::int64_t> prev) { wrong.emplace_back(row, prev); }, progress, total,
      entity);
  const std::optional<Stamp> before = file.state.last;
  if (fold.greatest && (!before || *before < *fold.greatest)) file.state.last = fold.greatest;
  file.put_clock(before);
  file.put_meta("maintenance", 1);
  for (const auto& [row, prev] : wrong) {
    file.connection.query("UPDATE events SET prev = ? WHERE id = ?").with(prev, row).run();
  }
  file.drop_meta("maintenance");

  total = fold.events + fold.cells.size();
  std::vector<std::int64_t> keys;
  for (const auto& [key, cell] : fold.cells) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  drop_cells(file, entity);
  std::uint64_t done = fold.events;
  for (const std::int64_t key : keys) {
    const RefoldedCell& cell = fold.cells.at(key);
    put_cell(file, key, cell.stamp, cell.node, event_value(file, cell.event), cell.event, cell.last);
    if (++done % cells_a_step == 0 && progress) progress(done, total);
  }
  file.connection.exec(contest_all_sql);
  if (progress) progress(total, total);
}

}  // namespace tidemark::store::internal
