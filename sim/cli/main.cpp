// The `tidemark-sim` program: finds the verb, runs it, and turns whatever goes wrong into a line and an exit code.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <exception>
#include <vector>

#include "sim/cli/verb.h"
#include "sim/profile.h"

namespace tidemark::sim::cli {
namespace {

std::string footer() {
  return "Profiles: " + Profile::names() +
         R"(
  swarm and crash have every fault, crash on disks that lose power; calm has none; the others one family each.

Exit status:
  0  every invariant and expectation held
  1  one did not
  2  the command line
  3  a soak did not reach every point
  4  a file cannot be read, understood or written

Examples:
  tidemark-sim run --count 100 --tapes tapes         # a hundred worlds; tapes of those that break something
  tidemark-sim replay tapes/swarm-7.tape             # does it still fail?
  tidemark-sim shrink tapes/swarm-7.tape             # a small one that fails the same way
  tidemark-sim explain tapes/swarm-7.small.tape      # what happened, drawn
  tidemark-sim soak --minutes 60 --profiles swarm,crash --tapes tapes --totals totals.json
  tidemark-sim scenario sim/scenarios --page pages   # conflicts told line by line)";
}

int run_program(int count, char** words, Console& console) {
  CLI::App program{"Runs real replicas and a real relay through faults, in a world that is the same for the same seed.",
                   "tidemark-sim"};
  program.footer(footer());
  program.require_subcommand(1);
  std::vector<Verb> verbs;
  std::vector<std::string> names;
  for (const auto add : {add_run, add_replay, add_shrink, add_soak, add_explain, add_scenario, add_points, add_faults})
    names.push_back(verbs.emplace_back(add(program)).command->get_name());
  const std::string first = count > 1 ? words[1] : "";
  if (!first.empty() && first[0] != '-' && std::find(names.begin(), names.end(), first) == names.end()) {
    console.note(first + " is no verb; one of: " + CLI::detail::join(names, ", "));
    return exit_usage;
  }
  try {
    program.parse(count, words);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream complaint;
    const bool asked = program.exit(error, out, complaint) == 0;  // for help
    console.text(out.str());
    std::string text = complaint.str();
    if (!asked) console.note(text.substr(0, text.find_last_not_of('\n') + 1));
    return asked ? exit_clean : exit_usage;
  }
  for (const Verb& verb : verbs) {
    if (verb.command->parsed()) return verb.carry_out(console);
  }
  return exit_usage;
}

}  // namespace
}  // namespace tidemark::sim::cli

int main(int count, char** words) {
  using namespace tidemark::sim::cli;
  std::signal(SIGPIPE, SIG_IGN);
  Console console;
  try {
    return run_program(count, words, console);
  } catch (const Refusal& refusal) {
    console.note(refusal.message);
    return refusal.exit_code;
  } catch (const std::exception& error) {
    console.note(error.what());
    return exit_file;
  }
}
