#include "crdt/error.h"

#include <doctest/doctest.h>

#include "crdt/utf8.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {

TEST_CASE("an error prints what is known and leaves the rest out") {
  CHECK(to_string(Error{"too_large", "value", "9 bytes", "at most 8 bytes", "Split it."}) ==
        "too_large: value: got 9 bytes, expected at most 8 bytes. Split it.");
  CHECK(to_string(Error{"busy", {}, {}, {}, {}}) == "busy");
  CHECK(to_string(Error{"busy", "space", {}, {}, {}}) == "busy: space");
  CHECK(to_string(Error{"busy", {}, "2", {}, {}}) == "busy: got 2");
  CHECK(to_string(Error{"busy", {}, {}, "1", {}}) == "busy: expected 1");
  CHECK(to_string(Error{"busy", {}, {}, {}, "Try again"}) == "busy. Try again.");
  CHECK(Error{}.retry == Retry::never);
}

TEST_CASE("a result holds a value or an error") {
  const Result<int> good = 5;
  REQUIRE(good);
  CHECK(*good == 5);
  const Result<int> bad = Error{"no", {}, {}, {}, {}};
  REQUIRE_FALSE(bad);
  CHECK(bad.error().code == "no");
}

TEST_CASE("an excerpt is short, printable and cut between characters") {
  const std::string forty(40, 'x');
  CHECK(excerpt("") == "");
  CHECK(excerpt(forty.substr(1)) == forty.substr(1));
  CHECK(excerpt(forty) == forty);
  CHECK(excerpt(forty + "x") == forty + "...");
  CHECK(excerpt(forty.substr(1) + "\u00e9") == forty.substr(1) + "...");
  CHECK(excerpt(forty.substr(2) + "\u00e9") == forty.substr(2) + "\u00e9");
  CHECK(excerpt("a\nb\x7f") == "a?b?");
  CHECK(excerpt("a\xff\xc3z") == "a??z");
  CHECK(rc::check([](const std::string& raw) {
    const std::string shown = excerpt(raw);
    RC_ASSERT(shown.size() <= 43u);
    RC_ASSERT(is_utf8(shown));
  }));
}

}  // namespace tidemark
