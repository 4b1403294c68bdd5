#include "crdt/tokens.h"

#include <doctest/doctest.h>

#include "crdt/utf8.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

using Pieces = std::vector<std::string_view>;

std::string joined(const Pieces& pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text += piece;
  return text;
}

}  // namespace

TEST_CASE("a line ends behind its line feed") {
  CHECK(split_lines("").empty());
  CHECK(split_lines("a") == Pieces{"a"});
  CHECK(split_lines("a\n") == Pieces{"a\n"});
  CHECK(split_lines("a\r\n\nb\rc") == Pieces{"a\r\n", "\n", "b\rc"});
}

TEST_CASE("a word is a run of letters, digits and underscores; all else stands alone") {
  CHECK(split_words("").empty());
  CHECK(split_words("two words, x_1.") == Pieces{"two", " ", "words", ",", " ", "x_1", "."});
  CHECK(split_words("a  b\r\n\r\t\n") == Pieces{"a", " ", " ", "b", "\r\n", "\r", "\t", "\n"});
  CHECK(split_words("caf\u00e9 \u0447\u0430\u0439") == Pieces{"caf\u00e9", " ", "\u0447\u0430\u0439"});
  CHECK(split_words("\u6f6e\u6c50\u201c\U0001f30a") == Pieces{"\u6f6e", "\u6c50", "\u201c", "\U0001f30a"});
  CHECK(split_words("a\u00bfb\u00c0\u1fff\u2000") == Pieces{"a", "\u00bf", "b\u00c0\u1fff", "\u2000"});
}

TEST_CASE("words and characters of scripts without spaces say something, spaces and dashes do not") {
  CHECK(is_word("word"));
  CHECK(is_word("\u00e9"));
  CHECK(is_word("\u6f6e"));
  CHECK_FALSE(is_word(" "));
  CHECK_FALSE(is_word("\r\n"));
  CHECK_FALSE(is_word("\u201c"));
}

TEST_CASE("the pieces are the text, and each is UTF-8") {
  CHECK(rc::check([] {
    const std::string text = *arbitrary_text();
    for (const Pieces& pieces : {split_lines(text), split_words(text)}) {
      RC_ASSERT(joined(pieces) == text);
      for (const std::string_view piece : pieces) RC_ASSERT(!piece.empty() && is_utf8(piece));
    }
  }));
}

}  // namespace tidemark
