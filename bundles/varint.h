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
  Reader() = default;
  explicit Reader(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::uint8_t byte() {
    if (at_ != end_) return *at_++;
    fail();
    return 0;
  }
  // Fails on overlong forms and beyond 64 bits.
  std::uint64_t varint() { return at_ != end_ && *at_ < 0x80 ? *at_++ : long_varint(); }
  std::uint64_t be64();
  // A view into the input; fails if fewer are left.
  ByteView bytes(std::uint64_t count) {
    if (count > left()) {
      fail();
      return {};
    }
    const std::uint8_t* const start = at_;
    at_ += count;
    return {start, at_};
  }
  // A varint that counts things of which each needs at least `bytes_each` more bytes; fails if so many cannot follow.
  std::uint64_t count(std::uint64_t bytes_each);
  // The next numbers, unread: their end is where as many bytes have no top bit. Fails if fewer are left.
  Reader varints(std::uint64_t count);

  ByteView rest() const { return {at_, end_}; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  bool ok() const { return ok_; }
  // True if the failure was a malformed varint; a failure otherwise means that bytes were missing.
  bool malformed() const { return malformed_; }
  void fail() {
    ok_ = false;
    at_ = end_;
  }

 private:
  std::uint64_t long_varint();

  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  bool ok_ = true;
  bool malformed_ = false;
};

}  // namespace tidemark
