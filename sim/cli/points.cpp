// The verbs that list what a run can reach, and what can strike it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/verb.h"
#include "sim/fault.h"
#include "sim/sometimes.h"

namespace tidemark::sim::cli {
namespace {

using Json = nlohmann::ordered_json;

int list_points(bool json, Console& console) {
  std::size_t longest = 0;
  for (std::size_t i = 0; i < point_count; ++i) longest = std::max(longest, name_of(Point(i)).size());
  for (std::size_t i = 0; i < point_count; ++i) {
    std::string name(name_of(Point(i)));
    const std::string sentence(sentence_of(Point(i)));
    if (json)
      console.line(Json{{"name", name}, {"sentence", sentence}}.dump());
    else
      console.line(name + std::string(longest - name.size() + 2, ' ') + sentence);
  }
  return exit_clean;
}

int list_faults(bool json, Console& console) {
  std::size_t longest = 0;
  for (std::size_t i = 0; i < fault_count; ++i) longest = std::max(longest, name_of(Fault(i)).size());
  for (std::size_t i = 0; i < fault_count; ++i) {
    const std::string name(name_of(Fault(i)));
    const std::string sentence(sentence_of(Fault(i)));
    if (json)
      console.line(
          Json{{"name", name}, {"sentence", sentence}, {"needs_crash_disk", needs_crash_disk(Fault(i))}}.dump());
    else
      console.line(name + std::string(longest - name.size() + 2, ' ') + sentence);
  }
  return exit_clean;
}

template <class List>
Verb add_list(CLI::App& program, const char* name, const char* description, List list) {
  auto json = std::make_shared<bool>(false);
  CLI::App* command = program.add_subcommand(name, description);
  command->add_flag("--json", *json, "A JSON object a line");
  return {command, [json, list](Console& console) { return list(*json, console); }};
}

}  // namespace

Verb add_points(CLI::App& program) {
  return add_list(program, "points", "List the rare situations that a good search reaches", list_points);
}

Verb add_faults(CLI::App& program) {
  return add_list(program, "faults", "List the kinds of faults that strike runs", list_faults);
}

}  // namespace tidemark::sim::cli
