#include "crdt/tokens.h"

#include <cstddef>
#include <cstdint>

namespace tidemark {
namespace {

constexpr std::uint8_t first_of_alphabets = 0xc3;    // the lead byte of U+00C0
constexpr std::uint8_t lead_of_three = 0xe0;         // of U+0800 to U+0FFF
constexpr std::uint8_t last_of_alphabets = 0xe1;     // of U+1000 to U+1FFF
constexpr std::uint8_t first_without_spaces = 0xe3;  // of U+3000 to U+3FFF
constexpr std::uint8_t lead_of_four = 0xf0;

// Of the character that begins with `lead`.
std::size_t character_size(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < lead_of_three) return 2;
  return lead < lead_of_four ? 3 : 4;
}

bool begins_word_character(char first) {
  const auto lead = static_cast<std::uint8_t>(first);
  return (lead >= '0' && lead <= '9') || (lead >= 'A' && lead <= 'Z') || (lead >= 'a' && lead <= 'z') || lead == '_' ||
         (lead >= first_of_alphabets && lead <= last_of_alphabets);
}

std::size_t word_piece_size(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && begins_word_character(text[size])) {
    size += character_size(static_cast<std::uint8_t>(text[size]));
  }
  if (size > 0) return size;
  if (text.substr(0, 2) == "\r\n") return 2;
  return character_size(static_cast<std::uint8_t>(text[0]));
}

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t feed = text.find('\n');
    const std::size_t size = feed == std::string_view::npos ? text.size() : feed + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

std::vector<std::string_view> split_words(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const std::size_t size = word_piece_size(text);
    pieces.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return pieces;
}

bool is_word(std::string_view piece) {
  return begins_word_character(piece[0]) || static_cast<std::uint8_t>(piece[0]) >= first_without_spaces;
}

}  // namespace tidemark
