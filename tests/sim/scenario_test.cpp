#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "sim/scenario.h"

using namespace tidemark;
using namespace tidemark::sim;

namespace {

Scenario parsed(const std::string& text) {
  const Result<Scenario> scenario = Scenario::parse("test", text);
  REQUIRE_MESSAGE(scenario, (scenario ? std::string() : to_string(scenario.error())));
  return *scenario;
}

Error refused(const std::string& text) {
  const Result<Scenario> scenario = Scenario::parse("test", text);
  REQUIRE(!scenario);
  CHECK(scenario.error().code == "bad_scenario");
  CHECK(!scenario.error().limit.empty());
  return scenario.error();
}

ScenarioOutcome played(const std::string& text) { return play(parsed(text), false); }

std::string failures_of(const ScenarioOutcome& outcome) {
  std::string text;
  for (const Failure& failure : outcome.failures)
    text += "line " + std::to_string(failure.line) + ": " + failure.expected + ": " + failure.found + "\n";
  return text;
}

std::vector<std::filesystem::path> gallery() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(TIDEMARK_SCENARIOS)) {
    if (entry.path().extension() == ".scenario") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string edit_war =
    "# Two people edit one title.\n"
    "# The later one wins.\n"
    "devices a b\n"
    "offline all\n"
    "a: set task1.title \"x\"\n"
    "b: set task1.title \"y\"\n"
    "online all\n"
    "sync all\n";

}  // namespace

TEST_CASE("every scenario of the gallery passes, and playing it twice gives the same trace") {
  const auto files = gallery();
  CHECK(files.size() >= 28);
  for (const auto& path : files) {
    CAPTURE(path.filename().string());
    const Result<Scenario> scenario = Scenario::parse(path.stem().string(), text_of(path));
    REQUIRE_MESSAGE(scenario, (scenario ? std::string() : to_string(scenario.error())));
    CHECK(!scenario->title.empty());
    CHECK(!scenario->description.empty());
    const ScenarioOutcome outcome = play(*scenario, true);
    CHECK_MESSAGE(outcome.passed(), failures_of(outcome));
    CHECK(play(*scenario, false).trace_hash == outcome.trace_hash);
  }
}

TEST_CASE("a scenario that is gone through leaves winners and lost updates") {
  const ScenarioOutcome outcome = played(edit_war);
  CHECK_MESSAGE(outcome.passed(), failures_of(outcome));
  REQUIRE(outcome.stories.size() == 1);
  CHECK(outcome.stories[0].winner.author == "b");
  CHECK(outcome.stories[0].winner.op == "set task1.title \"y\"");
  REQUIRE(outcome.lost.size() == 1);
  CHECK(outcome.lost[0].lost.author == "a");
  CHECK(outcome.gone.empty());
  CHECK(outcome.moments.empty());
}

TEST_CASE("a wrong expectation fails with its line and what was found, and the rest is played") {
  const ScenarioOutcome outcome =
      played(edit_war + "expect all task1.title = \"x\"\nexpect no conflicts\nexpect b outbox.x none\n");
  REQUIRE(outcome.failures.size() == 2);
  CHECK(outcome.failures[0].line == 9);
  CHECK(outcome.failures[0].expected == "expect all task1.title = \"x\"");
  CHECK(outcome.failures[0].found == "on a \"y\"");
  CHECK(outcome.failures[1].line == 10);
}

TEST_CASE("each kind of expectation can fail") {
  const std::vector<std::string> wrong{"expect a task1.title none",
                                       "expect all deleted task1",
                                       "expect conflict task1.title \"z\"",
                                       "expect no conflict task1.title",
                                       "expect forked a",
                                       "expect a offset about 1h",
                                       "expect outbox a 3",
                                       "expect parked a 1",
                                       "expect relay entries 1",
                                       "expect relay alarm",
                                       "expect events all 3",
                                       "expect told a clock_ahead"};
  for (const std::string& line : wrong) {
    CAPTURE(line);
    const ScenarioOutcome outcome = played(edit_war + line + "\n");
    REQUIRE(outcome.failures.size() == 1);
    CHECK(outcome.failures[0].line == 9);
    CHECK(!outcome.failures[0].found.empty());
  }
  CHECK(!played("devices a b\noffline all\na: set t.x 1\nexpect converged\n").passed());
}

TEST_CASE("devices must agree at the end, unless the scenario says otherwise") {
  const std::string text = "devices a b\noffline all\nlose a\nlose b\n";
  CHECK(!played(text).passed());
  CHECK(played("option no_final_check\n" + text).passed());
}

TEST_CASE("what cannot be carried out is a failure of its line") {
  CHECK(played("devices a b\nrollback a\n").failures.at(0).line == 2);
  CHECK(played("devices a b\noffline a\nsync a\n").failures.at(0).found == "a is offline");
  CHECK(contains(played("devices a\nrestore relay\n").failures.at(0).found, "no copy"));
  CHECK(contains(played("devices a\ncrash a\na: set t.x 1\npace 0s\ncrash a\na: set t.x 2\n").failures.at(0).found,
                 "not running"));
}

TEST_CASE("a trap that nothing steps into is a failure, since what the scenario is about never happened") {
  CHECK(played("devices a\ncut a after 100000 bytes up\n").failures.at(0).line == 2);
  CHECK(played("devices a\ncrash a inside 5000\na: set t.x 1\n").failures.at(0).line == 2);
}

TEST_CASE("an acknowledged write that no device holds any more is named") {
  const ScenarioOutcome outcome = played("devices a b\noffline a\na: set t.x 1\nlose a\n");
  CHECK_MESSAGE(outcome.passed(), failures_of(outcome));
  REQUIRE(outcome.gone.size() == 1);
  CHECK(outcome.gone[0].line == 3);
  CHECK(outcome.gone[0].author == "a");
}

TEST_CASE("an author keeps its name through forks and stamps that were made anew") {
  const ScenarioOutcome outcome = played(
      "devices a\na: set t.x 1\nsync a\noffline a\nclone a as c\noffline c\n"
      "a: set t.a 1\nc: set t.c 1\nclock a +2h\na: set t.late 1\nonline all\nsync all\n");
  CHECK_MESSAGE(outcome.passed(), failures_of(outcome));
  for (const CellStory& story : outcome.stories) {
    CAPTURE(story.cell.attribute);
    CHECK(story.winner.author == (story.cell.attribute == "c" ? "c" : "a"));
    CHECK(!story.winner.op.empty());
  }
}

TEST_CASE("the comment at the top is title and description") {
  const Scenario scenario = parsed("# One. Two.\n# Three.\n\n# not this\ndevices a  # nor this\n");
  CHECK(scenario.title == "One.");
  CHECK(scenario.description == "Two.\nThree.");
  CHECK(scenario.commands.at(0).text == "devices a");
  CHECK(scenario.commands.at(0).line == 5);
}

TEST_CASE("a number sign within a text is no comment") {
  const Scenario scenario = parsed("a: set t.x \"# \\\" #\", t.y {\"k\":[1,\"}\"]}\n");
  CHECK(scenario.commands.at(0).writes.size() == 2);
  CHECK(scenario.commands.at(0).writes[0].value == *Value::text("# \" #"));
}

TEST_CASE("errors name line, finding and expectation") {
  const Error error = refused("devices a b\n\nofline a\n");
  CHECK(error.field == "line 3");
  CHECK(error.got == "ofline");
  CHECK(error.hint == "Did you mean offline?");
}

TEST_CASE("everything that is no scenario is refused") {
  CHECK(refused("").field == "line 1");
  CHECK(refused("# only words\n").limit == "at least one command");
  CHECK(refused("devices a\na: set task1 \"x\"\n").limit == "a cell like task1.title");
  CHECK(refused("devices a\na: set t.x hello\n").hint == "Texts stand in quotation marks.");
  CHECK(refused("devices a\na: set t.x \"hello\n").field == "line 2");
  CHECK(refused("devices a\na: set t.x 1 t.y 2\n").limit == "the end of the line");
  CHECK(refused("devices a\na: remove t\n").field == "line 2");
  CHECK(refused("devices a relay\n").got == "relay");
  CHECK(refused("devices a a\n").got == "a");
  CHECK(refused("devices anna\nanne: delete t\n").hint == "Did you mean anna?");
  CHECK(refused("devices a\nwait 5\n").hint == "Units are ms, s, m, h, d and y.");
  CHECK(refused("devices a\nwait -5s\n").field == "line 2");
  CHECK(refused("devices a\nclock a drift 5\n").limit == "a drift like +500ppm");
  CHECK(refused("devices a\nclock a set 1970-13-01\n").got == "1970-13-01");
  CHECK(refused("devices a\npartition a\n").got == "the end of the line");
  CHECK(refused("devices a\npower a\n").limit == "option crash_disk at the top");
  CHECK(refused("devices a\noption relaxed\n").limit == "options before the first command");
  CHECK(refused("option relaxd\ndevices a\n").hint == "Did you mean relaxed?");
  CHECK(refused("devices a\nexpect a t.x \"y\"\n").limit == "= and a value, or none");
  CHECK(refused("devices a\nexpect outbocks a 1\n").hint == "Did you mean outbox?");
  CHECK(refused("devices a\ncut a at breakfast\n").limit == "the name of a message");
  CHECK(refused("devices a\nhostile: dance\n").field == "line 2");
  CHECK(refused("devices a\ncrash a inside 0\n").got == "0");
  CHECK(refused("devices \xff\n").limit == "UTF-8 text of at most 256 KiB");
}

TEST_CASE("the page holds scenario, diagram, winners and lost updates") {
  const Scenario scenario = parsed(edit_war + "expect all task1.title = \"x\"\n");
  const ScenarioOutcome outcome = play(scenario, true);
  const std::string text = page(scenario, outcome);
  CHECK(text.rfind("# Two people edit one title.\n", 0) == 0);
  CHECK(contains(text, "The later one wins."));
  CHECK(contains(text, "line 9: `expect all task1.title = \"x\"`: on a \"y\""));
  CHECK(contains(text, "(test.svg)"));
  CHECK(contains(text, "b wrote later"));
  CHECK(contains(text, "HIDDEN BY"));
  CHECK(contains(picture(scenario, outcome), "<svg"));
}
