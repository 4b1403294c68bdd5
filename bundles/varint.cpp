#include "bundles/varint.h"

namespace tidemark {

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

std::uint8_t Reader::byte() {
  if (rest_.empty()) {
    fail();
    return 0;
  }
  const std::uint8_t result = rest_.front();
  rest_ = rest_.subspan(1);
  return result;
}

std::uint64_t Reader::long_varint() {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < max_varint_size; ++i) {
    if (i == rest_.size()) {
      fail();
      return 0;
    }
    const std::uint8_t digit = rest_[i];
    number |= static_cast<std::uint64_t>(digit & 0x7f) << (7 * i);
    if (digit & 0x80) continue;
    // A last digit of zero adds nothing, and the tenth has room for one bit only.
    if ((i > 0 && digit == 0) || (i + 1 == max_varint_size && digit > 1)) break;
    rest_ = rest_.subspan(i + 1);
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

ByteView Reader::bytes(std::uint64_t count) {
  if (count > rest_.size()) {
    fail();
    return {};
  }
  const ByteView result = rest_.first(static_cast<std::size_t>(count));
  rest_ = rest_.subspan(result.size());
  return result;
}

std::uint64_t Reader::count(std::uint64_t bytes_each) {
  const std::uint64_t number = varint();
  if (bytes_each == 0 || number <= rest_.size() / bytes_each) return number;
  fail();
  return 0;
}

}  // namespace tidemark
