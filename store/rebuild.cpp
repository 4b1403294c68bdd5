// Store: making the fold anew.
#include <algorithm>

#include "store/internal/fold.h"
#include "store/internal/parts.h"
#include "store/internal/refold.h"
#include "store/internal/views.h"

namespace tidemark::store {

namespace {

constexpr std::uint64_t cells_a_step = 1024;

}  // namespace

void Store::rebuild(const Progress& progress) {
  internal::guarded(*parts_, "rebuilding attributes", [&] {
    internal::Write write(*parts_);
    const auto events = static_cast<std::uint64_t>(parts_->connection.pragma("SELECT count(*) FROM events"));
    const auto cells = static_cast<std::uint64_t>(parts_->connection.pragma("SELECT count(*) FROM attributes"));
    std::uint64_t total = events + cells;
    std::vector<std::pair<std::int64_t, std::optional<std::int64_t>>> wrong;
    const internal::Refold fold = internal::refold(
        *parts_, [&](std::int64_t row, std::optional<std::int64_t> prev) { wrong.emplace_back(row, prev); }, progress,
        total);
    parts_->put_meta("maintenance", 1);
    for (const auto& [row, prev] : wrong) {
      parts_->connection.query("UPDATE events SET prev = ? WHERE id = ?").with(prev, row).run();
    }
    parts_->drop_meta("maintenance");

    total = fold.events + fold.cells.size();
    std::vector<std::int64_t> keys;
    for (const auto& [key, cell] : fold.cells) keys.push_back(key);
    std::sort(keys.begin(), keys.end());
    parts_->connection.exec("DELETE FROM attributes");
    std::uint64_t done = fold.events;
    for (const std::int64_t key : keys) {
      const internal::RefoldedCell& cell = fold.cells.at(key);
      internal::put_cell(*parts_, key, cell.stamp, cell.node, internal::event_value(*parts_, cell.event), cell.event,
                         cell.last);
      if (++done % cells_a_step == 0 && progress) progress(done, total);
    }
    parts_->connection.exec(internal::contest_all_sql);
    write.commit();
    if (progress) progress(total, total);
  });
}

}  // namespace tidemark::store
