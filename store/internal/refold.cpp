#include "store/internal/refold.h"

#include "crdt/merge.h"
#include "store/internal/fold.h"

namespace tidemark::store::internal {

namespace {

constexpr std::uint64_t events_a_step = 4096;

}  // namespace

Refold refold(File& file, const std::function<void(std::int64_t row, std::optional<std::int64_t> prev)>& wrong_link,
              const Progress& progress, std::uint64_t total) {
  Refold result;
  Query row = file.connection.query("SELECT id, entity, attribute, node, hlc, prev FROM events ORDER BY id");
  for (row.with(); row.step();) {
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

}  // namespace tidemark::store::internal
