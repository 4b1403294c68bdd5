// Canonical JSON text: one byte string for each JSON value.
//
// Integer tokens within int64 stay integers; every other number is a finite double in the shortest
// form that reads back as the same double, written as Python's repr writes it (1e+16, 0.0001,
// 1e-05, 2.0). Object keys are sorted by their UTF-8 bytes, a duplicate key is refused, there are no
// spaces, and characters stand unescaped where JSON (RFC 8259) allows it; otherwise the two-character
// escapes, or \u00xx with lower-case digits. Nesting is at most max_json_depth.
//
// crdt must not know a JSON library, and canonical text needs control over every byte, so the reader
// and writer are here, in one pass over the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "crdt/error.h"

namespace tidemark {

// The canonical text of a JSON text of any type. Errors: bad_json (field says the byte offset),
// json_too_deep, duplicate_key, bad_utf8, number_out_of_range.
Result<std::string> canonical_json(std::string_view text);

// True if canonical_json would return the text unchanged.
bool is_canonical_json(std::string_view text);

// What a canonical text is: an object or an array, or else a scalar.
inline bool is_json_container(std::string_view canonical) {
  return !canonical.empty() && (canonical.front() == '{' || canonical.front() == '[');
}

// The double in its canonical spelling; NaN and infinities have none and must not be passed.
std::string format_double(double number);
// Finite double of a complete JSON number token, or nothing.
std::variant<std::monostate, std::int64_t, double> parse_number(std::string_view token);

// The text as a JSON string with its quotes. The text must be UTF-8.
std::string quote_json(std::string_view text);
void append_quoted_json(std::string& out, std::string_view text);
// What a complete JSON string token, quotes included, says. Errors as above.
Result<std::string> unquote_json(std::string_view token);

}  // namespace tidemark
