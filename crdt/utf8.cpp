#include "crdt/utf8.h"

#include <cstdint>
#include <cstring>

namespace tidemark {
namespace {

constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;

// Bytes of the one character that starts at `at`, or 0 if none does.
std::size_t character_size(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[at + i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (size == 0 || bytes.size() - at < size) return 0;
  // The second byte's range excludes overlong forms, surrogates and what lies beyond U+10FFFF.
  const std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return size;
}

}  // namespace

bool is_ascii(std::string_view bytes) {
  std::uint64_t words[4];
  while (bytes.size() >= sizeof words) {
    std::memcpy(words, bytes.data(), sizeof words);
    if (((words[0] | words[1] | words[2] | words[3]) & high_bits) != 0) return false;
    bytes.remove_prefix(sizeof words);
  }
  std::uint8_t all = 0;
  for (const char byte : bytes) all |= static_cast<std::uint8_t>(byte);
  return all < 0x80;
}

std::size_t utf8_prefix(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    // Most text is ASCII: eight bytes at a time, and the last eight whether they were seen or not.
    std::uint64_t word = 0;
    while (bytes.size() - at >= sizeof word) {
      std::memcpy(&word, bytes.data() + at, sizeof word);
      if ((word & high_bits) != 0) break;
      at += sizeof word;
    }
    if (at == bytes.size()) break;
    if (at >= sizeof word && bytes.size() - at < sizeof word) {
      std::memcpy(&word, bytes.data() + bytes.size() - sizeof word, sizeof word);
      if ((word & high_bits) == 0) return bytes.size();
    }
    const std::size_t size = character_size(bytes, at);
    if (size == 0) break;
    at += size;
  }
  return at;
}

bool is_utf8(std::string_view bytes) { return utf8_prefix(bytes) == bytes.size(); }

}  // namespace tidemark
