// Columns: how much room a text takes in a terminal, and how to make it fit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

// Columns of a terminal that UTF-8 text fills: East Asian characters and emoji count two, combining ones none.
std::size_t columns_of(std::string_view text);

// The same text without what would disturb a line: control characters become spaces, broken UTF-8 becomes '?'.
std::string printable(std::string_view text);

// At most so many columns, with an ellipsis at the end if something is missing.
std::string cut_to(std::string_view text, std::size_t columns);

// Divides at spaces where possible into at most so many lines (1 or more) of so many columns (2 or more); what does not
// fit is cut.
std::vector<std::string> wrap(std::string_view text, std::size_t columns, std::size_t lines_max);

// Spaces at the end up to so many columns.
std::string padded(std::string text, std::size_t columns);

// So many times the same.
std::string repeated(std::string_view text, std::size_t times);

}  // namespace tidemark
