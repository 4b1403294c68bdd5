// Telling: runs and their totals in words and in JSON, the same way in every verb.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cli/console.h"
#include "sim/run.h"
#include "sim/totals.h"

namespace tidemark::sim::cli {

// What a run broke, as far as it is passed on; `tape` is empty if none was kept.
struct Broken {
  std::string profile;
  std::uint64_t seed = 0;
  std::uint32_t step = 0;
  std::string invariant;
  std::string what;
  std::string tape;

  std::string to_json() const;  // one line, and back; what cannot be read gives an empty invariant
  static Broken parse(std::string_view json);
};
Broken broken_of(const std::string& profile, const RunReport& report, const std::string& tape);

// "swarm seed 7, step 12: I3: a at the end: lost e1.k0"
std::string in_words(const Broken& broken, const Console& console);
// The command that shows it again.
std::string again(const Broken& broken);

// One line: what came out, the figures, and the faults that struck.
std::string to_json(const std::string& profile, const RunReport& report, const std::string& tape);

// Two lines for people, each with its newline.
std::string figures_in_words(const Totals& totals);
std::vector<Point> unreached(const Totals& totals);
double seeds_per_hour(const Totals& totals);  // and core; 0 if unknown

std::string grouped(std::uint64_t number);                         // "1,234,567"
std::string duration(double seconds);                              // "05:07", "1:05:07"
std::string counted(std::uint64_t number, std::string_view noun);  // "1 run", "2 runs"

// A Refusal (usage) if there is no profile of that name.
void require_profile(const std::string& name);

}  // namespace tidemark::sim::cli
