#include "crdt/merge_values.h"

#include <doctest/doctest.h>

#include "crdt/limits.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

Value text(std::string content) { return must(Value::text(std::move(content))); }
Value json(const std::string& content) { return must(Value::json(content)); }

}  // namespace

TEST_CASE("a side that changed nothing has no say, whatever the types are") {
  CHECK(rc::check([] {
    const Value base = *arbitrary_value();
    const Value side = *arbitrary_value();
    RC_ASSERT(merge_values(base, side, base) == side);
    RC_ASSERT(merge_values(base, base, side) == side);
    RC_ASSERT(merge_values(base, side, side) == side);
  }));
}

TEST_CASE("texts merge as texts, JSON as JSON") {
  CHECK(merge_values(text("a\nb\nc\n"), text("x\nb\nc\n"), text("a\nb\ny\n")) == text("x\nb\ny\n"));
  CHECK(merge_values(json("{}"), json(R"({"a":1})"), json(R"({"b":2})")) == json(R"({"a":1,"b":2})"));
  CHECK(merge_values(json("[1]"), json("[1,2]"), json("[1,3]")) == json("[1,2,3]"));
}

TEST_CASE("everything else clashes if both sides changed it") {
  CHECK_FALSE(merge_values(Value::integer(1), Value::integer(2), Value::integer(3)));
  CHECK_FALSE(merge_values(Value::boolean(true), Value::null(), Value::boolean(false)));
  CHECK_FALSE(merge_values(Value::null(), text("a"), text("b")));
  CHECK_FALSE(merge_values(text("a\n"), Value::null(), text("a\nb\n")));
  CHECK_FALSE(merge_values(text("a b c"), text("x b c"), json("[1]")));
  CHECK_FALSE(merge_values(json("{}"), json("[]"), json(R"({"a":1})")));
  const auto bytes = [](const char* raw) { return must(Value::bytes(raw)); };
  CHECK_FALSE(merge_values(bytes("a\nb\nc\n"), bytes("x\nb\nc\n"), bytes("a\nb\ny\n")));
}

TEST_CASE("a merged value is within the limit or it clashes") {
  for (const std::size_t over : {0u, 1u, 2u}) {
    // One side lengthens the first line, one the last; together they have max_value_bytes - 1 + over.
    const std::size_t added = (max_value_bytes - 1 + over - 6) / 2;
    const std::string first(added, 'x');
    const std::string last(max_value_bytes - 1 + over - 6 - added, 'y');
    const auto merged = merge_values(text("a\nb\nc\n"), text("a" + first + "\nb\nc\n"), text("a\nb\nc" + last + "\n"));
    CAPTURE(over);
    REQUIRE(merged.has_value() == (over < 2));
    if (merged) CHECK(merged->payload_size() == max_value_bytes - 1 + over);
  }
  for (const std::size_t over : {0u, 1u, 2u}) {
    const std::size_t rest = max_value_bytes - 1 + over - std::string(R"(["",""])").size();
    const std::string first(rest / 2, 'x');
    const std::string last(rest - rest / 2, 'y');
    const auto merged = merge_values(json("[]"), json("[\"" + first + "\"]"), json("[\"" + last + "\"]"));
    CAPTURE(over);
    REQUIRE(merged.has_value() == (over < 2));
    if (merged) CHECK(merged->payload_size() == max_value_bytes - 1 + over);
  }
}

TEST_CASE("JSON at the limit of depth merges") {
  const auto nested = [](std::string inner) {
    for (std::size_t depth = 1; depth < max_json_depth; ++depth) inner = "{\"k\":" + inner + "}";
    return json(inner);
  };
  CHECK(merge_values(nested("[1]"), nested("[1,2]"), nested("[1,3]")) == nested("[1,2,3]"));
}

TEST_CASE("values of any kind merge to a value or clash, every time the same way") {
  CHECK(rc::check([] {
    const Value base = *arbitrary_value();
    const Value winner = *arbitrary_value();
    const Value loser = *arbitrary_value();
    RC_ASSERT(merge_values(base, winner, loser) == merge_values(base, winner, loser));
  }));
}

}  // namespace tidemark
