#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "crdt/columns.h"
#include "sim/lanes.h"

using namespace tidemark::sim;
using tidemark::columns_of;
using Kind = Moment::Kind;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

// Every element is closed by its own name, in order, and no text holds a bare < or &.
bool is_balanced(const std::string& svg) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < svg.size(); ++at) {
    if (svg[at] == '&') {
      const std::string rest = svg.substr(at, 6);
      const std::vector<std::string> entities{"&amp;", "&lt;", "&gt;", "&quot;"};
      if (std::none_of(entities.begin(), entities.end(), [&](const auto& e) { return rest.rfind(e, 0) == 0; }))
        return false;
    }
    if (svg[at] != '<') continue;
    const std::size_t end = svg.find('>', at);
    if (end == std::string::npos || svg.find('<', at + 1) < end) return false;
    const std::string tag = svg.substr(at + 1, end - at - 1);
    if (tag.front() == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
    at = end;
  }
  return open.empty();
}

std::vector<Moment> a_story() {
  return {{0, 0, Kind::connected, "a", "connects", 0},
          {0, 0, Kind::sent, "a", "hello 89ab n 0", 1},
          {2, 0, Kind::arrived, "relay", "", 1},
          {2, 0, Kind::sent, "relay", "welcome ok, log at 0", 2},
          {4, 0, Kind::arrived, "a", "", 2},
          {1'000, 0, Kind::write, "a", "set task1.title \"x\"", 0},
          {1'000, 0, Kind::sent, "a", "push 1 bundle", 3},
          {1'001, 0, Kind::fault, "", "a connection is cut", 0},
          {1'001, 0, Kind::lost, "relay", "", 3},
          {2'000, 0, Kind::sent, "a", "push 2 bundles", 4},
          {3'000, 0, Kind::write, "b", "set task1.title \"y\"", 0},
          {4'000, 0, Kind::arrived, "relay", "", 4}};
}

}  // namespace

TEST_CASE("lanes stand in the order that was asked for, then as they appear, the relay last") {
  LaneOptions options;
  CHECK(lines_of(lanes_text(a_story(), options))[0].find("a ") <
        lines_of(lanes_text(a_story(), options))[0].find("b "));
  options.order = {"relay", "b"};
  const std::string head = lines_of(lanes_text(a_story(), options))[0];
  CHECK(head.find("relay") < head.find("b "));
  CHECK(head.find("b ") < head.rfind('a'));
}

TEST_CASE("chatter becomes one line a device") {
  const std::string text = lanes_text(a_story());
  CHECK(contains(text, "connects, hello, welcome"));
  CHECK(!contains(text, "89ab"));
}

TEST_CASE("without folding every message is named") {
  LaneOptions options;
  options.fold = false;
  const std::string text = lanes_text(a_story(), options);
  CHECK(contains(text, "hello 89ab n 0"));
  CHECK(contains(text, "welcome ok, log at 0"));
}

TEST_CASE("a lost message ends in a cross") {
  const std::string text = lanes_text(a_story());
  CHECK(count_of(text, "✗") == 1);
  CHECK(contains(lanes_svg(a_story()), "class=\"cross\""));
}

TEST_CASE("a message that was under way while something else happened keeps its two ends") {
  CHECK(count_of(lanes_text(a_story()), "push 2 bundles") == 2);
}

TEST_CASE("no line is wider than asked for, and lines break where texts are long") {
  std::vector<Moment> moments = a_story();
  std::string words;
  for (int i = 0; i < 40; ++i) words += "word ";
  moments.push_back({5'000, 0, Kind::write, "a", words, 0});
  moments.push_back({5'000, 0, Kind::write, "b", std::string(500, 'w'), 0});
  moments.push_back({6'000, 0, Kind::checked, "", words, 0});
  for (const std::size_t width : {70U, 100U, 160U}) {
    LaneOptions options;
    options.width = width;
    for (const std::string& line : lines_of(lanes_text(moments, options))) CHECK(columns_of(line) <= width);
  }
}

TEST_CASE("a lane is never too narrow to be read, even if the terminal is") {
  LaneOptions options;
  options.width = 10;
  CHECK(contains(lanes_text(a_story(), options), "set task1.title"));
}

TEST_CASE("texts of others cannot disturb the terminal") {
  const std::string text = lanes_text({{0, 0, Kind::write, "a", "set t.x \"\x1b[31m\n\xff\"", 0}});
  CHECK(!contains(text, "\x1b"));
  CHECK(!contains(text, "\xff"));
  CHECK(lines_of(text).size() == 2);
}

TEST_CASE("colours are there only if asked for") {
  LaneOptions options;
  CHECK(!contains(lanes_text(a_story(), options), "\x1b["));
  options.colour = true;
  CHECK(contains(lanes_text(a_story(), options), "\x1b[31m"));
}

TEST_CASE("the picture is well formed whatever the texts are") {
  std::vector<Moment> moments = a_story();
  moments.push_back({5'000, 0, Kind::write, "<a>&\"", "set t.x \"</text>&amp; <b> \x01 \xc3\"", 0});
  moments.push_back({5'000, 0, Kind::told, "", "]]> --> <!--", 0});
  LaneOptions options;
  options.title = "</title>";
  options.description = "a & b";
  for (const bool fold : {true, false}) {
    options.fold = fold;
    CHECK(is_balanced(lanes_svg(moments, options)));
  }
}

TEST_CASE("the picture names itself, follows the colour scheme, and keeps long texts in tooltips") {
  std::vector<Moment> moments = a_story();
  moments.push_back({5'000, 0, Kind::write, "a", std::string(300, 'w'), 0});
  LaneOptions options;
  options.title = "Two people";
  options.description = "One is offline.";
  const std::string svg = lanes_svg(moments, options);
  CHECK(contains(svg, "<title id=\"title\">Two people</title>"));
  CHECK(contains(svg, "<desc id=\"desc\">One is offline.</desc>"));
  CHECK(contains(svg, "prefers-color-scheme:dark"));
  CHECK(count_of(svg, std::string(300, 'w')) == 1);
  CHECK(!contains(svg, "href"));
}

TEST_CASE("nothing happened: no diagram, and an empty picture") {
  CHECK(lanes_text({}).empty());
  CHECK(is_balanced(lanes_svg({})));
}

TEST_CASE("two hundred messages and three writes fold to a page") {
  std::vector<Moment> moments;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    const auto ms = std::int64_t(i) * 10;
    if (i % 40 == 0) moments.push_back({ms, 0, Kind::write, "a", "set", 0});
    moments.push_back({ms, 0, Kind::sent, i % 2 == 0 ? "a" : "b", "push 1 bundle", i});
    moments.push_back({ms + 2, 0, Kind::arrived, "relay", "", i});
  }
  CHECK(lines_of(lanes_text(moments)).size() < 15);
}
