#include "crdt/columns.h"

#include <doctest/doctest.h>

namespace tidemark {

TEST_CASE("characters of two columns are counted as such") {
  CHECK(columns_of("日本") == 4);
  CHECK(columns_of("é") == 1);
  CHECK(columns_of("e\u0301") == 1);
  CHECK(cut_to("日本語", 5) == "日本…");
  CHECK(cut_to("日本語", 6) == "日本語");
}

TEST_CASE("wrapping keeps words whole where it can and says what is missing") {
  CHECK(wrap("one two three", 7, 5) == std::vector<std::string>{"one two", "three"});
  CHECK(wrap("abcdefgh", 3, 5) == std::vector<std::string>{"abc", "def", "gh"});
  CHECK(wrap("one two three", 5, 2) == std::vector<std::string>{"one", "two …"});
}

}  // namespace tidemark
