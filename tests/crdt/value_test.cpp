#include "crdt/value.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "crdt/limits.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

Value read(std::string_view json) {
  auto value = Value::from_json(json);
  REQUIRE_MESSAGE(value, json);
  return *value;
}

std::string code(const Result<Value>& result) { return result ? "accepted" : result.error().code; }

}  // namespace

TEST_CASE("a JSON text becomes the type that it says") {
  CHECK(read("null").type() == ValueType::null);
  CHECK(read(" true ").as_boolean());
  CHECK_FALSE(read("false").as_boolean());
  CHECK(read("-9223372036854775808").as_integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(read("-0").as_integer() == 0);
  CHECK(read("1.0").as_real() == 1.0);
  CHECK(read("9223372036854775808").as_real() == 9223372036854775808.0);
  CHECK(read("\"a\\u00e9\"").as_string() == "a\u00e9");
  CHECK(read("[ 1 ]").type() == ValueType::json);
  CHECK(read("{\"b\":1,\"a\":2}").as_string() == "{\"a\":2,\"b\":1}");
}

TEST_CASE("bytes travel as an object with one member of base64") {
  const Value bytes = must(Value::bytes(std::string("\x00\xff", 2)));
  CHECK(bytes.to_json() == "{\"$bytes\":\"AP8=\"}");
  CHECK(read(" { \"$bytes\" : \"AP8\\u003d\" } ") == bytes);
  CHECK(read("{\"$bytes\":\"\"}") == must(Value::bytes("")));
  // Anything else is an object like others.
  for (const char* text : {R"({"$bytes":"AP8"})", R"({"$bytes":1})", R"({"$bytes":"AP8=","x":1})", R"({"$bytes":{}})",
                           R"({"$bytes":null})", R"({"$bytes2":"AP8="})", R"({"$bytes":"a","b":"c"})"}) {
    CAPTURE(text);
    CHECK(read(text).type() == ValueType::json);
    CHECK(read(text).to_json() == text);
  }
}

TEST_CASE("a value survives its JSON text") {
  CHECK(rc::check([] {
    const Value value = *arbitrary_value();
    const auto back = Value::from_json(value.to_json());
    RC_ASSERT(back);
    RC_ASSERT(*back == value);
    RC_ASSERT(back->to_json() == value.to_json());
  }));
}

TEST_CASE("numbers that JSON lacks print as null") {
  CHECK(Value::real(std::numeric_limits<double>::infinity()).to_json() == "null");
  CHECK(Value::real(-std::numeric_limits<double>::infinity()).to_json() == "null");
  CHECK(Value::real(std::nan("")).to_json() == "null");
}

TEST_CASE("minus zero becomes zero and every NaN the same NaN") {
  CHECK_FALSE(std::signbit(Value::real(-0.0).as_real()));
  CHECK(Value::real(-0.0) == Value::real(0.0));
  CHECK(Value::real(std::nan("1")) == Value::real(-std::nan("2")));
  CHECK(Value::real(std::nan("")).canonical_bytes() == std::string("\x03\x7f\xf8\0\0\0\0\0\0", 9));
}

TEST_CASE("values of different types differ, also where they say the same") {
  CHECK_FALSE(Value::integer(1) == Value::real(1));
  CHECK_FALSE(Value::integer(1) == Value::boolean(true));
  CHECK_FALSE(must(Value::text("a")) == must(Value::bytes("a")));
  CHECK_FALSE(must(Value::text("[]")) == must(Value::json("[]")));
  CHECK(Value() == Value::null());
}

TEST_CASE("text must be UTF-8 and JSON must be a container") {
  CHECK(code(Value::text("a\xff")) == "bad_utf8");
  CHECK(Value::text("ab\xff").error().got == "'?' at offset 2");
  CHECK(Value::text(std::string(2, '\0')));
  CHECK(Value::bytes("\xff"));
  for (const char* scalar : {"1", "\"a\"", "null", "true"}) CHECK(code(Value::json(scalar)) == "not_a_container");
  CHECK(code(Value::json("[1")) == "bad_json");
  CHECK(code(Value::json("{\"a\":1,\"a\":2}")) == "duplicate_key");
  CHECK(code(Value::json("[1e999]")) == "number_out_of_range");
  CHECK(code(Value::from_json("1e999")) == "number_out_of_range");
  CHECK(code(Value::from_json("\"\\ud800\"")) == "bad_utf8");
  CHECK(code(Value::from_json("")) == "bad_json");
}

TEST_CASE("a value is refused from one byte above its limit") {
  for (const std::size_t size : {max_value_bytes - 1, max_value_bytes}) {
    CHECK(Value::text(std::string(size, 'a')));
    CHECK(Value::bytes(std::string(size, 'a')));
    CHECK(Value::json("[\"" + std::string(size - 4, 'a') + "\"]")->payload_size() == size);
    CHECK(Value::from_json("\"" + std::string(size, 'a') + "\""));
    CHECK(Value::from_json("[\"" + std::string(size - 4, 'a') + "\"]"));
    CHECK(Value::from_json("{\"$bytes\":\"" + to_base64(std::string(size, 'a')) + "\"}"));
  }
  const std::size_t over = max_value_bytes + 1;
  CHECK(code(Value::text(std::string(over, 'a'))) == "too_large");
  CHECK(code(Value::bytes(std::string(over, 'a'))) == "too_large");
  CHECK(code(Value::json("[\"" + std::string(over - 4, 'a') + "\"]")) == "too_large");
  CHECK(code(Value::from_json("\"" + std::string(over, 'a') + "\"")) == "too_large");
  CHECK(code(Value::from_json("[\"" + std::string(over - 4, 'a') + "\"]")) == "too_large");
  CHECK(code(Value::from_json("{\"$bytes\":\"" + to_base64(std::string(over, 'a')) + "\"}")) == "too_large");
  CHECK(Value::text(std::string(over, 'a')).error().got == "262145 bytes");
  // The limit is on the canonical text, so spaces do not count.
  CHECK(Value::json("[" + std::string(over, ' ') + "]"));
}

}  // namespace tidemark
