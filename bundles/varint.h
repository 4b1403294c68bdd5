// Unsigned LEB128, minimal form only, and a reader over hostile bytes. Shared by the bundle format and the binary
// messages, so that there is one place where lengths are believed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "crdt/bytes.h"

namespace tidemark {

inline constexpr std::size_t max_varint_size = 10;

void append_long_varint(Bytes& out, std::uint64_t number);
inline void append_varint(Bytes& out, std::uint64_t number) {
  if (number < 0x80) {
    out.push_back(static_cast<std::uint8_t>(number));
  } else {
    append_long_varint(out, number);
  }
}
void append_be64(Bytes& out, std::uint64_t number);
void append_bytes(Bytes& out, ByteView bytes);
void append_bytes(Bytes& out, std::string_view bytes);

// Reads forward and remembers whether anything failed. After a failure every read gives zero or nothing.
class Reader {
 public:
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  std::uint8_t byte();
  // Fails on overlong forms and beyond 64 bits.
  std::uint64_t varint() {
    if (rest_.empty() || rest_.front() >= 0x80) return long_varint();
    const std::uint8_t number = rest_.front();
    rest_ = rest_.subspan(1);
    return number;
  }
  std::uint64_t be64();
  ByteView bytes(std::uint64_t count);  // a view into the input; fails if fewer are left
  // A varint that counts things of which each needs at least `bytes_each` more bytes; fails if so many cannot follow.
  std::uint64_t count(std::uint64_t bytes_each);

  std::size_t left() const { return rest_.size(); }
  bool ok() const { return ok_; }
  // True if the failure was a malformed varint; a failure otherwise means that bytes were missing.
  bool malformed() const { return malformed_; }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

 private:
  std::uint64_t long_varint();

  ByteView rest_;
  bool ok_ = true;
  bool malformed_ = false;
};

}  // namespace tidemark
