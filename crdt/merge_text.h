// Three-way merge of texts, by lines and, where both sides changed the same lines, by words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

// The merged text, or nothing if the sides clash. All three must be UTF-8; the result is, too, and every byte of it is
// from a side. Symmetric: which side is the winner makes no difference.
std::optional<std::string> merge_text(std::string_view base, std::string_view winner, std::string_view loser);

}  // namespace tidemark
