// Canonical JSON text cut into the members of an object or the elements of an array, as slices of the text.
//
// The text must be canonical (crdt/json.h); then a value ends where its brackets do, and nothing has to be decoded.
#pragma once

#include <string_view>
#include <vector>

namespace tidemark {

struct JsonMember {
  std::string_view key;  // as it stands, in quotes
  std::string_view value;
};

std::vector<JsonMember> json_members(std::string_view object);
std::vector<std::string_view> json_elements(std::string_view array);

}  // namespace tidemark
