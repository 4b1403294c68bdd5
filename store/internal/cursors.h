// The cursor in the relay's log, and the earlier ones that are remembered.
#pragma once

#include <vector>

#include "store/internal/file.h"

namespace tidemark::store::internal {

// Makes it the current cursor and remembers it. Of the remembered ones of its log, each power of two of distance keeps
// its oldest.
void put_cursor(File& file, const Cursor& cursor);

// Which of these positions, ascending and none above `head`, are not worth remembering.
std::vector<std::uint64_t> too_dense(const std::vector<std::uint64_t>& seqs, std::uint64_t head);

}  // namespace tidemark::store::internal
