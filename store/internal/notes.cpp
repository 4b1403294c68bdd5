#include "store/internal/notes.h"

namespace tidemark::store::internal {

void read_notes(File& file, std::int64_t row, const Stamp& stamp, Change& change) {
  // The events of a change stand in consecutive rows, and its notes at the first of them: so they are the nearest at or
  // before any of its rows, unless it has none and those are another change's.
  Query notes = file.connection.query(
      "SELECT n.links, n.author, n.source, n.note, n.json FROM change_notes n JOIN events f ON f.id = n.event"
      " WHERE n.event = (SELECT max(event) FROM change_notes WHERE event <= ?) AND f.node = ? AND f.hlc = ?");
  const std::optional<std::int64_t> node = file.names.find_node(stamp.node);
  if (!node || !notes.with(row, *node, hlc_column(stamp)).step()) return;
  change.links = links_of_text(notes.string(0));
  change.metadata = {notes.string(1), notes.string(2), notes.string(3), notes.string(4)};
}

}  // namespace tidemark::store::internal
