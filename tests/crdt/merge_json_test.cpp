#include "crdt/merge_json.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "crdt/json_slices.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

struct Case {
  const char *what, *base, *winner, *loser, *result;
};

const char* const clash = "(they clash)";

std::string merged(const char* base, const char* winner, const char* loser) {
  return merge_json(base, winner, loser).value_or(clash);
}

std::string canonical(const std::string& text) {
  auto made = canonical_json(text);
  TIDEMARK_ASSERT(made);
  return *std::move(made);
}

// An object of few keys and few values, so that the three share some.
std::string few_members(int depth) {
  std::string text;
  for (const char* key : {"a", "b", "\"", "#"}) {
    const int kind = *rc::gen::inRange(0, depth > 0 ? 5 : 4);
    if (kind == 0) continue;
    if (!text.empty()) text += ',';
    text += quote_json(key) + ':';
    if (kind == 4) {
      text += few_members(depth - 1);
    } else {
      text += kind == 3 ? "null" : std::to_string(kind);
    }
  }
  return canonical('{' + text + '}');
}

std::string array_of(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return '[' + text + ']';
}

bool holds(const std::vector<int>& numbers, int number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

std::vector<int> few_numbers() {
  std::vector<int> numbers;
  for (const int number : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 20))) {
    if (!holds(numbers, number)) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

TEST_CASE("objects merge by key") {
  const Case cases[] = {
      {"two keys", R"({"a":1,"b":2})", R"({"a":9,"b":2})", R"({"a":1,"b":8})", R"({"a":9,"b":8})"},
      {"two new keys", R"({"m":1})", R"({"m":1,"z":2})", R"({"a":3,"m":1})", R"({"a":3,"m":1,"z":2})"},
      {"one new key, with one value", R"({})", R"({"a":1,"b":1})", R"({"a":1,"c":1})", R"({"a":1,"b":1,"c":1})"},
      {"one new key, with two values", R"({})", R"({"a":1})", R"({"a":2})", clash},
      {"one new key, with two arrays", R"({})", R"({"a":[1]})", R"({"a":[2]})", clash},
      {"removed, and left", R"({"a":1,"b":2})", R"({"b":2})", R"({"a":1,"b":3})", R"({"b":3})"},
      {"removed by both", R"({"a":1,"b":2,"c":3})", R"({"b":2})", R"({"b":2,"c":3})", R"({"b":2})"},
      {"removed, and changed", R"({"a":1})", R"({})", R"({"a":2})", clash},
      {"null is a value", R"({"a":1})", R"({"a":null})", R"({"a":1,"b":null})", R"({"a":null,"b":null})"},
      {"removed, and set to null", R"({"a":1})", R"({"a":null})", R"({})", clash},
      {"inner objects", R"({"o":{"a":1,"b":1}})", R"({"o":{"a":2,"b":1}})", R"({"o":{"a":1}})", R"({"o":{"a":2}})"},
      {"inner texts", R"({"s":"one two three"})", R"({"s":"1 two three"})", R"({"s":"one two 3\n"})",
       R"({"s":"1 two 3\n"})"},
      {"inner texts that clash", R"({"s":"one"})", R"({"s":"two"})", R"({"s":"three"})", clash},
      {"numbers do not mix", R"({"n":1})", R"({"n":2})", R"({"n":3})", clash},
      {"an integer and a double are two values", R"({"n":1})", R"({"n":2})", R"({"n":2.0})", clash},
      {"another type on one side", R"({"a":1,"b":1})", R"({"a":[1],"b":1})", R"({"a":1,"b":2})", R"({"a":[1],"b":2})"},
      {"another type on one side, another value on the other", R"({"a":{}})", R"({"a":[]})", R"({"a":{"x":1}})", clash},
      {"a new object and a new array", R"({"a":1})", R"({"a":{}})", R"({"a":[]})", clash},
      {"keys in the order of their characters, not of their escapes", R"({})", R"({"\"":1})", R"({"#":2,"\\":3})",
       R"({"\"":1,"#":2,"\\":3})"},
      {"brackets in strings", R"({"]":"}"})", R"({"]":"}","{":"[\""})", R"({"]":"}","}":","})",
       R"({"]":"}","{":"[\"","}":","})"},
      {"everything removed", R"({"a":1,"b":2})", R"({"b":2})", R"({"a":1})", "{}"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.what));
    for (const char* text : {c.base, c.winner, c.loser}) CHECK(is_canonical_json(text));
    CHECK(merged(c.base, c.winner, c.loser) == c.result);
    CHECK(merged(c.base, c.loser, c.winner) == c.result);
  }
}

TEST_CASE("arrays merge as sets, the winner's order first") {
  const Case cases[] = {
      {"both add", "[1]", "[1,2]", "[3,1]", "[1,2,3]"},
      {"both add the same", "[1]", "[1,2]", "[2,1]", "[1,2]"},
      {"both remove", "[1,2,3]", "[2,3]", "[1,3]", "[3]"},
      {"one adds, one removes", "[1,2]", "[1,2,3]", "[2]", "[2,3]"},
      {"one removes and adds anew what the other left", "[1,2]", "[2,1]", "[1,2,3]", "[2,1,3]"},
      {"two orders", "[1,2,3]", "[3,2,1]", "[2,1,3]", "[3,2,1]"},
      {"an object that both changed is there twice", R"([{"a":1}])", R"([{"a":2}])", R"([{"a":3}])",
       R"([{"a":2},{"a":3}])"},
      {"inside an object", R"({"t":["x"]})", R"({"t":["x","y"]})", R"({"t":["x","z"]})", R"({"t":["x","y","z"]})"},
      {"everything removed", "[1,2]", "[1]", "[2]", "[]"},
      {"what stands twice makes no set", "[5]", "[5,5]", "[5,6]", clash},
      {"but one side can have it", "[5]", "[5,5]", "[5]", "[5,5]"},
      {"brackets and commas in strings", R"(["],"])", R"(["],","[\""])", R"(["],","\\"])", R"(["],","[\"","\\"])"},
  };
  for (const Case& c : cases) {
    CAPTURE(std::string(c.what));
    CHECK(merged(c.base, c.winner, c.loser) == c.result);
  }
}

TEST_CASE("canonical text falls into its members and elements") {
  CHECK(rc::check([] {
    std::string array, object;
    std::vector<std::string> values;
    const int count = *rc::gen::inRange(0, 5);
    for (int i = 0; i < count; ++i) {
      values.push_back(canonical(arbitrary_json(3)));
      const std::string key = quote_json("\"}]," + std::to_string(i));
      array += (i > 0 ? "," : "") + values.back();
      object += (i > 0 ? "," : "") + key + ':' + values.back();
    }
    const std::string array_text = '[' + array + ']';
    const std::string object_text = '{' + object + '}';
    const auto elements = json_elements(array_text);
    const auto members = json_members(object_text);
    RC_ASSERT(std::vector<std::string>(elements.begin(), elements.end()) == values);
    RC_ASSERT(members.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      RC_ASSERT(members[i].key == quote_json("\"}]," + std::to_string(i)));
      RC_ASSERT(members[i].value == values[i]);
    }
  }));
}

TEST_CASE("objects that merge are canonical and merge the other way round to the same") {
  CHECK(rc::check([] {
    const std::string base = few_members(2);
    const std::string winner = few_members(2);
    const std::string loser = few_members(2);
    const auto merged = merge_json(base, winner, loser);
    RC_ASSERT(merged == merge_json(base, loser, winner));
    if (merged) RC_ASSERT(is_canonical_json(*merged));
  }));
}

TEST_CASE("a set has what either side added and nothing that either side removed") {
  CHECK(rc::check([] {
    const auto base = few_numbers();
    const auto winner = few_numbers();
    const auto loser = few_numbers();
    const auto merged = merge_json(array_of(base), array_of(winner), array_of(loser));
    RC_ASSERT(merged);
    std::vector<int> elements;
    for (const auto element : json_elements(*merged)) elements.push_back(std::stoi(std::string(element)));
    for (int i = 0; i < 20; ++i) {
      const bool expected = holds(base, i) ? holds(winner, i) && holds(loser, i) : holds(winner, i) || holds(loser, i);
      RC_ASSERT(std::count(elements.begin(), elements.end(), i) == (expected ? 1 : 0));
    }
    std::vector<int> kept;
    std::copy_if(elements.begin(), elements.end(), std::back_inserter(kept), [&](int i) { return holds(winner, i); });
    std::vector<int> wanted;
    std::copy_if(winner.begin(), winner.end(), std::back_inserter(wanted), [&](int i) { return holds(elements, i); });
    if (winner != base) RC_ASSERT(kept == wanted);  // else the order is what the loser changed
  }));
}

}  // namespace tidemark
