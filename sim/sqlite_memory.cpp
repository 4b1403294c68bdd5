#include "sim/sqlite_memory.h"

#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define TIDEMARK_WATCHED_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TIDEMARK_WATCHED_MEMORY 1
#endif
#endif

namespace tidemark::sim {
namespace {

constexpr std::size_t step_bytes = 16;
constexpr std::size_t pooled_max_bytes = 8 * 1024;  // a page of a database with what SQLite keeps of it fits
constexpr std::size_t chunk_bytes = 256 * 1024;

// What stands before each block. A block that was given back keeps its size, and the next one takes the place of the user's
// bytes.
struct alignas(step_bytes) Header {
  std::size_t bytes;
};
struct Free {
  Free* next;
};

std::array<Free*, pooled_max_bytes / step_bytes + 1> free_blocks{};
std::byte* chunk = nullptr;
std::size_t chunk_left = 0;

std::size_t rounded(std::size_t bytes) { return (bytes + step_bytes - 1) / step_bytes * step_bytes; }
int round_up(int bytes) { return int(rounded(std::size_t(bytes))); }
Header& header_of(void* block) { return *(static_cast<Header*>(block) - 1); }
int size_of(void* block) { return block == nullptr ? 0 : int(header_of(block).bytes); }

// SQLite never asks for nothing, nor for more than fits into an int with room to spare.
void* allocate(int count) {
  const std::size_t bytes = rounded(std::size_t(count));
  void* room = nullptr;
  if (bytes > pooled_max_bytes) {
    room = std::malloc(sizeof(Header) + bytes);
    if (room == nullptr) return nullptr;
  } else if (Free*& first = free_blocks[bytes / step_bytes]; first != nullptr) {
    Free* block = first;
    first = block->next;
    return block;
  } else {
    if (chunk_left < sizeof(Header) + bytes) {
      chunk = static_cast<std::byte*>(std::malloc(chunk_bytes));
      chunk_left = chunk == nullptr ? 0 : chunk_bytes;
      if (chunk == nullptr) return nullptr;
    }
    room = chunk;
    chunk += sizeof(Header) + bytes;
    chunk_left -= sizeof(Header) + bytes;
  }
  return new (room) Header{bytes} + 1;
}

void release(void* block) {
  if (block == nullptr) return;
  Header& header = header_of(block);
  if (header.bytes > pooled_max_bytes) return std::free(&header);
  Free*& first = free_blocks[header.bytes / step_bytes];
  first = new (block) Free{first};
}

void* resize(void* block, int count) {
  const std::size_t before = header_of(block).bytes;
  if (rounded(std::size_t(count)) == before) return block;
  void* other = allocate(count);
  if (other == nullptr) return nullptr;
  std::memcpy(other, block, before < std::size_t(count) ? before : std::size_t(count));
  release(block);
  return other;
}

}  // namespace

void give_sqlite_pools() {
#ifndef TIDEMARK_WATCHED_MEMORY
  static sqlite3_mem_methods methods{
      &allocate, &release, &resize, &size_of, &round_up, [](void*) { return SQLITE_OK; }, [](void*) {}, nullptr};
  sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
#endif
}

}  // namespace tidemark::sim
