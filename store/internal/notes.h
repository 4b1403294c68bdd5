// Notes: what a change says beside its events, found from any of its rows.
#pragma once

#include <cstdint>

#include "store/internal/file.h"

namespace tidemark::store::internal {

// Reads the notes of one change after the other, fastest in the order of their rows, up or down. It must not outlive the
// transaction that it reads in.
class NotesReader {
 public:
  explicit NotesReader(File& file);

  // Puts the links and metadata of a change, which has an event in `row`, into `change`; its stamp is this hlc of the node.
  void read(std::int64_t row, std::int64_t node_id, std::int64_t hlc, Change& change);

 private:
  bool is_near(std::int64_t row);
  void find_nearest(std::int64_t row);

  Query before_;
  Query after_;
  Query noted_;
  // Of all rows from `first_` on and before `end_`, the nearest notes are those at `first_`; 0: there are none.
  std::int64_t first_ = 0;
  std::int64_t end_ = 0;
  bool end_is_sure_ = true;    // false: perhaps of some more rows
  std::int64_t node_id_ = -1;  // whose these notes are
  std::int64_t hlc_ = 0;
  std::string links_;
  Metadata metadata_;
};

}  // namespace tidemark::store::internal
