#include <algorithm>
#include <cstdint>

#include "crdt/change.h"

namespace tidemark {
namespace {

bool is_dash(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

}  // namespace

bool is_canonical_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const bool expected = is_dash(at) ? c == '-' : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (!expected) return false;
  }
  return true;
}

std::string make_uuid_v7(std::int64_t wall_ms, const std::uint8_t (&random)[10]) {
  const auto ms = static_cast<std::uint64_t>(std::clamp<std::int64_t>(wall_ms, 0, (std::int64_t{1} << 48) - 1));
  std::uint8_t bytes[16];
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  std::copy(random, random + 10, bytes + 6);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  text.reserve(36);
  for (const std::uint8_t byte : bytes) {
    if (is_dash(text.size())) text += '-';
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace tidemark
