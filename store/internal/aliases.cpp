#include "store/internal/aliases.h"

namespace tidemark::store::internal {

namespace {

// A circle of aliases cannot be made, but a damaged file must not hang us.
constexpr int steps_max = 10'000;

std::optional<Stamp> alias_of(File& file, const Stamp& stamp) {
  const std::optional<std::int64_t> node = file.names.find_node(stamp.node);
  if (!node) return std::nullopt;
  Query row = file.connection.query("SELECT new_hlc, new_node FROM aliases WHERE old_node = ? AND old_hlc = ?");
  if (!row.with(*node, hlc_column(stamp)).step()) return std::nullopt;
  return stamp_of_columns(row.integer(0), file.names.node_of(row.integer(1)));
}

}  // namespace

void put_alias(File& file, const Stamp& from, const Stamp& to) {
  const std::int64_t from_node = file.names.node(from.node);
  const std::int64_t to_node = file.names.node(to.node);
  // The new stamp is in use from now on, so it leads nowhere else.
  file.connection.query("DELETE FROM aliases WHERE old_node = ? AND old_hlc = ?").with(to_node, hlc_column(to)).run();
  file.connection.query("INSERT OR REPLACE INTO aliases(old_node, old_hlc, new_node, new_hlc) VALUES(?, ?, ?, ?)")
      .with(from_node, hlc_column(from), to_node, hlc_column(to))
      .run();
}

bool was_taken_back(File& file, const Stamp& stamp) { return alias_of(file, stamp).has_value(); }

Stamp end_of_aliases(File& file, const Stamp& stamp) {
  Stamp end = stamp;
  for (int steps = 0; steps < steps_max; ++steps) {
    const std::optional<Stamp> next = alias_of(file, end);
    if (!next) break;
    end = *next;
  }
  return end;
}

std::optional<Stamp> printed_as(File& file, std::int64_t node_id, std::int64_t hlc) {
  std::optional<Stamp> printed;
  Query row = file.connection.query("SELECT old_node, old_hlc FROM aliases WHERE new_node = ? AND new_hlc = ?");
  for (int steps = 0; steps < steps_max && row.with(node_id, hlc).step(); ++steps) {
    node_id = row.integer(0);
    hlc = row.integer(1);
    printed = stamp_of_columns(hlc, file.names.node_of(node_id));
  }
  return printed;
}

}  // namespace tidemark::store::internal
