// Column: bytes that are written one after the other into room for as many as there can be. Internal to this folder.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>

#include "bundles/varint.h"
#include "hlc/assert.h"

namespace tidemark::layout {

class Column {
 public:
  explicit Column(std::size_t most) : start_(new std::uint8_t[most]), at_(start_.get()), end_(at_ + most) {}

  void byte(std::uint8_t byte) { *room(1) = byte; }
  void varint(std::uint64_t number) {
    std::uint8_t* const at = room(1);
    *at = static_cast<std::uint8_t>(number);
    if (number >= 0x80) long_varint(number);
  }
  void be64(std::uint64_t number) {
    std::uint8_t* const at = room(8);
    for (int i = 0; i < 8; ++i) at[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  }
  void bytes(ByteView bytes) { copy(bytes.data(), bytes.size()); }
  void text(std::string_view text) { copy(text.data(), text.size()); }

  ByteView written() const { return {start_.get(), at_}; }

 private:
  std::uint8_t* room(std::size_t size) {
    TIDEMARK_ASSERT(size <= static_cast<std::size_t>(end_ - at_));
    std::uint8_t* const at = at_;
    at_ += size;
    return at;
  }
  void copy(const void* from, std::size_t size) {
    std::uint8_t* const at = room(size);
    if (size > 0) std::memcpy(at, from, size);
  }
  // Takes the place of a number's first byte.
  void long_varint(std::uint64_t number) {
    --at_;
    for (; number >= 0x80; number >>= 7) byte(static_cast<std::uint8_t>(number | 0x80));
    byte(static_cast<std::uint8_t>(number));
  }

  std::unique_ptr<std::uint8_t[]> start_;
  std::uint8_t* at_;
  std::uint8_t* end_;
};

}  // namespace tidemark::layout
