// Notes: what a change says beside its events, found from any of its rows.
#pragma once

#include <cstdint>

#include "store/internal/file.h"

namespace tidemark::store::internal {

// Reads the notes of one change after the other. It must not outlive the transaction that it reads in.
class NotesReader {
 public:
  explicit NotesReader(File& file);

  // Puts the links and metadata of a change, which has an event in `row`, into `change`; its stamp is this hlc of the node.
  void read(std::int64_t row, std::int64_t node_id, std::int64_t hlc, Change& change);

 private:
  Query nearest_;
  Query any_;
  std::int64_t none_up_to_ = 0;  // no change up to this row has notes
};

}  // namespace tidemark::store::internal
