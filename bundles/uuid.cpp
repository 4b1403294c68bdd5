#include "bundles/uuid.h"

namespace tidemark {
namespace {

constexpr std::size_t uuid_text_size = 36;
constexpr std::uint8_t no_digit = 0xff;
constexpr bool hyphen_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

constexpr std::array<std::uint8_t, 256> digit_values = [] {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = no_digit;
  for (std::uint8_t i = 0; i < 16; ++i) values[static_cast<std::uint8_t>("0123456789abcdef"[i])] = i;
  return values;
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

std::string unpack_uuid(std::span<const std::uint8_t, uuid_size> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text(uuid_text_size, '-');
  std::size_t at = 0;
  for (std::size_t i = 0; i < uuid_size; ++i) {
    if (hyphen_before(i)) ++at;
    text[at++] = digits[bytes[i] >> 4];
    text[at++] = digits[bytes[i] & 15];
  }
  return text;
}

}  // namespace tidemark
