#include <CLI/CLI.hpp>
#include <ctime>
#include <memory>

#include "sim/cli/files.h"
#include "sim/cli/telling.h"
#include "sim/cli/verb.h"
#include "sim/process.h"

namespace tidemark::sim::cli {
namespace {

struct Options {
  std::string profile = "swarm";
  std::uint64_t seed = 1;
  std::uint64_t count = 1;
  std::string tapes;
  bool keep = false;
  bool json = false;
};

std::string summary(const Options& options, const Totals& totals, const Console& console) {
  const std::string outcome = totals.violations == 0 ? console.green("every invariant held")
                                                     : console.red(counted(totals.violations, "violation"));
  return counted(totals.runs, "run") + " of " + options.profile + " from seed " + std::to_string(options.seed) + ": " +
         outcome + "\n" + figures_in_words(totals);
}

int carry_out(const Options& options, Console& console) {
  require_profile(options.profile);
  if (!options.tapes.empty()) make_folder(options.tapes);
  prepare_process();
  RunOptions run_options;
  run_options.keep_tapes = options.keep;
  Totals totals;
  for (std::uint64_t i = 0; i < options.count && !console.reader_left(); ++i) {
    const std::uint64_t seed = options.seed + i;
    const RunReport report = run(seed, *Profile::named(options.profile, seed), run_options);
    totals.add(report);
    const bool keeps = !options.tapes.empty() && (report.invariant || options.keep);
    const std::string tape = keeps ? keep_tape(options.tapes, report) : "";
    if (options.json)
      console.line(to_json(options.profile, report, tape));
    else if (report.invariant)
      console.line(in_words(broken_of(options.profile, report, tape), console));
    console.progress(grouped(i + 1) + " of " + counted(options.count, "run") + ", " +
                     counted(totals.violations, "violation"));
  }
  totals.seconds = double(std::clock()) / CLOCKS_PER_SEC;
  console.text(options.json ? totals.to_json() + "\n" : summary(options, totals, console));
  return totals.violations == 0 ? exit_clean : exit_broken;
}

}  // namespace

Verb add_run(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("run", "Run seeds and say what broke");
  command->add_option("--profile", options->profile, "Kind of world: " + Profile::names())->capture_default_str();
  command->add_option("--seed", options->seed, "First seed")->check(CLI::NonNegativeNumber)->capture_default_str();
  command->add_option("--count", options->count, "How many seeds")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  CLI::Option* tapes =
      command->add_option("--tapes", options->tapes, "Folder for the tapes of runs that broke something");
  command->add_flag("--keep", options->keep, "Keep the tapes of all runs there")->needs(tapes);
  command->add_flag("--json", options->json, "A JSON object a run, the totals as the last line");
  command->footer(
      "Each violation is a line: profile, seed, step, invariant, what. The same seed is the same run.\n\n"
      "  tidemark-sim run --count 1000                          # a thousand worlds with every fault\n"
      "  tidemark-sim run --profile power --seed 77 --tapes .   # one world; its tape, should it fail");
  return {command, [options](Console& console) { return carry_out(*options, console); }};
}

}  // namespace tidemark::sim::cli
