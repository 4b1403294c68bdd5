// Three-way merge of JSON: objects by key, arrays as sets, strings as texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

// The canonical text of the merged value, or nothing if the sides clash. All three must be canonical JSON texts, of any
// type. Symmetric up to the order of array elements.
std::optional<std::string> merge_json(std::string_view base, std::string_view winner, std::string_view loser);

}  // namespace tidemark
