#include "bundles/uuid.h"

#include "crdt/change.h"

namespace tidemark {
namespace {

int nibble(char digit) { return digit <= '9' ? digit - '0' : digit - 'a' + 10; }

constexpr std::size_t uuid_text_size = 36;
constexpr bool hyphen_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

}  // namespace

std::optional<UuidBytes> pack_uuid(std::string_view text) {
  if (text.size() != uuid_text_size || !is_canonical_uuid(text)) return std::nullopt;
  UuidBytes bytes;
  std::size_t at = 0;
  for (std::size_t i = 0; i < uuid_size; ++i) {
    if (hyphen_before(i)) ++at;
    bytes[i] = static_cast<std::uint8_t>(nibble(text[at]) * 16 + nibble(text[at + 1]));
    at += 2;
  }
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
