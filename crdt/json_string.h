// The inside of JSON strings, below what crdt/json.h offers: runs of plain characters and escapes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark {

// Where the run of characters that starts at `at` ends, which a JSON string holds as they are: at a
// quote, a backslash, a control character or the end.
std::size_t plain_end(std::string_view text, std::size_t at);

enum class Escape { decoded, unknown, bad_digits, lone_surrogate };

// Reads the escape, or the pair of surrogate escapes, whose backslash stands at `at`, appends the
// character and moves `at` behind it. Otherwise both stay as they are.
Escape decode_escape(std::string_view text, std::size_t& at, std::string& decoded);

}  // namespace tidemark
