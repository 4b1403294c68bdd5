#include "store/internal/notes.h"

namespace tidemark::store::internal {

namespace {

// The events of a change stand in consecutive rows, and its notes at the first of them.
bool is_of(File& file, std::int64_t first, std::int64_t row, const Stamp& stamp) {
  if (first == row) return true;
  Query event = file.connection.query("SELECT node, hlc FROM events WHERE id = ?");
  return event.with(first).step() && stamp_of_columns(event.integer(1), file.names.node_of(event.integer(0))) == stamp;
}

}  // namespace

std::vector<Link> read_links(File& file, std::int64_t row, const Stamp& stamp) {
  Query notes = file.connection.query(
      "SELECT event, links FROM change_notes WHERE links IS NOT NULL AND event <= ? ORDER BY event DESC LIMIT 1");
  if (!notes.with(row).step() || !is_of(file, notes.integer(0), row, stamp)) return {};
  return links_of_text(notes.string(1));
}

void read_notes(File& file, std::int64_t row, const Stamp& stamp, Change& change) {
  Query notes = file.connection.query(
      "SELECT event, links, author, source, note, json FROM change_notes WHERE event <= ? ORDER BY event DESC LIMIT 1");
  if (!notes.with(row).step() || !is_of(file, notes.integer(0), row, stamp)) return;
  change.links = links_of_text(notes.string(1));
  change.metadata = {notes.string(2), notes.string(3), notes.string(4), notes.string(5)};
}

}  // namespace tidemark::store::internal
