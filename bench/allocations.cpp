// The program's operator new, which is counted. A file of its own, so that no caller sees through it.
#include "bench/allocations.h"

#include <cstdlib>
#include <new>

void* operator new(std::size_t size) {
  tidemark::bench::count_allocation(size);
  if (void* got = std::malloc(size == 0 ? 1 : size)) return got;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
