#include <doctest/doctest.h>

#include "crdt/json.h"
#include "crdt/limits.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

std::string code(std::string_view text) {
  const auto result = canonical_json(text);
  return result ? "accepted as " + *result : result.error().code;
}

std::string nested(std::size_t depth, const std::string& open, const std::string& close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  text += "1";
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

void check_bad_json(std::initializer_list<const char*> texts) {
  for (const char* text : texts) {
    CAPTURE(text);
    CHECK(code(text) == "bad_json");
  }
}

}  // namespace

TEST_CASE("what is not JSON is refused") {
  check_bad_json(
      {"", " ", "nul", "tru", "True", "nulll", "none", "undefined", "'a'", "/**/1", "1//", "\xef\xbb\xbf[]"});
  check_bad_json({"+1", "01", "-01", "1.", ".5", "1e", "0x10", "1 2", "--1", "1,", "1_000"});
  check_bad_json({"NaN", "Infinity", "-Infinity", "nan", "inf"});
  check_bad_json(
      {"\"", "\"a", "\"\\", "\"\\\"", "\"\\x41\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\u+123\"", "\"\\U0041\""});
  check_bad_json({"\"a\nb\"", "\"a\tb\"", "\"a\"b", "\"a\" \"b\""});
  check_bad_json({"[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1}", "[1]]", "[\"a]"});
  check_bad_json({"{", "}", "{,}", "{a:1}", "{1:1}", "{\"a\"}", "{\"a\"", "{\"a\" 1}", "{\"a\":", "{\"a\"::1}"});
  check_bad_json({"{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{\"a\":1]", "{\"a\":1}}"});
  CHECK(code(std::string("1\0", 2)) == "bad_json");
  CHECK(code(std::string("\"a\0\"", 4)) == "bad_json");
}

TEST_CASE("a refusal names the place and what was expected there") {
  const auto error = canonical_json("[1, x]").error();
  CHECK(error.field == "offset 4");
  CHECK(error.got == "'x]'");
  CHECK(error.limit == "a value");
  CHECK(canonical_json("[1,").error().got == "the end of the text");
  CHECK(canonical_json("{\"a\":1,\"a\":2}").error().got == "'a' twice");
}

TEST_CASE("a key that stands twice is refused, however it is spelled") {
  CHECK(code(R"({"a":1,"a":1})") == "duplicate_key");
  CHECK(code(R"({"a":1,"b":2,"\u0061":3})") == "duplicate_key");
  CHECK(code(R"([{"x":{"":1,"":2}}])") == "duplicate_key");
  CHECK(code(R"({"a":{"a":1},"b":{"a":1}})") == R"(accepted as {"a":{"a":1},"b":{"a":1}})");
}

TEST_CASE("text that is not UTF-8 is refused, and so are lone surrogates") {
  for (const char* text : {"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\xff",
                           "{\"\x80\":1}", R"("\ud800")", R"("\udc00")", R"("\ud800x")", R"("\ud800\n")",
                           R"("\ud800\ud800")", R"("\udc00\ud800")", R"("\udc00\udc00")", R"({"\udfff":1})"}) {
    CAPTURE(text);
    CHECK(code(text) == "bad_utf8");
  }
  CHECK(canonical_json("\"abc\xff\"").error().field == "offset 4");
}

TEST_CASE("a number that no double holds is refused") {
  for (const char* text : {"1e999", "-1e999", "[1e309]", "{\"a\":1.8e308}"}) {
    CHECK(code(text) == "number_out_of_range");
  }
}

TEST_CASE("nesting is bounded at its limit") {
  const std::pair<const char*, const char*> kinds[] = {{"[", "]"}, {"{\"a\":", "}"}};
  for (const auto& [open, close] : kinds) {
    CHECK(canonical_json(nested(max_json_depth - 1, open, close)));
    CHECK(canonical_json(nested(max_json_depth, open, close)));
    CHECK(code(nested(max_json_depth + 1, open, close)) == "json_too_deep");
    CHECK(code(nested(100'000, open, close)) == "json_too_deep");
  }
}

TEST_CASE("a text cut at any byte is refused") {
  const std::string text = R"({"a":[1,-2.5e+20,"x\u00e9\n",true,null],"b":{"c":"d"}})";
  REQUIRE(canonical_json(text));
  for (std::size_t size = 0; size < text.size(); ++size) CHECK_FALSE(canonical_json(text.substr(0, size)));
}

TEST_CASE("every change of one byte is refused or has a canonical form of its own") {
  CHECK(rc::check([] {
    std::string text = arbitrary_json(3);
    RC_PRE(!text.empty());
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    for (int byte = 0; byte < 256; ++byte) {
      text[at] = static_cast<char>(byte);
      const auto result = canonical_json(text);
      if (result) RC_ASSERT(is_canonical_json(*result));
    }
  }));
}

TEST_CASE("only one whole string token is unquoted") {
  for (const char* text : {"", "a", "\"", "\"a", " \"a\"", "\"a\" ", "\"a\"b", "1", "null", "\"\x01\""}) {
    CAPTURE(text);
    CHECK(unquote_json(text).error().code == "bad_json");
  }
  CHECK(unquote_json("\"\xff\"").error().code == "bad_utf8");
  CHECK(unquote_json(R"("\ud800")").error().code == "bad_utf8");
}

}  // namespace tidemark
