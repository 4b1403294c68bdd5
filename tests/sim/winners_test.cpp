#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/winners.h"

using namespace tidemark;
using namespace tidemark::sim;

namespace {

constexpr std::uint64_t noon_ms = 1'794'997'200'000;  // 2026-11-18T10:20:00Z

Stamp at(std::uint64_t ms, std::uint64_t node, std::uint16_t counter = 0) { return {noon_ms + ms, counter, {node}}; }

Authored wrote(const std::string& author, const Stamp& stamp, const std::string& value,
               std::optional<Stamp> base = std::nullopt, const std::string& op = "") {
  return {{stamp, {{{"task1", "title"}, *Value::text(value), base}}, {}, {}}, author, op};
}

CellStory only_story(const std::vector<Authored>& changes) {
  const std::vector<CellStory> stories = explain(changes);
  REQUIRE(stories.size() == 1);
  return stories.front();
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a cell that was written once has no losers") {
  const CellStory story = only_story({wrote("a", at(0, 1), "x")});
  CHECK(story.winner.author == "a");
  CHECK(story.losers.empty());
  CHECK(story.reason == "only write");
}

TEST_CASE("the later writer wins, with both times in the reason") {
  const CellStory story = only_story({wrote("a", at(1'004, 1), "x"), wrote("b", at(3'120, 2), "y")});
  CHECK(story.winner.author == "b");
  CHECK(story.reason == "b wrote later: 10:20:03.120 against 10:20:01.004");
  CHECK(!story.losers[0].seen_by_winner);
  CHECK(story.losers[0].hidden_update);
}

TEST_CASE("times of different days come with their dates") {
  const CellStory story = only_story({wrote("a", at(0, 1), "x"), wrote("b", at(86'400'000, 2), "y")});
  CHECK(contains(story.reason, "2026-11-19 10:20:00.000 against 2026-11-18"));
}

TEST_CASE("within a millisecond the counter decides, then the node id") {
  CHECK(only_story({wrote("a", at(0, 9, 1), "x"), wrote("b", at(0, 2, 3), "y")}).reason ==
        "same millisecond: b has the higher counter, 3 against 1");
  CHECK(only_story({wrote("a", at(0, 1), "x"), wrote("b", at(0, 2), "y")}).reason ==
        "same millisecond, same counter: b's node id is greater");
}

TEST_CASE("the same stamp twice is said to be what it is") {
  const CellStory story = only_story({wrote("a", at(0, 1), "x"), wrote("c", at(0, 1), "y")});
  CHECK(story.winner.author == "c");
  CHECK(contains(story.reason, "same stamp twice"));
}

TEST_CASE("a value that the winner had seen was replaced, not lost") {
  const CellStory story = only_story({wrote("a", at(0, 1), "x"), wrote("c", at(5, 3), "z", at(0, 1))});
  CHECK(story.reason == "c had seen a's value and replaced it");
  CHECK(story.losers[0].seen_by_winner);
  CHECK(lost_updates({story}).empty());
}

TEST_CASE("seeing follows the chain of bases") {
  const CellStory story =
      only_story({wrote("a", at(0, 1), "x"), wrote("b", at(5, 2), "y", at(0, 1)), wrote("c", at(9, 3), "z", at(5, 2))});
  CHECK(story.losers[0].seen_by_winner);
  CHECK(story.losers[1].seen_by_winner);
  CHECK(story.reason == "c had seen b's and a's values and replaced them");
}

TEST_CASE("an unknown base ends the chain") {
  const CellStory story = only_story({wrote("a", at(0, 1), "x"), wrote("c", at(9, 3), "z", at(7, 7))});
  CHECK(!story.losers[0].seen_by_winner);
}

TEST_CASE("what somebody replaced knowingly is no hidden update, even if the winner saw neither") {
  const CellStory story =
      only_story({wrote("a", at(0, 1), "x"), wrote("b", at(5, 2), "y", at(0, 1)), wrote("c", at(9, 3), "z")});
  CHECK(story.losers[0].author == "b");
  CHECK(story.losers[0].hidden_update);
  CHECK(!story.losers[1].seen_by_winner);
  CHECK(!story.losers[1].hidden_update);
  const std::vector<LostUpdate> lost = lost_updates({story});
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].lost.author == "b");
  CHECK(lost[0].winner.author == "c");
}

TEST_CASE("an equal value hides nothing") {
  CHECK(lost_updates(explain({wrote("a", at(0, 1), "x"), wrote("b", at(5, 2), "x")})).empty());
}

TEST_CASE("order and doubles do not matter") {
  const Authored a = wrote("a", at(0, 1), "x");
  const Authored b = wrote("b", at(5, 2), "y", at(0, 1));
  CHECK(to_json(explain({a, b})) == to_json(explain({b, a, b, a})));
}

TEST_CASE("cells of one change are explained one by one, ascending") {
  Change change{at(0, 1), {}, {}, {}};
  change.events = {{{"b", "k"}, Value::integer(1), {}}, {{"a", "k"}, Value::integer(2), {}}};
  const std::vector<CellStory> stories = explain({{change, "a", "both"}});
  REQUIRE(stories.size() == 2);
  CHECK(stories[0].cell.entity == "a");
  CHECK(stories[1].winner.op == "both");
}

TEST_CASE("the table is aligned and names who lost and how") {
  const std::string table = to_table(
      explain({wrote("a", at(0, 1), "x"), wrote("bob", at(5, 2), "longer", at(0, 1)), wrote("c", at(9, 3), "z")}));
  CHECK(table ==
        "CELL         AUTHOR  VALUE     WRITTEN                  OUTCOME\n"
        "task1.title  c       \"z\"       2026-11-18 10:20:00.009  wins: c wrote later: 10:20:00.009 against "
        "10:20:00.005\n"
        "             bob     \"longer\"  2026-11-18 10:20:00.005  LOST, c had not seen it\n"
        "             a       \"x\"       2026-11-18 10:20:00.000  lost, but replaced by others or equal\n");
  CHECK(to_table(std::vector<CellStory>{}).empty());
}

TEST_CASE("the JSON says the same to programs") {
  const auto stories = explain({wrote("a", at(0, 1), "x", {}, "set it"), wrote("b", at(5, 2), "y")});
  const auto json = nlohmann::json::parse(to_json(stories));
  CHECK(json[0]["cell"]["attribute"] == "title");
  CHECK(json[0]["winner"]["value"] == "y");
  CHECK(!json[0]["winner"].contains("op"));
  CHECK(json[0]["losers"][0]["op"] == "set it");
  CHECK(json[0]["losers"][0]["hidden_update"] == true);
  CHECK(json[0]["losers"][0]["seen_by_winner"] == false);
  const auto lost = nlohmann::json::parse(to_json(lost_updates(stories)));
  CHECK(lost[0]["lost"]["stamp"] == to_string(at(0, 1)));
  CHECK(lost[0]["winner"]["author"] == "b");
}
