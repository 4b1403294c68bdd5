// The `tidemark-mutants` program: how many seeds it takes to find each seeded bug.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "sim/mutants/hunt.h"

namespace {

using namespace tidemark;
using namespace tidemark::sim;

constexpr int exit_all_found = 0;
constexpr int exit_some_not_found = 1;
constexpr int exit_usage = 2;

struct Spread {
  double median = 0;
  double most = 0;
};

template <class Number>
Spread spread_of(const std::vector<Found>& all, const Number& number) {
  std::vector<double> numbers;
  for (const Found& one : all) {
    if (const auto value = number(one)) numbers.push_back(double(*value));
  }
  if (numbers.empty()) return {};
  std::sort(numbers.begin(), numbers.end());
  return {numbers[numbers.size() / 2], numbers.back()};
}

std::optional<std::uint64_t> seeds_of(const Found& one) { return one.found ? std::optional(one.seeds) : std::nullopt; }

// A number of what is left after shrinking.
template <class Number>
auto remaining(Number Remains::*number) {
  return [number](const Found& one) { return one.remains.known ? std::optional(one.remains.*number) : std::nullopt; };
}

void print_line(const Found& one) {
  std::printf("%-28s", one.mutant.name);
  if (!one.found) {
    std::printf(" not found in %llu seeds: %s\n", static_cast<unsigned long long>(one.seeds), one.mutant.sentence);
    std::fflush(stdout);
    return;
  }
  std::printf(" %6llu  %-9s", static_cast<unsigned long long>(one.seeds), one.invariant.c_str());
  if (one.remains.known) {
    std::printf("  %4.1f s %3llu op %2llu faults %3llu steps%s", one.remains.seconds,
                static_cast<unsigned long long>(one.remains.operations),
                static_cast<unsigned long long>(one.remains.faults), static_cast<unsigned long long>(one.remains.steps),
                one.remains.reproducible ? "" : " NOT REPRODUCIBLE");
  }
  std::printf("  %s\n", one.what.c_str());
  std::fflush(stdout);
}

nlohmann::json json_of(const Found& one) {
  nlohmann::json object{
      {"name", one.mutant.name}, {"sentence", one.mutant.sentence}, {"found", one.found}, {"seeds", one.seeds}};
  if (!one.found) return object;
  object.update({{"profile", one.profile}, {"seed", one.seed}, {"invariant", one.invariant}, {"what", one.what}});
  if (!one.remains.known) return object;
  object["shrunk"] = {{"seconds", one.remains.seconds},       {"runs", one.remains.runs},
                      {"operations", one.remains.operations}, {"faults", one.remains.faults},
                      {"steps", one.remains.steps},           {"reproducible", one.remains.reproducible}};
  return object;
}

void print_totals(const std::vector<Found>& all, bool shrunk) {
  const auto found = std::count_if(all.begin(), all.end(), [](const Found& one) { return one.found; });
  const Spread seeds = spread_of(all, seeds_of);
  std::printf("%lld of %zu found; seeds: median %.0f, maximum %.0f\n", static_cast<long long>(found), all.size(),
              seeds.median, seeds.most);
  if (!shrunk) return;
  const Spread operations = spread_of(all, remaining(&Remains::operations));
  const Spread faults = spread_of(all, remaining(&Remains::faults));
  const Spread seconds = spread_of(all, remaining(&Remains::seconds));
  std::printf(
      "shrunk: operations median %.0f, maximum %.0f; faults median %.0f, maximum %.0f; seconds median %.1f, "
      "maximum %.1f\n",
      operations.median, operations.most, faults.median, faults.most, seconds.median, seconds.most);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> names;
  HuntOptions options;
  std::string json;
  bool list = false;
  std::string tapes;
  CLI::App app{"Switches on one seeded bug after the other and runs seeds until the simulator finds it."};
  app.footer("Exit status: 0 all found, 1 some not found, 2 usage.");
  app.add_option("NAME", names, "only these mutants");
  app.add_option("--seeds", options.seeds, "give a mutant up after so many seeds")->check(CLI::Range(1, 10'000'000));
  app.add_option("--jobs", options.jobs, "mutants at a time")->check(CLI::Range(1, 256));
  app.add_flag("--shrink", options.shrink, "make each failed run as small as it gets");
  app.add_option("--shrink-seconds", options.shrink_seconds, "with --shrink: for each of them, at most")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--tapes", tapes, "with --shrink: keep what is left in this folder, NAME.tape")
      ->check(CLI::ExistingDirectory);
  app.add_option("--json", json, "write the figures into this file, too");
  app.add_flag("--list", list, "only print names and what is wrong");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_all_found : exit_usage;
  }
  std::vector<KnownMutant> chosen;
  for (const KnownMutant& known : known_mutants()) {
    if (names.empty() || std::find(names.begin(), names.end(), known.name) != names.end()) chosen.push_back(known);
  }
  if (!names.empty() && chosen.size() != names.size()) {
    std::fprintf(stderr, "tidemark-mutants: there is no such mutant; --list prints all\n");
    return exit_usage;
  }
  if (list) {
    for (const KnownMutant& known : chosen) std::printf("%-28s %s\n", known.name, known.sentence);
    return exit_all_found;
  }
  const std::vector<Found> all = hunt(chosen, options, [&](const Found& one) {
    print_line(one);
    if (!tapes.empty() && one.remains.known) std::ofstream(tapes + "/" + one.mutant.name + ".tape") << one.remains.tape;
  });
  print_totals(all, options.shrink);
  if (!json.empty()) {
    nlohmann::json object;
    for (const Found& one : all) object["mutants"].push_back(json_of(one));
    object["limit"] = options.seeds;
    std::ofstream out(json);
    out << object.dump(2) << '\n';
    if (!out.flush()) {
      std::fprintf(stderr, "tidemark-mutants: %s cannot be written\n", json.c_str());
      return exit_usage;
    }
  }
  const bool complete = std::all_of(all.begin(), all.end(), [](const Found& one) { return one.found; });
  return complete ? exit_all_found : exit_some_not_found;
}
