#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "client/replica.h"
#include "sim/cli/crew.h"
#include "sim/cli/files.h"
#include "sim/cli/telling.h"
#include "sim/cli/verb.h"

namespace tidemark::sim::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double usual_minutes = 10;
constexpr double minutes_to_reach_all = 30;
constexpr int wait_ms = 100;
constexpr std::uint64_t first_max = 1'000'000'000'000;

struct Options {
  double minutes = 0;
  std::uint64_t seeds = 0;
  std::size_t jobs = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, crew_jobs_max);
  std::vector<std::string> profiles{"swarm", "crash"};
  std::optional<std::uint64_t> first;
  std::string tapes;
  std::string totals;
  bool need_points = false;
  bool json = false;
};

volatile std::sig_atomic_t interrupted = 0;

// The first one ends the soak in good order; a second one ends the process.
void listen_for_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  action.sa_flags = SA_RESETHAND;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

std::uint64_t random_first() {
  std::uint64_t number = 0;
  system_random(&number, sizeof number);
  return 1 + number % first_max;
}

// What a soak found out, all in all.
struct Outcome {
  std::vector<Totals> by_profile;
  Totals all;
  double seconds = 0;  // of real time
};

std::string progress_line(const Options& options, std::uint64_t runs, std::uint64_t violations, double seconds) {
  const double rate = double(runs) / std::max(seconds, 0.001);
  double left = options.minutes * 60 - seconds;
  if (options.seeds != 0) left = runs == 0 ? 0 : double(options.seeds - std::min(runs, options.seeds)) / rate;
  return counted(runs, "run") + ", " + grouped(std::uint64_t(rate * 3'600)) + " an hour, " +
         counted(violations, "violation") + ", " + duration(left) + " left";
}

std::string summary(const Options& options, const Outcome& outcome, const Console& console) {
  const Totals& all = outcome.all;
  std::string text = counted(all.runs, "run") + " from seed " + std::to_string(*options.first) + " in " +
                     duration(outcome.seconds) + " by " + counted(options.jobs, "process") + ": " +
                     (all.violations == 0 ? console.green("every invariant held")
                                          : console.red(counted(all.violations, "violation"))) +
                     "\n" + figures_in_words(all);
  for (std::size_t i = 0; i < options.profiles.size(); ++i) {
    const Totals& one = outcome.by_profile[i];
    text += "  " + options.profiles[i] + ": " + counted(one.runs, "run") + ", " +
            grouped(std::uint64_t(seeds_per_hour(one))) + " seeds an hour and core\n";
  }
  const std::vector<Point> missed = unreached(all);
  if (!missed.empty()) text += "Points not reached:\n";
  for (const Point point : missed)
    text += "  " + std::string(name_of(point)) + ": " + std::string(sentence_of(point)) + "\n";
  return text;
}

// Totals::parse reads it, and passes over what it does not know.
Json json_of(const Options& options, const Outcome& outcome) {
  Json json = Json::parse(outcome.all.to_json());
  for (std::size_t i = 0; i < options.profiles.size(); ++i)
    json["by_profile"][options.profiles[i]] = Json::parse(outcome.by_profile[i].to_json());
  return json;
}

std::string last_line(const Options& options, const Outcome& outcome) {
  Json json = json_of(options, outcome);
  json["first"] = *options.first;
  json["jobs"] = options.jobs;
  json["real_seconds"] = outcome.seconds;
  json["interrupted"] = interrupted != 0;
  json["unreached"] = Json::array();
  for (const Point point : unreached(outcome.all)) json["unreached"].push_back(std::string(name_of(point)));
  return json.dump();
}

// The running totals of a file with those of this soak added.
std::string added(const std::string& before, const Options& options, const Outcome& outcome) {
  const auto totals_of = [&](const std::string& text) {
    Result<Totals> totals = Totals::parse(text);
    if (!totals) throw Refusal{exit_file, options.totals + ": line 1: " + to_string(totals.error())};
    return *totals;
  };
  const Json kept = Json::parse(before.empty() ? "{}" : before, nullptr, false);
  Totals all = totals_of(before.empty() ? "{}" : before);
  all.add(outcome.all);
  Json json = Json::parse(all.to_json());
  json["by_profile"] = kept.value("by_profile", Json::object());
  for (std::size_t i = 0; i < options.profiles.size(); ++i) {
    Json& own = json["by_profile"][options.profiles[i]];
    Totals totals = totals_of(own.is_null() ? "{}" : own.dump());
    totals.add(outcome.by_profile[i]);
    own = Json::parse(totals.to_json());
  }
  return json.dump() + "\n";
}

void tell(const Broken& broken, const Options& options, Console& console) {
  if (options.json) {
    Json json = Json::parse(broken.to_json());
    json["again"] = again(broken);
    console.line(json.dump());
  } else {
    console.line(in_words(broken, console) + "\n  " + console.dim(again(broken)));
  }
}

Outcome soak(const Options& options, Console& console) {
  const auto started = std::chrono::steady_clock::now();
  Outcome outcome;
  std::uint64_t violations = 0;
  listen_for_interrupts();
  Crew crew({options.profiles, *options.first, options.seeds, options.jobs, options.tapes});
  while (!crew.over()) {
    for (const Broken& broken : crew.wait(wait_ms)) {
      ++violations;
      tell(broken, options, console);
    }
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    const bool out_of_time = options.seeds == 0 && outcome.seconds >= options.minutes * 60;
    if (interrupted || out_of_time || console.reader_left()) crew.stop();
    console.progress(progress_line(options, crew.runs(), violations, outcome.seconds));
  }
  for (std::size_t i = 0; i < options.profiles.size(); ++i) {
    outcome.by_profile.push_back(crew.totals(i));
    outcome.all.add(outcome.by_profile.back());
  }
  return outcome;
}

int carry_out(Options options, Console& console) {
  for (const std::string& profile : options.profiles) require_profile(profile);
  if (options.profiles.size() > crew_profiles_max) throw Refusal{exit_usage, "--profiles: each one once"};
  if (options.minutes == 0) options.minutes = usual_minutes;
  if (!options.first) options.first = random_first();
  if (!options.tapes.empty()) make_folder(options.tapes);
  // A file that cannot be added to is better known before than after.
  if (!options.totals.empty()) {
    const Outcome nothing{std::vector<Totals>(options.profiles.size()), {}, 0};
    update_file(options.totals, [&](const std::string& before) { return added(before, options, nothing); });
  }
  if (!options.json) console.line("first seed " + std::to_string(*options.first));
  const Outcome outcome = soak(options, console);
  console.text(options.json ? last_line(options, outcome) + "\n" : summary(options, outcome, console));
  if (!options.totals.empty())
    update_file(options.totals, [&](const std::string& before) { return added(before, options, outcome); });

  const bool needs_points =
      options.need_points || (options.seeds == 0 && options.minutes >= minutes_to_reach_all && interrupted == 0);
  if (outcome.all.violations != 0) return exit_broken;
  return needs_points && !unreached(outcome.all).empty() ? exit_unreached : exit_clean;
}

}  // namespace

Verb add_soak(CLI::App& program) {
  auto options = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("soak", "Run new seeds on all cores for a while");
  CLI::Option* minutes = command->add_option("--minutes", options->minutes, "For so long (default 10)");
  minutes->check(CLI::PositiveNumber);
  CLI::Option* seeds = command->add_option("--seeds", options->seeds, "Or so many seeds");
  seeds->check(CLI::PositiveNumber)->excludes(minutes);
  command->add_option("--jobs", options->jobs, "Processes (default: cores)")->check(CLI::Range(1UL, crew_jobs_max));
  command->add_option("--profiles", options->profiles, "Kinds of worlds, in turn")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--first", options->first, "First seed (default: random, and printed)")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--tapes", options->tapes, "Folder for the tapes of runs that broke something");
  command->add_option("--totals", options->totals, "File whose running totals this soak is added to");
  command->add_flag("--need-points", options->need_points,
                    "Fail if a point is not reached; so does a soak of 30 minutes");
  command->add_flag("--json", options->json, "Violations as JSON objects, the totals as the last line");
  command->footer(
      "Ctrl-C ends it early and still reports. A process that dies or hangs is a violation of the seed it was at.\n\n"
      "  tidemark-sim soak --minutes 480 --tapes tapes --totals totals.json   # a night\n"
      "  tidemark-sim soak --seeds 500 --profiles power,copies --first 1      # the same every time");
  return {command, [options](Console& console) { return carry_out(*options, console); }};
}

}  // namespace tidemark::sim::cli
