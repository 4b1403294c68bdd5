// Line: one event of the workload's file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crdt/change.h"

namespace tidemark::bench {

struct Line {
  int device = 0;
  std::int64_t ms = 0;  // the same for all lines of a burst, and less than that of the next
  Write write;
};

std::vector<Line> read_lines(const std::string& path);

}  // namespace tidemark::bench
