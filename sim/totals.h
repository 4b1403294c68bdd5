// Totals: the figures of many runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/run.h"

namespace tidemark::sim {

struct Totals {
  std::uint64_t runs = 0;
  std::uint64_t crash_runs = 0;  // of them on disks that lose what was not synced
  std::uint64_t operations = 0;
  std::uint64_t fault_kinds = 0;  // sum over the runs of the kinds that struck in each
  std::int64_t virtual_ms = 0;
  std::uint64_t power_losses = 0;
  std::uint64_t confirms = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t forks = 0;
  double seconds = 0;  // of processor time, all processes together
  FaultCounts faults{};
  Reached reached{};
  std::uint64_t violations = 0;

  void add(const RunReport& report);
  void add(const Totals& others);
  std::string to_json() const;                         // one line
  static Result<Totals> parse(std::string_view json);  // bad_totals
};

}  // namespace tidemark::sim
