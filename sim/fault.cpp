#include "sim/fault.h"

namespace tidemark::sim {
namespace {

constexpr std::array<std::string_view, fault_count> names{"delay",
                                                          "cut",
                                                          "stale_bytes",
                                                          "lost_confirm",
                                                          "partition",
                                                          "one_way",
                                                          "flapping",
                                                          "crash",
                                                          "crash_inside",
                                                          "power_loss",
                                                          "relay_crash",
                                                          "relay_crash_inside",
                                                          "relay_power_loss",
                                                          "failed_sync",
                                                          "full_disk",
                                                          "io_error",
                                                          "bit_rot",
                                                          "lying_disk",
                                                          "relay_disk",
                                                          "clock_step",
                                                          "clock_far",
                                                          "clock_drift",
                                                          "clock_frozen",
                                                          "relay_clock",
                                                          "clone",
                                                          "rollback",
                                                          "lost_device",
                                                          "relay_wiped",
                                                          "relay_restored",
                                                          "forged_node",
                                                          "replayed",
                                                          "other_bytes",
                                                          "future_stamps",
                                                          "garbage"};
static_assert(!names.back().empty());

}  // namespace

std::string_view name_of(Fault fault) { return names[std::size_t(fault)]; }

std::optional<Fault> fault_of(std::string_view name) {
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (names[i] == name) return Fault(i);
  }
  return std::nullopt;
}

bool needs_crash_disk(Fault fault) {
  switch (fault) {
    case Fault::power_loss:
    case Fault::relay_power_loss:
    case Fault::failed_sync:
    case Fault::lying_disk:
      return true;
    default:
      return false;
  }
}

}  // namespace tidemark::sim
