#include "crdt/merge_text.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "crdt/tokens.h"
#include "crdt/utf8.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

struct Case {
  const char *what, *base, *winner, *loser, *result;
};

const char* const clash = "(they clash)";

std::string merged(const char* base, const char* winner, const char* loser) {
  return merge_text(base, winner, loser).value_or(clash);
}

// Few words and few lines, so that the sides share some and differ in some.
rc::Gen<std::string> few_lines() {
  return rc::gen::exec([] {
    const auto piece = rc::gen::elementOf(std::vector<std::string>{"a", "b", "c", " ", ".", "\n", "\n", "a\n", "b\n",
                                                                   "\r\n", "\u00e9", "\u6f6e", "\U0001f30a"});
    std::string text;
    for (const std::string& next : *rc::gen::container<std::vector<std::string>>(piece)) text += next;
    return text;
  });
}

bool holds(const std::vector<std::string_view>& pieces, std::string_view piece) {
  return std::find(pieces.begin(), pieces.end(), piece) != pieces.end();
}

}  // namespace

TEST_CASE("texts merge by lines, then by words") {
  const Case cases[] = {
      {"far lines", "a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n", "A\nb\nc\nD\n"},
      {"both changed a line in the same way", "a\nb\nc\n", "a\nB\nc\n", "a\nB\nc\n", "a\nB\nc\n"},
      {"the same change and another one", "a\nb\nc\nd\n", "a\nB\nc\nD\n", "a\nB\nc\nd\n", "a\nB\nc\nD\n"},
      {"one inserts, one deletes elsewhere", "a\nb\nc\nd\n", "a\nx\nb\nc\nd\n", "a\nb\nc\n", "a\nx\nb\nc\n"},
      {"both insert the same line", "a\nb\n", "a\nx\nb\n", "a\nx\nb\n", "a\nx\nb\n"},
      {"both delete one of equal lines", "b\nc\na\na\na\n", "x\nb\nc\na\na\n", "b\nc\na\na\n", "x\nb\nc\na\na\n"},
      {"both insert at one place, differently", "a\nb\n", "a\nx\nb\n", "a\ny\nb\n", clash},
      {"both append, differently", "- a\n", "- a\n- b\n", "- a\n- c\n", clash},
      {"both write into an empty text", "", "one", "two", clash},
      {"one deletes what the other changes", "a\nb\nc\n", "a\nc\n", "a\nB\nc\n", clash},
      {"one deletes all, the other changes a line", "a\nb\n", "", "a\nB\n", clash},
      {"neighbouring lines are settled by words", "buy milk\nbuy bread\n", "buy oat milk\nbuy bread\n",
       "buy milk\nbuy rye bread\n", "buy oat milk\nbuy rye bread\n"},
      {"two words of a line", "the quick brown fox", "the slow brown fox", "the quick brown dog", "the slow brown dog"},
      {"one word of a line", "the quick fox", "the slow fox", "the sly fox", clash},
      {"words that touch", "foo bar", "foo bar baz", "foo qux", clash},
      {"one line rewritten, one word of it changed", "It rains on the old house of the king.",
       "Nobody knows why the sea is so blue today.", "It rains on the very old house of the king.", clash},
      {"a sentence without spaces rewritten, one character of it inserted",
       "\u6f6e\u304c\u6e80\u3061\u3066\u6765\u308b", "\u8ab0\u304c\u30c9\u30a2\u3092\u53e9\u3044\u3066\u6765\u305f",
       "\u6f6e\u304c\u6e80\u3061\u3066\u3082\u6765\u308b", clash},
      {"most of a line deleted, one word of the rest changed", "Come on Monday, or call. I have time.", "I have time.",
       "Come on Monday, or call. I have no time.", "I have no time."},
      {"a line feed is added at the end, a line before changes", "a b\nc", "a b\nc\n", "a x\nc", "a x\nc\n"},
      {"the last line changes, the other side appends to it", "a\nb", "a\nb\nc", "a\nx", clash},
      {"the last line loses its line feed, a line before changes", "a\nb\nc\n", "a\nb\nc", "x\nb\nc\n", "x\nb\nc"},
      {"carriage returns stay", "a\r\nb\r\nc\r\n", "A\r\nb\r\nc\r\n", "a\r\nb\r\nC\r\n", "A\r\nb\r\nC\r\n"},
      {"line ends converted, a word inside a line changed", "one two three\nfour\n", "one two three\r\nfour\r\n",
       "one 2 three\nfour\n", "one 2 three\r\nfour\r\n"},
      {"line ends converted, the word before one changed", "one two\nfour\n", "one two\r\nfour\r\n", "one 2\nfour\n",
       clash},
      {"words of other alphabets", "\u0431\u0435\u043b\u044b\u0439 \u0434\u043e\u043c",
       "\u0441\u0438\u043d\u0438\u0439 \u0434\u043e\u043c", "\u0431\u0435\u043b\u044b\u0439 \u0441\u0430\u0434",
       "\u0441\u0438\u043d\u0438\u0439 \u0441\u0430\u0434"},
      {"characters without spaces", "\u6f6e\u6c50\u8868", "\u6f6e\u6c34\u8868", "\u5927\u6c50\u8868", clash},
      {"characters without spaces, apart", "\u6f6e\u306e\u8868", "\u6c34\u306e\u8868", "\u6f6e\u306e\u5c71",
       "\u6c34\u306e\u5c71"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.what));
    CHECK(merged(c.base, c.winner, c.loser) == c.result);
    CHECK(merged(c.base, c.loser, c.winner) == c.result);
  }
}

TEST_CASE("a side that changed nothing has no say") {
  CHECK(rc::check([] {
    const std::string base = *few_lines();
    const std::string side = *few_lines();
    RC_ASSERT(merge_text(base, side, base) == side);
    RC_ASSERT(merge_text(base, base, side) == side);
    RC_ASSERT(merge_text(base, side, side) == side);
  }));
}

TEST_CASE("what merges is symmetric, UTF-8, and has no character of its own") {
  CHECK(rc::check([] {
    const std::string base = *few_lines();
    const std::string winner = *few_lines();
    const std::string loser = *few_lines();
    const auto merged = merge_text(base, winner, loser);
    RC_ASSERT(merged == merge_text(base, loser, winner));
    if (!merged) return;
    RC_ASSERT(is_utf8(*merged));
    const auto winner_words = split_words(winner);
    const auto loser_words = split_words(loser);
    // Of characters that are no words; "a" and "b" become a new word where a side deletes what stood between.
    for (const std::string_view word : split_words(*merged)) {
      if (!is_word(word)) RC_ASSERT(holds(winner_words, word) || holds(loser_words, word));
    }
  }));
}

TEST_CASE("changes of whole lines apart from each other always merge, into lines of the sides") {
  CHECK(rc::check([] {
    std::string base, winner, loser, expected;
    const int count = *rc::gen::inRange(1, 30);
    bool may_change = true;
    for (int i = 0; i < count; ++i) {
      const std::string line = "line " + std::to_string(i) + '\n';
      const std::string changed =
          *rc::gen::elementOf(std::vector<std::string>{"", "new " + line, line + "more " + line});
      const int who = may_change ? *rc::gen::inRange(0, 4) : 0;
      base += line;
      winner += who == 1 || who == 3 ? changed : line;
      loser += who == 2 || who == 3 ? changed : line;
      expected += who == 0 ? line : changed;
      may_change = who == 0;
    }
    RC_ASSERT(merge_text(base, winner, loser) == expected);
  }));
}

TEST_CASE("hostile texts end in bounded time") {
  const std::size_t size = 256 * 1024;
  std::string equal_lines, other_equal_lines, words, other_words;
  for (std::size_t i = 0; i < 100'000; ++i) {
    equal_lines += "x\n";
    if (i % 3 != 0) other_equal_lines += "x\n";
    if (i % 7 == 0) other_equal_lines += "y\n";
  }
  for (std::uint32_t i = 1, random = 1; words.size() < size; ++i) {
    random = random * 1664525 + 1013904223;
    words += static_cast<char>('a' + (random >> 24) % 2) + std::string(1, i % 2 == 0 ? '\n' : '.');
    other_words += static_cast<char>('a' + (random >> 28) % 2) + std::string(1, '.');
  }
  const std::pair<std::string, std::string> pairs[] = {
      {equal_lines, other_equal_lines}, {words, other_words}, {std::string(size, '.'), std::string(size, ',')}};
  for (const auto& [base, side] : pairs) {
    CHECK(merge_text(base, side, base) == side);
    merge_text(base, side, "head\n" + base);
    merge_text(base, side, base + "tail\n");
    merge_text(side, base + side, side + base);
  }
}

}  // namespace tidemark
