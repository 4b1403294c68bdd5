#include "store/internal/notes.h"

#include <limits>

namespace tidemark::store::internal {

NotesReader::NotesReader(File& file)
    : before_(file.connection.query("SELECT max(event) FROM change_notes WHERE event <= ?")),
      after_(file.connection.query("SELECT min(event) FROM change_notes WHERE event > ?")),
      noted_(file.connection.query("SELECT f.node, f.hlc, n.links, n.author, n.source, n.note, n.json"
                                   " FROM change_notes n JOIN events f ON f.id = n.event WHERE n.event = ?")) {}

// The events of a change stand in consecutive rows, and its notes at the first of them: so they are the nearest at or before
// any of its rows, unless it has none and those are another change's.
void NotesReader::read(std::int64_t row, std::int64_t node_id, std::int64_t hlc, Change& change) {
  if (!is_near(row)) find_nearest(row);
  if (node_id_ != node_id || hlc_ != hlc) return;
  change.links = links_of_text(links_);
  change.metadata = metadata_;
}

bool NotesReader::is_near(std::int64_t row) {
  if (row >= end_ && !end_is_sure_) {
    after_.with(first_).step();
    end_ = after_.maybe_integer(0).value_or(std::numeric_limits<std::int64_t>::max());
    end_is_sure_ = true;
  }
  return row >= first_ && row < end_;
}

void NotesReader::find_nearest(std::int64_t row) {
  before_.with(row).step();
  first_ = before_.maybe_integer(0).value_or(0);
  end_ = row + 1;
  end_is_sure_ = false;
  const bool some = first_ != 0 && noted_.with(first_).step();
  node_id_ = some ? noted_.integer(0) : -1;
  if (!some) return;
  hlc_ = noted_.integer(1);
  links_ = noted_.string(2);
  metadata_ = {noted_.string(3), noted_.string(4), noted_.string(5), noted_.string(6)};
}

}  // namespace tidemark::store::internal
