#include "crdt/json_string.h"

#include <charconv>
#include <cstdint>

#include "crdt/json.h"

namespace tidemark {
namespace {

bool must_escape(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

bool is_surrogate(std::uint32_t unit) { return unit >= 0xd800 && unit < 0xe000; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xc0 | point >> 6);
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3f));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f));
  }
  put(0x80 | (point & 0x3f));
}

// Reads \uXXXX at `at`.
bool read_unit(std::string_view text, std::size_t at, std::uint32_t& unit) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return false;
  const char* const first = text.data() + at + 2;
  return std::from_chars(first, first + 4, unit, 16).ptr == first + 4;
}

}  // namespace

std::size_t plain_end(std::string_view text, std::size_t at) {
  while (at < text.size() && !must_escape(text[at])) ++at;
  return at;
}

Escape decode_escape(std::string_view text, std::size_t& at, std::string& decoded) {
  const char c = at + 1 < text.size() ? text[at + 1] : '\0';
  if (c != 'u') {
    constexpr std::string_view names = "\"\\/bfnrt";
    const std::size_t which = names.find(c);
    if (which == std::string_view::npos) return Escape::unknown;
    decoded += "\"\\/\b\f\n\r\t"[which];
    at += 2;
    return Escape::decoded;
  }
  std::uint32_t unit = 0;
  if (!read_unit(text, at, unit)) return Escape::bad_digits;
  if (!is_surrogate(unit)) {
    append_utf8(decoded, unit);
    at += 6;
    return Escape::decoded;
  }
  std::uint32_t low = 0;
  if (is_low_surrogate(unit) || !read_unit(text, at + 6, low) || !is_low_surrogate(low)) return Escape::lone_surrogate;
  append_utf8(decoded, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
  at += 12;
  return Escape::decoded;
}

void append_quoted_json(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0;;) {
    const std::size_t end = plain_end(text, at);
    out += text.substr(at, end - at);
    if (end == text.size()) break;
    const char c = text[end];
    constexpr std::string_view named = "\"\\\b\f\n\r\t";
    const std::size_t which = named.find(c);
    out += '\\';
    if (which != std::string_view::npos) {
      out += "\"\\bfnrt"[which];
    } else {
      out += "u00";
      out += "0123456789abcdef"[c >> 4];
      out += "0123456789abcdef"[c & 15];
    }
    at = end + 1;
  }
  out += '"';
}

std::string quote_json(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_quoted_json(out, text);
  return out;
}

}  // namespace tidemark
