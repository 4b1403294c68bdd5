#include "sim/shrink.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "sim/cli/files.h"
#include "sim/cli/telling.h"
#include "sim/cli/verb.h"
#include "sim/process.h"

namespace tidemark::sim::cli {
namespace {

struct Options {
  std::string tape;
  std::string out;
  double seconds = 60;
  bool json = false;
};

// "fail.tape" becomes "fail.small.tape".
std::string small_name(std::string path) {
  const std::string ending = ".tape";
  if (path.ends_with(ending)) path.resize(path.size() - ending.size());
  return path + ".small" + ending;
}

std::size_t draws_of(const Tapes& tapes) {
  std::size_t total = 0;
  for (const Tapes::Step& step : tapes.steps) {
    for (const auto& draws : step.draws) total += draws.size();
  }
  return total;
}

int carry_out(const Options& options, Console& console) {
  Tapes tapes = read_tape(options.tape);
  const std::string out = options.out.empty() ? small_name(options.tape) : options.out;
  prepare_process();
  const RunReport before = replay(tapes);
  if (!before.invariant)
    throw Refusal{exit_usage, options.tape + ": nothing fails when it is played, so there is nothing to shrink"};
  if (!tapes.invariant.empty() && tapes.invariant != *before.invariant)
    console.note(options.tape + ": " + tapes.invariant + " was recorded, but " + *before.invariant + " fails");
  tapes.invariant = *before.invariant;

  const auto started = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count(); };
  ShrinkBudget budget;
  budget.stop = [&] { return passed() >= options.seconds; };
  budget.progress = [&](std::uint64_t runs, std::size_t steps) {
    console.progress(counted(runs, "run") + ", " + counted(steps, "step") + " left, " +
                     duration(options.seconds - passed()) + " left");
  };
  const Shrunk shrunk = shrink(tapes, budget);
  write_file(out, shrunk.tapes.to_text());

  if (options.json) {
    auto json = nlohmann::ordered_json::parse(to_json(shrunk.tapes.profile.name, shrunk.report, out));
    json["steps_before"] = tapes.steps.size();
    json["draws_before"] = draws_of(tapes);
    json["draws"] = draws_of(shrunk.tapes);
    json["runs"] = shrunk.runs;
    json["reproducible"] = shrunk.reproducible;
    console.line(json.dump());
  } else {
    console.line(out + ": " + std::to_string(tapes.steps.size()) + " steps became " +
                 std::to_string(shrunk.tapes.steps.size()) + ", " + std::to_string(draws_of(tapes)) + " draws became " +
                 std::to_string(draws_of(shrunk.tapes)) + ", in " + counted(shrunk.runs, "run") +
                 (shrunk.reproducible ? "" : "; it did not fail the same way twice"));
    console.line(in_words(broken_of(shrunk.tapes.profile.name, shrunk.report, ""), console));
  }
  return exit_clean;
}

}  // namespace

Verb add_shrink(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("shrink", "Make the tape of a failing run small enough to be read");
  command->add_option("TAPE", options->tape, "File that run or soak wrote")->required();
  command->add_option("-o,--out", options->out, "Where the small one goes (default: NAME.small.tape beside it)");
  command->add_option("--seconds", options->seconds, "Stop after so long with the smallest found")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_flag("--json", options->json, "One JSON object");
  command->footer(
      "Exits with 0 when the small tape is written; it breaks the same invariant.\n\n"
      "  tidemark-sim shrink fail.tape && tidemark-sim explain fail.small.tape");
  return {command, [options](Console& console) { return carry_out(*options, console); }};
}

}  // namespace tidemark::sim::cli
