#include "crdt/columns.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "crdt/utf8.h"

namespace tidemark {
namespace {

constexpr std::pair<std::uint32_t, std::uint32_t> wide[] = {
    {0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd}};
constexpr std::pair<std::uint32_t, std::uint32_t> without_width[] = {
    {0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

template <std::size_t n>
bool within(std::uint32_t code, const std::pair<std::uint32_t, std::uint32_t> (&ranges)[n]) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const auto& range) { return range.first <= code && code <= range.second; });
}

// The size in bytes of the character at the front of UTF-8 text, and its columns.
std::pair<std::size_t, std::size_t> front_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = std::min<std::size_t>(lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4, text.size());
  std::uint32_t code = size == 1 ? lead : lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
  return {size, within(code, without_width) ? 0 : within(code, wide) ? 2 : 1};
}

// Bytes of the longest front that takes at most so many columns.
std::size_t front_within(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0;
  std::size_t used = 0;
  while (bytes < text.size()) {
    const auto [size, takes] = front_of(text.substr(bytes));
    if (used + takes > columns) break;
    used += takes;
    bytes += size;
  }
  return bytes;
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto [size, takes] = front_of(text);
    columns += takes;
    text.remove_prefix(size);
  }
  return columns;
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t good = utf8_prefix(text);
    for (const char c : text.substr(0, good)) {
      const auto byte = static_cast<unsigned char>(c);
      out += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
    text.remove_prefix(good);
    if (text.empty()) break;
    out += '?';
    text.remove_prefix(1);
  }
  return out;
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (columns_of(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  return std::string(text.substr(0, front_within(text, columns - 1))) + "…";
}

std::vector<std::string> wrap(std::string_view text, std::size_t columns, std::size_t lines_max) {
  std::vector<std::string> lines;
  while (columns_of(text) > columns && lines.size() + 1 < lines_max) {
    std::size_t end = std::max<std::size_t>(front_within(text, columns), 1);
    if (end < text.size() && text[end] != ' ') {
      const std::size_t space = text.rfind(' ', end);
      if (space != std::string_view::npos && space > 0) end = space;
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  }
  lines.push_back(cut_to(text, columns));
  return lines;
}

std::string padded(std::string text, std::size_t columns) {
  const std::size_t has = columns_of(text);
  if (has < columns) text.append(columns - has, ' ');
  return text;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace tidemark
