#include <CLI/CLI.hpp>
#include <memory>

#include "sim/cli/files.h"
#include "sim/cli/telling.h"
#include "sim/cli/verb.h"
#include "sim/lanes.h"
#include "sim/process.h"
#include "sim/winners.h"

namespace tidemark::sim::cli {
namespace {

struct Options {
  std::string tape;
  std::string profile;
  std::uint64_t seed = 0;
  std::string svg;
  bool losers = false;
  bool all = false;
};

std::string title_of(const Options& options) {
  return options.tape.empty() ? options.profile + " seed " + std::to_string(options.seed) : options.tape;
}

RunReport report_of(const Options& options) {
  RunOptions run_options;
  run_options.keep_trace = true;
  run_options.keep_changes = options.losers;
  if (!options.tape.empty()) {
    const Tapes tapes = read_tape(options.tape);
    prepare_process();
    return replay(tapes, run_options);
  }
  require_profile(options.profile);
  prepare_process();
  return run(options.seed, *Profile::named(options.profile, options.seed), run_options);
}

int carry_out(const Options& options, Console& console) {
  if (options.tape.empty() == options.profile.empty())
    throw Refusal{exit_usage, "explain takes a TAPE, or --profile and --seed"};
  const RunReport report = report_of(options);
  LaneOptions lanes;
  lanes.width = console.width();
  lanes.colour = console.colours();
  lanes.title = title_of(options);
  lanes.fold = !options.all;
  if (report.invariant) lanes.description = *report.invariant + ": " + report.what;
  console.text(lanes_text(report.moments, lanes));
  if (report.invariant)
    console.line("\nstep " + std::to_string(report.at_step) + ": " + console.red(*report.invariant) + ": " +
                 report.what);
  if (options.losers) {
    const std::string table = to_table(lost_updates(explain(report.changes)));
    console.text(table.empty() ? "\nNo update lost to a writer who had not seen it.\n"
                               : "\nUpdates that lost to a writer who had not seen them:\n\n" + table);
  }
  if (!options.svg.empty()) write_file(options.svg, lanes_svg(report.moments, lanes));
  return exit_clean;
}

}  // namespace

Verb add_explain(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("explain", "Draw a run: one lane a device, time downwards");
  CLI::Option* tape = command->add_option("TAPE", options->tape, "File that run, soak or shrink wrote");
  CLI::Option* profile = command->add_option("--profile", options->profile, "Or the run of a seed")->excludes(tape);
  CLI::Option* seed = command->add_option("--seed", options->seed, "... of this profile")
                          ->check(CLI::NonNegativeNumber)
                          ->needs(profile);
  profile->needs(seed);
  command->add_option("--svg", options->svg, "Draw it into this file, too");
  command->add_flag("--losers", options->losers, "List the updates that lost to a writer who had not seen them");
  command->add_flag("--all", options->all, "Show each message by itself, also where nothing else happens");
  command->footer(
      "Exits with 0 also if the run breaks something: it says so at the end.\n\n"
      "  tidemark-sim explain fail.small.tape --svg fail.svg\n"
      "  tidemark-sim explain --profile network --seed 3 --losers");
  return {command, [options](Console& console) { return carry_out(*options, console); }};
}

}  // namespace tidemark::sim::cli
