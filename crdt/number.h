// JSON number tokens and doubles as text, below what crdt/json.h offers.
//
// The standard library's from_chars and to_chars do the work where it has them for doubles. The
// portable pair does the same with the C library, many times slower; it is compiled everywhere so
// that the two can be compared.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

// Length of the JSON number at the start of `text`, or 0 if there is none.
std::size_t number_size(std::string_view text);

// The double nearest to a JSON number token, or nothing if that is not finite. What is too small for
// a double is 0.0 or -0.0.
std::optional<double> read_double(std::string_view token);
std::optional<double> read_double_portably(std::string_view token);

// As format_double, whatever the C locale.
std::string format_double_portably(double number);

}  // namespace tidemark
