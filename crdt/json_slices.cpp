#include "crdt/json_slices.h"

#include <cstddef>

#include "crdt/json_string.h"

namespace tidemark {
namespace {

// Where the string that begins at `at` ends, behind its closing quote.
std::size_t string_end(std::string_view text, std::size_t at) {
  ++at;
  while (text[at] != '"') at = text[at] == '\\' ? at + 2 : plain_end(text, at);
  return at + 1;
}

// Where the value that begins at `at` ends.
std::size_t value_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  for (;;) {
    switch (text[at]) {
      case '"':
        at = string_end(text, at);
        break;
      case '{':
      case '[':
        ++depth;
        ++at;
        break;
      case '}':
      case ']':
        --depth;
        ++at;
        break;
      case ',':
      case ':':
        ++at;
        break;
      default:
        at = text.find_first_of(",]}", at);
    }
    if (depth == 0) return at;
  }
}

}  // namespace

std::vector<JsonMember> json_members(std::string_view object) {
  std::vector<JsonMember> members;
  for (std::size_t at = 1; object[at] != '}';) {
    if (object[at] == ',') ++at;
    const std::size_t colon = string_end(object, at);
    const std::size_t end = value_end(object, colon + 1);
    members.push_back({object.substr(at, colon - at), object.substr(colon + 1, end - colon - 1)});
    at = end;
  }
  return members;
}

std::vector<std::string_view> json_elements(std::string_view array) {
  std::vector<std::string_view> elements;
  for (std::size_t at = 1; array[at] != ']';) {
    if (array[at] == ',') ++at;
    const std::size_t end = value_end(array, at);
    elements.push_back(array.substr(at, end - at));
    at = end;
  }
  return elements;
}

}  // namespace tidemark
