#include "store/internal/notes.h"

#include <algorithm>

namespace tidemark::store::internal {

// The events of a change stand in consecutive rows, and its notes at the first of them: so they are the nearest at or before
// any of its rows, unless it has none and those are another change's.
NotesReader::NotesReader(File& file)
    : nearest_(file.connection.query(
          "SELECT n.links, n.author, n.source, n.note, n.json FROM change_notes n JOIN events f ON f.id = n.event"
          " WHERE n.event = (SELECT max(event) FROM change_notes WHERE event <= ?) AND f.node = ? AND f.hlc = ?")),
      any_(file.connection.query("SELECT 1 FROM change_notes WHERE event <= ? LIMIT 1")) {}

void NotesReader::read(std::int64_t row, std::int64_t node_id, std::int64_t hlc, Change& change) {
  if (row <= none_up_to_) return;
  if (!nearest_.with(row, node_id, hlc).step()) {
    if (!any_.with(row).step()) none_up_to_ = std::max(none_up_to_, row);
    return;
  }
  change.links = links_of_text(nearest_.string(0));
  change.metadata = {nearest_.string(1), nearest_.string(2), nearest_.string(3), nearest_.string(4)};
}

}  // namespace tidemark::store::internal
