// docs/clock.md shows a worked example; this test executes it, line by line.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "hlc/clock.h"

namespace tidemark {
namespace {

std::int64_t read_wall(const std::string& text) {
  const auto stamp = parse_stamp(text + "-0000-0000000000000000");
  REQUIRE_MESSAGE(stamp, "not a time: ", text);
  return static_cast<std::int64_t>(stamp->ms);
}

// What one line of the example prints.
std::string execute(std::istringstream& words, Clock& clock, ClockCorrection& correction) {
  std::string verb, first, second;
  words >> verb >> first;
  if (verb == "open") {
    const auto node = parse_node(first);
    REQUIRE(node);
    clock = Clock(*node, clock.last());
    return clock.last() ? to_string(*clock.last()) : "none";
  }
  if (verb == "observe") {
    const auto stamp = parse_stamp(first);
    REQUIRE(stamp);
    clock.observe(*stamp);
    return to_string(*clock.last());
  }
  if (verb == "learn") {
    words >> second;
    correction = ClockCorrection::learn(read_wall(first), read_wall(second));
    return std::to_string(correction.offset_ms);
  }
  REQUIRE_MESSAGE(verb == "now", "unknown line: ", verb);
  return to_string(clock.now(correction.apply(read_wall(first))));
}

}  // namespace

TEST_CASE("the worked example of docs/clock.md prints what the page says") {
  std::ifstream page(TIDEMARK_DOCS "/clock.md");
  REQUIRE(page);
  Clock clock({0});
  ClockCorrection correction;
  bool inside = false;
  int executed = 0;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("```", 0) == 0) inside = line == "```clock-example";
    const auto arrow = line.find(" -> ");
    if (!inside || arrow == std::string::npos) continue;
    CAPTURE(line);
    std::istringstream words(line.substr(0, arrow));
    const auto expected = line.find_first_not_of(' ', arrow + 4);
    CHECK(execute(words, clock, correction) == line.substr(expected));
    ++executed;
  }
  CHECK(executed >= 12);
}

}  // namespace tidemark
