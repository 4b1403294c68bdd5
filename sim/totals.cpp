#include "sim/totals.h"

#include <nlohmann/json.hpp>

namespace tidemark::sim {
namespace {

using Json = nlohmann::ordered_json;

// Every plain number with its name, of one or of several side by side.
template <class Visit, class... Many>
void each_number(Visit&& visit, Many&... totals) {
  visit("runs", totals.runs...);
  visit("crash_runs", totals.crash_runs...);
  visit("operations", totals.operations...);
  visit("fault_kinds", totals.fault_kinds...);
  visit("virtual_ms", totals.virtual_ms...);
  visit("power_losses", totals.power_losses...);
  visit("confirms", totals.confirms...);
  visit("messages", totals.messages...);
  visit("bytes", totals.bytes...);
  visit("forks", totals.forks...);
  visit("seconds", totals.seconds...);
  visit("violations", totals.violations...);
}

}  // namespace

void Totals::add(const RunReport& report) {
  ++runs;
  if (report.crash_disk) ++crash_runs;
  operations += report.operations;
  fault_kinds += report.fault_kinds();
  virtual_ms += report.virtual_ms;
  power_losses += report.power_losses;
  confirms += report.confirms;
  messages += report.messages;
  bytes += report.bytes;
  forks += report.forks;
  for (std::size_t i = 0; i < fault_count; ++i) faults[i] += report.faults[i];
  for (std::size_t i = 0; i < point_count; ++i) reached[i] += report.reached[i];
  if (report.invariant) ++violations;
}

void Totals::add(const Totals& others) {
  each_number([](const char*, auto& number, const auto& more) { number += more; }, *this, others);
  for (std::size_t i = 0; i < fault_count; ++i) faults[i] += others.faults[i];
  for (std::size_t i = 0; i < point_count; ++i) reached[i] += others.reached[i];
}

std::string Totals::to_json() const {
  Json json;
  each_number([&](const char* name, const auto& number) { json[name] = number; }, *this);
  for (std::size_t i = 0; i < fault_count; ++i) json["faults"][std::string(name_of(Fault(i)))] = faults[i];
  for (std::size_t i = 0; i < point_count; ++i) json["sometimes"][std::string(name_of(Point(i)))] = reached[i];
  return json.dump();
}

Result<Totals> Totals::parse(std::string_view text) {
  const Error bad{"bad_totals", "totals", excerpt(text), "what soak --json prints", "", Retry::never};
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return bad;
  Totals totals;
  bool good = true;
  const auto take_number = [&](const char* name, auto& number) {
    if (!json.contains(name)) return;
    if (!json[name].is_number())
      good = false;
    else
      number = json[name].template get<std::decay_t<decltype(number)>>();
  };
  each_number(take_number, totals);
  const auto take = [&](const char* name, auto index_of, auto& counts) {
    if (!json.contains(name) || !json[name].is_object()) return;
    for (const auto& [key, value] : json[name].items()) {
      if (!value.is_number_unsigned())
        good = false;
      else if (const auto index = index_of(key))
        counts[std::size_t(*index)] = value.template get<std::uint64_t>();
    }
  };
  take(
      "faults", [](const std::string& key) { return fault_of(key); }, totals.faults);
  take(
      "sometimes", [](const std::string& key) { return point_of(key); }, totals.reached);
  if (!good) return bad;
  return totals;
}

}  // namespace tidemark::sim
