// The `tidemark-bench` program: runs workloads and prints what they measured, for people or as JSON.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>

#include "bench/catalogue.h"
#include "tests/support/temp_dir.h"

namespace tidemark::bench {
namespace {

constexpr int exit_done = 0;
constexpr int exit_wrong = 1;  // an outcome was wrong, or a goal was missed and that was asked for
constexpr int exit_usage = 2;

constexpr const char* footer = R"(
Each figure stands beside a reference that runs in the same repetition; their ratio is what counts, since machines differ
and one machine differs from minute to minute. CPU is the same ratio of processor time. Counts are exact.

Exit status:
  0  done
  1  a workload came to a wrong result or could not run; with --strict also: a goal was missed
  2  the command line

Examples:
  tidemark-bench                              # everything, half an hour or so
  tidemark-bench apply write --size-max 10000 # a first impression
  tidemark-bench 'relay' --json relay.json    # all whose name matches, also as JSON)";

std::string goal_text(const Measure& measure) {
  if (!measure.goal) return "";
  return std::string(measure.more_is_better ? ">= " : "<= ") + short_number(measure.goal->bound) +
         (measure.goal->of == Goal::Of::ratio ? "x" : "");
}

nlohmann::json as_json(const Measure& measure) {
  nlohmann::json json{{"name", measure.name},
                      {"size", measure.size},
                      {"what", measure.what},
                      {"unit", measure.unit},
                      {"more_is_better", measure.more_is_better},
                      {"values", measure.values},
                      {"value", measure.value()},
                      {"counted", measure.counted},
                      {"seen", measure.seen}};
  if (const auto ratio = measure.ratio()) {
    json["reference"] = measure.reference;
    json["references"] = measure.references;
    json["reference_value"] = *measure.reference_value();
    json["ratio"] = *ratio;
  }
  if (const auto ratio = measure.cpu_ratio()) json["cpu_ratio"] = *ratio;
  if (measure.goal) {
    json["goal"] = {{"of", measure.goal->of == Goal::Of::ratio ? "ratio" : "value"}, {"bound", measure.goal->bound}};
    if (measure.goal->stretch) json["goal"]["stretch"] = *measure.goal->stretch;
    if (const auto reached = measure.reached()) json["goal"]["reached"] = *reached;
  }
  return json;
}

// A person's line; the table's head is in table_head.
std::string line_of(const Measure& measure) {
  const auto number = [](const std::optional<double>& value) {
    return value ? short_number(*value) : std::string("-");
  };
  char text[256];
  std::snprintf(text, sizeof text, "%-28s %9s %12s %-14s %12s %7s %7s %9s %s", measure.name.c_str(),
                short_count(measure.size).c_str(), short_number(measure.value()).c_str(), measure.unit.c_str(),
                number(measure.reference_value()).c_str(), number(measure.ratio()).c_str(),
                number(measure.cpu_ratio()).c_str(), goal_text(measure).c_str(),
                !measure.reached()   ? ""
                : *measure.reached() ? "yes"
                                     : "NO");
  return text;
}

std::string table_head() {
  char text[256];
  std::snprintf(text, sizeof text, "%-28s %9s %12s %-14s %12s %7s %7s %9s %s", "measure", "size", "value", "",
                "reference", "ratio", "CPU", "goal", "reached");
  return text;
}

struct Told {
  std::vector<std::string> patterns;
  bool list = false;
  bool strict = false;
  std::string json_path;
  std::string folder;
  BenchOptions options;
};

int list_workloads() {
  for (const Workload& workload : catalogue()) std::cout << workload.name << "  " << workload.about << '\n';
  return exit_done;
}

bool is_meant(const std::vector<std::string>& patterns, const Workload& workload) {
  if (patterns.empty()) return true;
  for (const std::string& pattern : patterns) {
    if (std::regex_search(workload.name, std::regex(pattern))) return true;
  }
  return false;
}

int run(Told told) {
  std::vector<const Workload*> meant;
  for (const Workload& workload : catalogue()) {
    if (is_meant(told.patterns, workload)) meant.push_back(&workload);
  }
  if (meant.empty()) {
    std::cerr << "tidemark-bench: no workload has such a name; --list names them\n";
    return exit_usage;
  }
  const test::TempDir folder(told.folder);
  told.options.folder = folder.path();
  const bool watched = isatty(STDERR_FILENO) != 0;
  if (watched) told.options.progress = [](const std::string& text) { std::cerr << "\r\033[K" << text << std::flush; };
  told.options.measured = [watched](const Measure& measure) {
    if (watched) std::cerr << "\r\033[K";
    std::cout << line_of(measure) << std::endl;
  };
  std::cout << table_head() << std::endl;
  Bench bench(told.options);
  bool wrong = false;
  for (const Workload* workload : meant) {
    try {
      workload->run(bench);
    } catch (const std::exception& error) {
      std::cerr << "tidemark-bench: " << workload->name << ": " << error.what() << '\n';
      wrong = true;
    }
  }
  nlohmann::json lines = nlohmann::json::array();
  for (const Measure& measure : bench.measures()) {
    lines.push_back(as_json(measure));
    if (told.strict && measure.reached() == false) wrong = true;
  }
  if (!told.json_path.empty()) {
    std::ofstream out(told.json_path);
    out << nlohmann::json{{"repetitions", told.options.repetitions}, {"measures", lines}}.dump(1) << '\n';
    if (!out.flush()) {
      std::cerr << "tidemark-bench: " << told.json_path << " cannot be written\n";
      return exit_wrong;
    }
  }
  return wrong ? exit_wrong : exit_done;
}

int run_program(int count, char** words) {
  CLI::App program{"Measures the engine beside plain code that does the least it can.", "tidemark-bench"};
  program.footer(footer);
  Told told;
  told.options.relay = (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tidemark-relay").string();
  told.folder = std::filesystem::temp_directory_path().string();
  program.add_option("workload", told.patterns, "Workloads whose names match (default: all)");
  program.add_flag("--list", told.list, "Name the workloads");
  program.add_option("--json", told.json_path, "Also write everything that was measured into this file");
  program.add_option("--repetitions", told.options.repetitions, "Of each measure (default 5)")
      ->check(CLI::Range(1, 99));
  program.add_option("--size-max", told.options.size_max, "Leave out larger sizes")->check(CLI::PositiveNumber);
  program.add_option("--folder", told.folder, "On the disk that is to be measured (default: for temporary files)")
      ->check(CLI::ExistingDirectory);
  program.add_option("--relay", told.options.relay, "The tidemark-relay program (default: beside this one)")
      ->envname("TIDEMARK_RELAY_BIN");
  program.add_flag("--strict", told.strict, "Exit status 1 if a goal is missed");
  try {
    program.parse(count, words);
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? exit_done : exit_usage;
  }
  try {
    return told.list ? list_workloads() : run(std::move(told));
  } catch (const std::regex_error& error) {
    std::cerr << "tidemark-bench: no regular expression: " << error.what() << '\n';
    return exit_usage;
  }
}

}  // namespace
}  // namespace tidemark::bench

int main(int count, char** words) {
  try {
    return tidemark::bench::run_program(count, words);
  } catch (const std::exception& error) {
    std::cerr << "tidemark-bench: " << error.what() << '\n';
    return 1;
  }
}
