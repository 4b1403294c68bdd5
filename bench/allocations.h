// What operator new of this program tells of itself.
#pragma once

#include <cstddef>

namespace tidemark::bench {

// Called before each allocation, on the thread that makes it. In counting.cpp.
void count_allocation(std::size_t size);

}  // namespace tidemark::bench
