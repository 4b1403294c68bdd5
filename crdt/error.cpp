#include "crdt/error.h"

#include "crdt/utf8.h"

namespace tidemark {

std::string to_string(const Error& error) {
  std::string text = error.code;
  if (!error.field.empty()) text += ": " + error.field;
  if (!error.got.empty()) text += ": got " + error.got;
  if (!error.limit.empty()) text += (error.got.empty() ? ": expected " : ", expected ") + error.limit;
  if (!error.hint.empty()) {
    text += ". " + error.hint;
    if (text.back() != '.') text += '.';
  }
  return text;
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t most = 40;
  std::string out;
  while (!text.empty() && out.size() < most) {
    const std::size_t valid = utf8_prefix(text.substr(0, most - out.size()));
    for (const char c : text.substr(0, valid)) out += c >= 0 && (c < 0x20 || c == 0x7f) ? '?' : c;
    text.remove_prefix(valid);
    if (text.empty() || out.size() == most) break;
    // Either a byte that is no UTF-8, or a character that the cut went through.
    if (utf8_prefix(text.substr(0, 4)) != 0) break;
    out += '?';
    text.remove_prefix(1);
  }
  if (!text.empty()) out += "...";
  return out;
}

}  // namespace tidemark
