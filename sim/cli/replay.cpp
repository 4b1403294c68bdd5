#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/files.h"
#include "sim/cli/telling.h"
#include "sim/cli/verb.h"
#include "sim/lanes.h"
#include "sim/process.h"

namespace tidemark::sim::cli {
namespace {

struct Options {
  std::vector<std::string> tapes;
  bool trace = false;
  bool json = false;
};

std::string verdict(const std::string& recorded, const RunReport& report, const Console& console) {
  if (!report.invariant) {
    return console.green(recorded.empty() ? "every invariant holds, as recorded"
                                          : "holds now; " + recorded + " was recorded");
  }
  const std::string fails = console.red(*report.invariant);
  const std::string where = " at step " + std::to_string(report.at_step) + ": " + report.what;
  if (recorded == *report.invariant) return fails + " fails again" + where;
  return fails + " fails" + where + (recorded.empty() ? "; nothing was recorded" : "; " + recorded + " was recorded");
}

std::string json_line(const std::string& path, const std::string& recorded, const RunReport& report) {
  auto json = nlohmann::ordered_json::parse(to_json(report.tapes.profile.name, report, path));
  json["recorded"] = recorded;
  json["again"] = report.invariant && *report.invariant == recorded;
  return json.dump();
}

int carry_out(const Options& options, Console& console) {
  std::vector<Tapes> all;  // read before the first is played: what cannot be read is known at once
  for (const std::string& path : options.tapes) all.push_back(read_tape(path));
  prepare_process();
  int code = exit_clean;
  for (std::size_t i = 0; i < all.size() && !console.reader_left(); ++i) {
    RunOptions run_options;
    run_options.keep_trace = options.trace;
    run_options.keep_tapes = true;  // with them, the report knows its profile
    const RunReport report = replay(all[i], run_options);
    LaneOptions lanes;
    lanes.width = console.width();
    lanes.colour = console.colours();
    if (options.trace && !options.json) console.text(lanes_text(report.moments, lanes));
    console.line(options.json ? json_line(options.tapes[i], all[i].invariant, report)
                              : options.tapes[i] + ": " + verdict(all[i].invariant, report, console));
    if (report.invariant) code = exit_broken;
  }
  return code;
}

}  // namespace

Verb add_replay(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("replay", "Play tapes again and say whether they still fail");
  command->add_option("TAPE", options->tapes, "Files that run, soak or shrink wrote")->required();
  command->add_flag("--trace", options->trace, "Draw each run as a lane diagram");
  command->add_flag("--json", options->json, "A JSON object a tape");
  command->footer(
      "  tidemark-sim replay tapes/*.tape        # is everything that ever failed repaired?\n"
      "  tidemark-sim replay --trace fail.tape");
  return {command, [options](Console& console) { return carry_out(*options, console); }};
}

}  // namespace tidemark::sim::cli
