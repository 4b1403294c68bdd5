// ScenarioParser: the language of scenarios, one function a command. Internal to Scenario::parse; scenario_parse.cpp
// holds lines, names and options, scenario_commands.cpp the commands, scenario_expectations.cpp what follows `expect`.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario.h"
#include "sim/scenario_words.h"

namespace tidemark::sim {

class ScenarioParser {
 public:
  ScenarioParser(std::string name, std::string_view text);
  Result<Scenario> parse();

 private:
  using Verb = Command::Verb;

  Error error(const BadLine& bad) const;
  void add_comment(std::string_view line);
  void add_line(std::string_view line);
  void option(ScenarioWords& words);

  // Names. A device that is named for the first time is there from then on, unless a `devices` line listed them all.
  void declare(const std::string& name);
  std::string device(const std::string& name);
  void one_device(ScenarioWords& words);
  void device_or(ScenarioWords& words, const std::string& other);
  void devices_or_all(ScenarioWords& words);

  // scenario_commands.cpp
  void add_commands();
  void speak(const std::string& who, ScenarioWords& words);
  void attack(ScenarioWords& words);
  void clock(ScenarioWords& words);
  void partition(ScenarioWords& words);
  void crash(ScenarioWords& words, Verb verb);
  void cut(ScenarioWords& words);
  void clone(ScenarioWords& words);

  // scenario_expectations.cpp
  void expect(ScenarioWords& words);
  void expect_of(ScenarioWords& words);
  void expect_conflict(ScenarioWords& words);
  void expect_relay(ScenarioWords& words);
  void counted(ScenarioWords& words, Verb verb);

  Scenario out_;
  std::size_t line_ = 0;
  Command command_;  // of the line that is read
  std::set<std::string> known_;
  bool listed_ = false;  // by a devices line
  std::map<std::string, std::function<void(ScenarioWords&)>> commands_;
};

}  // namespace tidemark::sim
