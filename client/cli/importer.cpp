#include "client/cli/importer.h"

#include <algorithm>
#include <utility>

#include "store/store.h"

namespace tidemark::cli {
namespace {

// Larger transactions are hardly faster, and smaller ones lose less to a power cut.
constexpr std::size_t batch_changes = 4'000;
constexpr std::size_t batch_bytes = 4 * 1024 * 1024;
// Another process may write between our look at the clock and our transaction, but not every time.
constexpr int clock_attempts = 50;

}  // namespace

void Importer::add(Write write, std::int64_t wall_ms, std::uint64_t line) {
  bytes_ += write.value.payload_size() + write.cell.entity.size() + write.cell.attribute.size();
  Draft draft = described_;
  draft.writes.push_back(std::move(write));
  dated_.push_back({std::move(draft), wall_ms});
  lines_.push_back(line);
}

bool Importer::full() const { return dated_.size() >= batch_changes || bytes_ >= batch_bytes; }

std::optional<Error> Importer::commit() {
  auto error = record(dated_, lines_);
  dated_.clear();
  lines_.clear();
  bytes_ = 0;
  return error;
}

void Importer::set_to_now(std::span<Replica::Dated> dated) const {
  const auto last = replica_.store().last_stamp();
  std::int64_t now = replica_.store().correction().apply(system_wall_ms());
  if (last) now = std::max(now, static_cast<std::int64_t>(last->ms));
  for (Replica::Dated& one : dated) one.wall_ms = now;
}

std::optional<Error> Importer::record(std::span<Replica::Dated> dated, std::span<const std::uint64_t> lines) {
  if (dated.empty()) return std::nullopt;
  for (int attempt = 1;; ++attempt) {
    if (!historical_) set_to_now(dated);
    const Result<std::vector<Stamp>> stamps = replica_.change_at(dated);
    if (stamps) {
      changes_ += dated.size();
      last_stamp_ = stamps->back();
      return std::nullopt;
    }
    const bool overtaken = !historical_ && stamps.error().code == "behind_clock" && attempt < clock_attempts;
    if (overtaken) continue;
    if (dated.size() == 1) return refused(stamps.error(), lines.front());
    break;
  }
  // One of them is refused. Halving finds it, and records all that stand before it.
  const std::size_t half = dated.size() / 2;
  if (auto error = record(dated.first(half), lines.first(half))) return error;
  return record(dated.subspan(half), lines.subspan(half));
}

Error Importer::refused(Error error, std::uint64_t line) const {
  error.field = "line " + std::to_string(line);
  if (error.code == "behind_clock") {
    error.hint = "A file's history only goes forward: sort the lines by t, or import into a file of its own";
  }
  return error;
}

}  // namespace tidemark::cli
