// Measure: one line of a table: what was measured, beside the reference that ran in the same repetition.
//
// Figures are compared as ratios within a repetition, since a machine's speed changes by half from one minute to the next;
// docs/decisions/0013-benchmarks-in-pairs.md says more.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::bench {

// What the measure should reach: the ratio to the reference, or the value itself.
struct Goal {
  enum class Of { ratio, value };
  Of of = Of::ratio;
  double bound = 0;               // at least where more is better, else at most
  std::optional<double> stretch;  // what would be better still
};

struct Measure {
  std::string name;        // "apply/live"; with the size it is the only one of its kind
  std::uint64_t size = 0;  // of what the unit counts, or as `what` says
  std::string what;        // in one line
  std::string unit;        // of the values: "events/s", "bytes/event", "KiB"
  std::string reference;   // what ran beside it; empty: nothing did
  bool more_is_better = true;
  std::optional<Goal> goal;

  // One of each a repetition. A ratio is value / reference; of processor time it is that of speeds, as for wall time.
  std::vector<double> values;
  std::vector<double> references;
  std::vector<double> cpu_ratios;
  std::map<std::string, double> counted;  // exact: of one repetition, the same each time
  std::map<std::string, double> seen;     // not exact: percentiles, memory

  double value() const;  // medians
  std::optional<double> reference_value() const;
  std::optional<double> ratio() const;  // median of the ratios
  std::optional<double> cpu_ratio() const;
  std::optional<bool> reached() const;  // nothing without a goal
};

// One that nothing was measured for yet.
Measure named(const char* name, const char* what, const char* unit, std::uint64_t size, std::optional<Goal> goal = {},
              bool more_is_better = false);

double median(std::vector<double> values);                   // of at least one
double percentile(std::vector<double> values, double part);  // part 0..1, nearest rank, of at least one

// "12.3 M", "1.46 k", "0.512": three digits.
std::string short_number(double value);
std::string short_count(std::uint64_t count);  // without digits that say nothing

}  // namespace tidemark::bench
