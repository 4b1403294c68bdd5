#include "sim/scenario.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/files.h"
#include "sim/cli/telling.h"
#include "sim/cli/verb.h"
#include "sim/process.h"

namespace tidemark::sim::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> files;
  bool list = false;
  std::string page;
  std::string svg;
  bool json = false;
};

// Folders stand for the scenarios in them.
std::vector<std::string> files_of(const std::vector<std::string>& given) {
  std::vector<std::string> files;
  for (const std::string& one : given) {
    if (!fs::is_directory(one)) {
      files.push_back(one);
      continue;
    }
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(one)) {
      if (entry.path().extension() == ".scenario") found.push_back(entry.path().string());
    }
    if (found.empty()) throw Refusal{exit_file, one + ": holds no .scenario"};
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

bool expects(const Command& command) { return command.verb >= Command::Verb::expect_value; }

std::string in_words(const Scenario& scenario, const ScenarioOutcome& outcome, const Console& console) {
  std::string text = (outcome.passed() ? console.green("pass") : console.red("FAIL")) + " " + scenario.name + ": " +
                     scenario.title + "\n";
  const auto tell = [&](bool good, std::size_t line, const std::string& what) {
    const std::string number = std::to_string(line);
    text += (good ? console.green("  ok  ") : console.red("  FAIL")) +
            std::string(5 - std::min(number.size(), 4UL), ' ') + number + "  " + what + "\n";
  };
  const auto failed = [&](std::size_t line) {
    return std::any_of(outcome.failures.begin(), outcome.failures.end(),
                       [&](const Failure& failure) { return failure.line == line; });
  };
  for (const Command& command : scenario.commands) {
    if (expects(command) && !failed(command.line)) tell(true, command.line, command.text);
  }
  for (const Failure& failure : outcome.failures) tell(false, failure.line, failure.expected + ": " + failure.found);
  return text;
}

std::string json_line(const std::string& file, const Scenario& scenario, const ScenarioOutcome& outcome) {
  Json json{{"file", file}, {"name", scenario.name}, {"title", scenario.title}, {"ok", outcome.passed()}};
  json["expectations"] = std::count_if(scenario.commands.begin(), scenario.commands.end(), expects);
  json["failures"] = Json::array();
  for (const Failure& failure : outcome.failures)
    json["failures"].push_back({{"line", failure.line}, {"expected", failure.expected}, {"found", failure.found}});
  json["cells"] = Json::parse(to_json(outcome.stories));
  json["lost"] = Json::parse(to_json(outcome.lost));
  json["gone"] = Json::array();
  for (const GoneWrite& gone : outcome.gone)
    json["gone"].push_back({{"line", gone.line}, {"author", gone.author}, {"op", gone.op}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

int carry_out(const Options& options, Console& console) {
  const std::vector<std::string> files = files_of(options.files);
  if (!options.svg.empty() && files.size() != 1) throw Refusal{exit_usage, "--svg takes one scenario; use --page"};
  std::vector<Scenario> scenarios;  // all are read before the first is played
  for (const std::string& file : files) {
    Result<Scenario> scenario = Scenario::parse(fs::path(file).stem().string(), read_file(file));
    if (!scenario) throw Refusal{exit_file, file + ": " + to_string(scenario.error())};
    scenarios.push_back(std::move(*scenario));
  }
  if (!options.page.empty()) make_folder(options.page);
  if (!options.list) prepare_process();
  std::size_t failed = 0;
  for (std::size_t i = 0; i < files.size() && !console.reader_left(); ++i) {
    const Scenario& scenario = scenarios[i];
    if (options.list) {
      console.line(options.json ? Json{{"file", files[i]}, {"title", scenario.title}}.dump()
                                : files[i] + ": " + scenario.title);
      continue;
    }
    const ScenarioOutcome outcome = play(scenario, !options.page.empty() || !options.svg.empty());
    if (!outcome.passed()) ++failed;
    console.text(options.json ? json_line(files[i], scenario, outcome) + "\n" : in_words(scenario, outcome, console));
    if (!options.page.empty()) {
      const fs::path base = fs::path(options.page) / scenario.name;
      write_file(base.string() + ".md", page(scenario, outcome));
      write_file(base.string() + ".svg", picture(scenario, outcome));
    }
    if (!options.svg.empty()) write_file(options.svg, picture(scenario, outcome));
  }
  if (!options.json && !options.list && files.size() > 1)
    console.line(counted(files.size(), "scenario") + ", " + std::to_string(failed) + " failed");
  return failed == 0 ? exit_clean : exit_broken;
}

}  // namespace

Verb add_scenario(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("scenario", "Play conflicts that are told line by line in a file");
  command->add_option("FILE", options->files, "Scenarios, or folders of them")->required();
  command->add_flag("--list", options->list, "Say what they are about, and play none");
  command->add_option("--page", options->page,
                      "Folder for a page of each: diagram, winners with reasons, lost updates");
  command->add_option("--svg", options->svg, "Draw the diagram of one into this file");
  command->add_flag("--json", options->json, "A JSON object a scenario");
  command->footer(
      "sim/scenarios/README.md lists the commands of a scenario.\n\n"
      "  tidemark-sim scenario sim/scenarios\n"
      "  tidemark-sim scenario my.scenario --page pages");
  return {command, [options](Console& console) { return carry_out(*options, console); }};
}

}  // namespace tidemark::sim::cli
