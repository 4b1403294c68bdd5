// A text cut into lines or into words. The pieces, put together, are the text, byte for byte; they are slices of it.
#pragma once

#include <string_view>
#include <vector>

namespace tidemark {

// A line ends behind its line feed, which is part of it, as is a carriage return before it; the last line can lack one.
std::vector<std::string_view> split_lines(std::string_view text);

// The text must be UTF-8. A word is a run of ASCII letters, digits and underscores and of the characters U+00C0 to U+1FFF,
// where the alphabets are. CR LF is one piece, every other character is one by itself, Chinese ones too.
std::vector<std::string_view> split_words(std::string_view text);

// Whether a piece that split_words cut is a word or, from U+3000 on, a character of a script that has no spaces.
bool is_word(std::string_view piece);

}  // namespace tidemark
