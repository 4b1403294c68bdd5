#include <doctest/doctest.h>

#include <limits>

#include "crdt/limits.h"
#include "crdt/value.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

std::string code(ValueType type, std::string_view payload) {
  const auto result = Value::from_canonical(type, payload);
  return result ? "accepted" : result.error().code;
}

}  // namespace

TEST_CASE("canonical bytes of each type") {
  using namespace std::string_literals;
  CHECK(Value::null().canonical_bytes() == "\0"s);
  CHECK(Value::boolean(false).canonical_bytes() == "\x01\0"s);
  CHECK(Value::boolean(true).canonical_bytes() == "\x01\x01"s);
  CHECK(Value::integer(0).canonical_bytes() == "\x02\x80\0\0\0\0\0\0\0"s);
  CHECK(Value::integer(-1).canonical_bytes() == "\x02\x7f\xff\xff\xff\xff\xff\xff\xff"s);
  CHECK(Value::real(1.0).canonical_bytes() == "\x03\x3f\xf0\0\0\0\0\0\0"s);
  CHECK(must(Value::text("zz")).canonical_bytes() == "\x04zz"s);
  CHECK(must(Value::bytes("zz")).canonical_bytes() == "\x05zz"s);
  CHECK(must(Value::json("[]")).canonical_bytes() == "\x06[]"s);
}

TEST_CASE("a value is rebuilt from its canonical bytes") {
  CHECK(rc::check([] {
    const Value value = *arbitrary_value();
    const std::string bytes = value.canonical_bytes();
    RC_ASSERT(bytes.size() == value.payload_size() + 1);
    const auto back = Value::from_canonical(value.type(), std::string_view(bytes).substr(1));
    RC_ASSERT(back);
    RC_ASSERT(*back == value);
  }));
}

TEST_CASE("whatever payload is accepted is the payload that would be written") {
  CHECK(rc::check([](const std::string& payload) {
    for (int type = 0; type < 9; ++type) {
      const auto made = Value::from_canonical(static_cast<ValueType>(type), payload);
      if (made) RC_ASSERT(made->canonical_bytes() == static_cast<char>(type) + payload);
    }
  }));
}

TEST_CASE("a second spelling of a value is refused") {
  using namespace std::string_literals;
  const std::pair<ValueType, std::string> bad[] = {
      {ValueType::null, "x"},
      {ValueType::boolean, ""},
      {ValueType::boolean, "\x02"},
      {ValueType::boolean, "\xff"},
      {ValueType::boolean, "\x01\x01"},
      {ValueType::integer, ""},
      {ValueType::integer, "1234567"},
      {ValueType::integer, "123456789"},
      {ValueType::real, "1234567"},
      {ValueType::real, "\x80\0\0\0\0\0\0\0"s},      // -0.0
      {ValueType::real, "\x7f\xf8\0\0\0\0\0\x01"s},  // another quiet NaN
      {ValueType::real, "\x7f\xf0\0\0\0\0\0\x01"s},  // a signalling NaN
      {ValueType::real, "\xff\xf8\0\0\0\0\0\0"s},    // a negative NaN
      {ValueType::text, "\xff"},
      {ValueType::json, ""},
      {ValueType::json, "1"},
      {ValueType::json, "[1"},
      {ValueType::json, "[ 1]"},
      {ValueType::json, "[1.50]"},
      {ValueType::json, R"({"b":1,"a":2})"},
      {ValueType::json, R"({"a":1,"a":2})"},
      {ValueType::json, "[\"\xff\"]"},
      {static_cast<ValueType>(7), ""},
      {static_cast<ValueType>(255), "x"},
  };
  for (const auto& [type, payload] : bad) {
    CAPTURE(payload);
    CHECK(code(type, payload) == "non_canonical_value");
  }
  CHECK(code(ValueType::real, "\x7f\xf0\0\0\0\0\0\0"s) == "accepted");  // infinity
}

TEST_CASE("a payload is refused from one byte above its limit") {
  for (const ValueType type : {ValueType::text, ValueType::bytes}) {
    CHECK(code(type, std::string(max_value_bytes - 1, 'a')) == "accepted");
    CHECK(code(type, std::string(max_value_bytes, 'a')) == "accepted");
    CHECK(code(type, std::string(max_value_bytes + 1, 'a')) == "too_large");
  }
  CHECK(code(ValueType::json, "[\"" + std::string(max_value_bytes - 4, 'a') + "\"]") == "accepted");
  CHECK(code(ValueType::json, "[\"" + std::string(max_value_bytes - 3, 'a') + "\"]") == "too_large");
}

TEST_CASE("values compare as their canonical bytes do") {
  CHECK(rc::check([] {
    const Value a = *arbitrary_value();
    const Value b = *arbitrary_value();
    RC_ASSERT(sign(compare_canonical(a, b)) == sign(a.canonical_bytes().compare(b.canonical_bytes())));
    RC_ASSERT((a == b) == (a.canonical_bytes() == b.canonical_bytes()));
    RC_ASSERT(compare_canonical(a, a) == 0);
  }));
  CHECK(compare_canonical(Value::integer(-1), Value::integer(1)) < 0);
  CHECK(compare_canonical(must(Value::text("\x7f")), must(Value::text("\u00e9"))) < 0);
  CHECK(compare_canonical(must(Value::text("a")), must(Value::text("ab"))) < 0);
}

}  // namespace tidemark
