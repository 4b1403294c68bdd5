#include "crdt/json.h"

#include <doctest/doctest.h>

#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

std::string canonical(std::string_view text) {
  const auto result = canonical_json(text);
  return result ? *result : to_string(result.error());
}

}  // namespace

TEST_CASE("canonical JSON has no spaces and its keys in byte order") {
  CHECK(canonical(" { \"b\" : [ 1 , 2 ] ,\n\t\"a\" : { } , \"aa\":[ ] } ") == R"({"a":{},"aa":[],"b":[1,2]})");
  CHECK(canonical(R"({"":1,"Z":2,"a":3})") == R"({"":1,"Z":2,"a":3})");
  CHECK(canonical(R"([{"b":{"d":1,"c":2},"a":[{"f":1,"e":2}]}])") == R"([{"a":[{"e":2,"f":1}],"b":{"c":2,"d":1}}])");
  CHECK(canonical("null") == "null");
  CHECK(canonical("\r\ntrue\r\n") == "true");
  CHECK(canonical("false") == "false");
}

TEST_CASE("keys are ordered by what they say, not by how they are spelled") {
  // Escaped, a quote begins with a backslash, which lies behind "Z"; itself it lies before.
  CHECK(canonical(R"({"Z":1,"\"":2})") == R"({"\"":2,"Z":1})");
  CHECK(canonical(R"({"b":1,"\u0061":2})") == R"({"a":2,"b":1})");
  CHECK(canonical("{\"\\n\":1,\"\\u0001\":2}") == "{\"\\u0001\":2,\"\\n\":1}");
  // UTF-16 order would put the surrogates of U+1F600 before U+FFFF.
  CHECK(canonical("{\"\U0001f600\":1,\"\uffff\":2}") == "{\"\uffff\":2,\"\U0001f600\":1}");
}

TEST_CASE("characters stand as they are wherever JSON allows it") {
  CHECK(canonical(R"("\u0041\/\u00e9\u2028\u007f")") == "\"A/\u00e9\u2028\x7f\"");
  CHECK(canonical(R"("\uD83D\uDE00\ud83d\ude00")") == "\"\U0001f600\U0001f600\"");
  CHECK(canonical(R"("\"\\\b\f\n\r\t\u0000\u001F")") == R"("\"\\\b\f\n\r\t\u0000\u001f")");
  CHECK(canonical(R"("\u0022\u005c\u0008\u000c\u000A\u000d\u0009")") == R"("\"\\\b\f\n\r\t")");
}

TEST_CASE("numbers have one spelling") {
  CHECK(canonical("[-0,-0.0,1.0,1.50,1e2,1E-5,1e16,12345678901234567890]") ==
        "[0,0.0,1.0,1.5,100.0,1e-05,1e+16,1.2345678901234567e+19]");
  CHECK(canonical("9223372036854775807") == "9223372036854775807");
  CHECK(canonical("9223372036854775808") == "9.223372036854776e+18");
  CHECK(canonical("1e-999") == "0.0");
}

TEST_CASE("a text that is canonical stays and says so") {
  for (const char* text : {"null", "0", "0.0", "\"a\"", "[]", "{}", R"({"a":[1,2.5,"x",null],"b":{}})"}) {
    CHECK(is_canonical_json(text));
  }
  for (const char* text : {" null", "null ", "-0", "1.50", "\"\\u0041\"", "[ ]", R"({"b":1,"a":2})", "", "nul"}) {
    CAPTURE(text);
    CHECK_FALSE(is_canonical_json(text));
  }
}

TEST_CASE("the canonical form of a canonical form is itself") {
  CHECK(rc::check([] {
    const std::string text = arbitrary_json(4);
    const auto once = canonical_json(text);
    RC_ASSERT(once);
    RC_ASSERT(is_canonical_json(*once));
  }));
}

TEST_CASE("the order of an object's members does not matter, at any size") {
  CHECK(rc::check([] {
    auto keys = *rc::gen::unique<std::vector<std::string>>(arbitrary_text());
    const auto object = [&] {
      std::string text = "{";
      for (const auto& key : keys) text += (text.size() > 1 ? "," : "") + quote_json(key) + ":" + quote_json(key + "!");
      return text + "}";
    };
    const auto forward = canonical_json(object());
    std::reverse(keys.begin(), keys.end());
    const auto backward = canonical_json(object());
    RC_ASSERT(forward);
    RC_ASSERT(*forward == *backward);
  }));
}

TEST_CASE("quoting and unquoting are inverse") {
  CHECK(quote_json("") == "\"\"");
  CHECK(quote_json("a\"b") == R"("a\"b")");
  std::string out = "x";
  append_quoted_json(out, "y");
  CHECK(out == "x\"y\"");
  CHECK(*unquote_json(R"("a\u00e9\n")") == "a\u00e9\n");
  CHECK(rc::check([] {
    const std::string text = *arbitrary_text();
    const std::string quoted = quote_json(text);
    RC_ASSERT(is_canonical_json(quoted));
    const auto back = unquote_json(quoted);
    RC_ASSERT(back);
    RC_ASSERT(*back == text);
  }));
}

}  // namespace tidemark
