#include "sim/cli/telling.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "sim/cli/verb.h"

namespace tidemark::sim::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr double seconds_an_hour = 3'600;

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json json_of(const Broken& broken) {
  Json json{{"profile", broken.profile},
            {"seed", broken.seed},
            {"step", broken.step},
            {"invariant", broken.invariant},
            {"what", broken.what}};
  if (!broken.tape.empty()) json["tape"] = broken.tape;
  return json;
}

std::string hex(const Hash& hash) {
  std::string text;
  for (const auto byte : hash) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", unsigned(byte));
    text += digits;
  }
  return text;
}

}  // namespace

std::string Broken::to_json() const { return dumped(json_of(*this)); }

Broken Broken::parse(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  Broken broken;
  if (!json.is_object()) return broken;
  broken.profile = json.value("profile", "");
  broken.seed = json.value("seed", std::uint64_t(0));
  broken.step = json.value("step", std::uint32_t(0));
  broken.invariant = json.value("invariant", "");
  broken.what = json.value("what", "");
  broken.tape = json.value("tape", "");
  return broken;
}

Broken broken_of(const std::string& profile, const RunReport& report, const std::string& tape) {
  return {profile, report.seed, report.at_step, report.invariant.value_or(""), report.what, tape};
}

std::string in_words(const Broken& broken, const Console& console) {
  std::string what = broken.what;
  std::replace(what.begin(), what.end(), '\n', ' ');
  return broken.profile + " seed " + std::to_string(broken.seed) + ", step " + std::to_string(broken.step) + ": " +
         console.red(broken.invariant) + ": " + what;
}

std::string again(const Broken& broken) {
  if (!broken.tape.empty()) return "tidemark-sim replay " + broken.tape;
  return "tidemark-sim run --profile " + broken.profile + " --seed " + std::to_string(broken.seed);
}

std::string to_json(const std::string& profile, const RunReport& report, const std::string& tape) {
  Json json{{"profile", profile}, {"seed", report.seed}, {"ok", !report.invariant}};
  if (report.invariant) json.update(json_of(broken_of(profile, report, tape)));
  if (!tape.empty()) json["tape"] = tape;
  json["operations"] = report.operations;
  json["steps"] = report.steps;
  json["virtual_ms"] = report.virtual_ms;
  json["messages"] = report.messages;
  json["bytes"] = report.bytes;
  json["confirms"] = report.confirms;
  json["forks"] = report.forks;
  json["power_losses"] = report.power_losses;
  json["faults"] = Json::object();
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (report.faults[i] != 0) json["faults"][std::string(name_of(Fault(i)))] = report.faults[i];
  }
  json["trace_hash"] = hex(report.trace_hash);
  return dumped(json);
}

std::string figures_in_words(const Totals& totals) {
  std::uint64_t faults = 0;
  for (const std::uint64_t count : totals.faults) faults += count;
  const auto kinds = std::count_if(totals.faults.begin(), totals.faults.end(), [](auto count) { return count != 0; });
  return "  " + counted(totals.operations, "operation") + ", " + counted(faults, "fault") + " of " +
         counted(std::uint64_t(kinds), "kind") + ", " + counted(totals.power_losses, "power loss") + ", " +
         counted(totals.confirms, "confirm") + " checked, " + counted(totals.forks, "fork") + " settled\n  " +
         std::to_string(point_count - unreached(totals).size()) + " of " + std::to_string(point_count) +
         " points reached; " + grouped(std::uint64_t(seeds_per_hour(totals))) + " seeds an hour and core\n";
}

std::vector<Point> unreached(const Totals& totals) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < point_count; ++i) {
    if (totals.reached[i] == 0) points.push_back(Point(i));
  }
  return points;
}

double seeds_per_hour(const Totals& totals) {
  return totals.seconds > 0 ? double(totals.runs) / totals.seconds * seconds_an_hour : 0;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string duration(double seconds) {
  const auto whole = std::uint64_t(std::clamp(seconds, 0.0, 35'999'999.0));
  const auto two = [](std::uint64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return (whole >= 3600 ? std::to_string(whole / 3600) + ":" : "") + two(whole / 60 % 60) + ":" + two(whole % 60);
}

std::string counted(std::uint64_t number, std::string_view noun) {
  const bool hisses = noun.ends_with('s');
  return grouped(number) + " " + std::string(noun) + (number == 1 ? "" : hisses ? "es" : "s");
}

void require_profile(const std::string& name) {
  if (const auto known = Profile::named(name, 1); !known) throw Refusal{exit_usage, to_string(known.error())};
}

}  // namespace tidemark::sim::cli
