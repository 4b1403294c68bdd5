// The `tidemark-sim` program as far as it goes: runs seeds of a profile and says what broke.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <ctime>
#include <string>

#include "sim/lanes.h"
#include "sim/process.h"
#include "sim/run.h"
#include "sim/totals.h"

namespace {

constexpr int exit_clean = 0;
constexpr int exit_broken = 1;
constexpr int exit_usage = 2;

}  // namespace

int main(int argc, char** argv) {
  using namespace tidemark;
  using namespace tidemark::sim;
  std::string profile = "swarm";
  std::uint64_t first = 1;
  std::uint64_t count = 100;
  bool lanes = false;
  CLI::App app{"Runs replicas and a relay through faults, in a world that is the same for the same seed."};
  app.footer("Profiles: " + Profile::names() +
             ".\nEach violation is a line on stdout, the last line is a JSON object of all figures.\n"
             "Exit status: 0 every invariant held, 1 one did not, 2 usage.");
  app.add_option("PROFILE", profile, "kind of world (default swarm)");
  app.add_option("SEED", first, "first seed (default 1)");
  app.add_option("COUNT", count, "how many seeds (default 100)");
  app.add_flag("--lanes", lanes, "draw each run as a lane diagram");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_clean : exit_usage;
  }
  if (const auto known = Profile::named(profile, first); !known) {
    std::fprintf(stderr, "tidemark-sim: %s\n", to_string(known.error()).c_str());
    return exit_usage;
  }
  prepare_process();
  Totals totals;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    RunOptions options;
    options.keep_trace = lanes;
    const RunReport report = run(seed, *Profile::named(profile, seed), options);
    totals.add(report);
    if (lanes) std::printf("%s", lanes_text(report.moments).c_str());
    if (!report.invariant) continue;
    std::printf("%s seed %llu, step %u: %s: %s\n", profile.c_str(), static_cast<unsigned long long>(seed),
                report.at_step, report.invariant->c_str(), report.what.c_str());
    std::fflush(stdout);
  }
  totals.seconds = double(std::clock()) / CLOCKS_PER_SEC;
  std::printf("%s\n", totals.to_json().c_str());
  return totals.violations == 0 ? exit_clean : exit_broken;
}
