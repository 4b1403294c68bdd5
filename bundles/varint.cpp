#include "bundles/varint.h"

#include <bit>

namespace tidemark {
namespace {

constexpr std::uint64_t top_bits = 0x8080'8080'8080'8080;  // one a byte: set in every digit of a number but the last

// The next eight bytes, the first one lowest. Spelled out, so that compilers see one load.
std::uint64_t little_endian(const std::uint8_t* bytes) {
  const auto byte = [bytes](int i) { return static_cast<std::uint64_t>(bytes[i]) << (8 * i); };
  return byte(0) | byte(1) | byte(2) | byte(3) | byte(4) | byte(5) | byte(6) | byte(7);
}

// The seven low bits of each byte, one after the other.
std::uint64_t joined(std::uint64_t digits) {
  digits = (digits & 0x007f'007f'007f'007f) | (digits & 0x7f00'7f00'7f00'7f00) >> 1;
  digits = (digits & 0x0000'3fff'0000'3fff) | (digits & 0x3fff'0000'3fff'0000) >> 2;
  return (digits & 0x0000'0000'0fff'ffff) | (digits & 0x0fff'ffff'0000'0000) >> 4;
}

}  // namespace

void append_long_varint(Bytes& out, std::uint64_t number) {
  while (number >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(number | 0x80));
    number >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(number));
}

void append_be64(Bytes& out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(number >> shift));
}

void append_bytes(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// As bytes of the buffer's own type, which are moved as a block.
void append_bytes(Bytes& out, std::string_view bytes) {
  append_bytes(out, ByteView(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

std::uint64_t Reader::long_varint() {
  const ByteView digits = rest();
  if (digits.size() >= sizeof(std::uint64_t)) {
    const std::uint64_t word = little_endian(digits.data());
    const std::uint64_t ends = ~word & top_bits;
    const auto size = static_cast<std::size_t>(std::countr_zero(ends)) / 8 + 1;
    if (ends != 0 && digits[size - 1] != 0) {
      at_ += size;
      return joined(word & (ends ^ (ends - 1)) & ~top_bits);
    }
  }
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < max_varint_size; ++i) {
    if (i == digits.size()) {
      fail();
      return 0;
    }
    const std::uint8_t digit = digits[i];
    number |= static_cast<std::uint64_t>(digit & 0x7f) << (7 * i);
    if (digit & 0x80) continue;
    // A last digit of zero adds nothing, and the tenth has room for one bit only.
    if ((i > 0 && digit == 0) || (i + 1 == max_varint_size && digit > 1)) break;
    at_ += i + 1;
    return number;
  }
  malformed_ = true;
  fail();
  return 0;
}

std::uint64_t Reader::be64() {
  std::uint64_t number = 0;
  for (const std::uint8_t digit : bytes(8)) number = number << 8 | digit;
  return number;
}

Reader Reader::varints(std::uint64_t count) {
  constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
  const ByteView digits = rest();
  std::size_t size = 0;
  while (count >= sizeof(std::uint64_t) && digits.size() - size >= sizeof(std::uint64_t)) {
    const std::uint64_t ends = ~little_endian(digits.data() + size) & top_bits;
    count -= (ends >> 7) * ones >> 56;
    size += sizeof ends;
  }
  while (count > 0 && size < digits.size()) {
    if (digits[size++] < 0x80) --count;
  }
  if (count > 0) fail();
  return Reader(bytes(count > 0 ? 0 : size));
}

std::uint64_t Reader::count(std::uint64_t bytes_each) {
  const std::uint64_t number = varint();
  if (bytes_each == 0 || number <= left() / bytes_each) return number;
  fail();
  return 0;
}

}  // namespace tidemark
