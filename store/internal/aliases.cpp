#include "store/internal/aliases.h"

#include "store/internal/chains.h"

#include <algorithm>

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

void lead(File& file, const Stamp& from, const Stamp& to) {
  file.state.aliases = true;
  const std::int64_t from_node = file.names.node(from.node);
  const std::int64_t to_node = file.names.node(to.node);
  file.connection.query("INSERT OR REPLACE INTO aliases(old_node, old_hlc, new_node, new_hlc) VALUES(?, ?, ?, ?)")
      .with(from_node, hlc_column(from), to_node, hlc_column(to))
      .run();
}

}  // namespace

void put_alias(File& file, const Stamp& from, const Stamp& to) {
  // The new stamp is in use from now on, so it leads nowhere else.
  file.connection.query("DELETE FROM aliases WHERE old_node = ? AND old_hlc = ?")
      .with(file.names.node(to.node), hlc_column(to))
      .run();
  lead(file, from, to);
}

void put_alias_of_edit(File& file, const Stamp& from, const Stamp& to) {
  const std::int64_t node = file.names.node(from.node);
  Query row = file.connection.query(
      "SELECT old_hlc FROM aliases WHERE new_node = ?1 AND new_hlc = ?2 AND old_node = ?1 AND old_hlc < ?2");
  if (!row.with(node, hlc_column(from)).step()) return put_alias(file, from, to);
  const Stamp first = stamp_of_columns(row.integer(0), from.node);
  lead(file, from, first);
  put_alias(file, first, to);
}

bool was_taken_back(File& file, const Stamp& stamp) {
  return file.state.aliases && alias_of(file, stamp).has_value();
}

Stamp end_of_aliases(File& file, const Stamp& stamp) {
  Stamp end = stamp;
  for (int steps = 0; steps < steps_max; ++steps) {
    const std::optional<Stamp> next = alias_of(file, end);
    if (!next) break;
    end = *next;
  }
  return end;
}

Stamp named_by(File& file, const Stamp& stamp) {
  if (!alias_of(file, stamp) || has_change(file, stamp)) return stamp;
  return end_of_aliases(file, stamp);
}

std::vector<Link> followed(File& file, std::vector<Link> links) {
  for (Link& link : links) link.target = named_by(file, link.target);
  std::sort(links.begin(), links.end());
  links.erase(std::unique(links.begin(), links.end()), links.end());
  return links;
}

std::optional<Stamp> printed_as(File& file, std::int64_t node_id, std::int64_t hlc) {
  std::optional<Stamp> printed;
  // The later stamps of an edit lead to its first, see put_alias_of_edit: they lie between that and where we come from.
  Query row = file.connection.query(
      "SELECT old_node, old_hlc FROM aliases WHERE new_node = ?1 AND new_hlc = ?2"
      " AND NOT (old_node = ?1 AND old_hlc > ?2 AND old_hlc < ?3)");
  std::int64_t below = INT64_MIN;
  for (int steps = 0; steps < steps_max && row.with(node_id, hlc, below).step(); ++steps) {
    below = row.integer(0) == node_id ? hlc : INT64_MIN;
    node_id = row.integer(0);
    hlc = row.integer(1);
    printed = stamp_of_columns(hlc, file.names.node_of(node_id));
  }
  return printed;
}

}  // namespace tidemark::store::internal
