#include "bundles/uuid.h"

#include <cstring>

namespace tidemark {
namespace {

constexpr std::uint8_t no_digit = 0xff;
constexpr bool hyphen_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

constexpr std::array<std::uint8_t, 256> digit_values = [] {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = no_digit;
  for (std::uint8_t i = 0; i < 16; ++i) values[static_cast<std::uint8_t>("0123456789abcdef"[i])] = i;
  return values;
}();

constexpr std::array<std::array<char, 2>, 256> digit_pairs = [] {
  constexpr char digits[] = "0123456789abcdef";
  std::array<std::array<char, 2>, 256> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {digits[i >> 4], digits[i & 15]};
  return pairs;
}();

}  // namespace

std::optional<UuidBytes> pack_uuid(std::string_view text) {
  if (text.size() != uuid_text_size) return std::nullopt;
  const auto digit = [&](std::size_t at) { return digit_values[static_cast<std::uint8_t>(text[at])]; };
  UuidBytes bytes;
  std::uint8_t seen = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < uuid_size; ++i) {
    if (hyphen_before(i) && text[at++] != '-') return std::nullopt;
    const std::uint8_t high = digit(at++);
    const std::uint8_t low = digit(at++);
    seen |= high | low;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | (low & 15));
  }
  if (seen > 15) return std::nullopt;
  return bytes;
}

void unpack_uuid(std::span<const std::uint8_t, uuid_size> bytes, std::span<char, uuid_text_size> text) {
  char* at = text.data();
  for (std::size_t i = 0; i < uuid_size; ++i) {
    if (hyphen_before(i)) *at++ = '-';
    std::memcpy(at, digit_pairs[bytes[i]].data(), 2);
    at += 2;
  }
}

std::string unpack_uuid(std::span<const std::uint8_t, uuid_size> bytes) {
  std::string text(uuid_text_size, '-');
  unpack_uuid(bytes, std::span<char, uuid_text_size>(text.data(), uuid_text_size));
  return text;
}

}  // namespace tidemark
