// Fault: every kind of thing that can go wrong in a run, each on or off by seed and with a rate of its own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark::sim {

enum class Fault : std::uint8_t {
  // network
  delay,         // a message is late
  cut,           // a connection ends after any byte
  stale_bytes,   // what an abandoned connection still carried arrives after the next one opened
  lost_confirm,  // the connection ends while a confirm travels
  partition,     // nothing gets through, either way
  one_way,       // nothing gets through in one direction
  flapping,      // a connection is cut again and again
  // processes and power
  crash,         // a device's process dies between two calls
  crash_inside,  // ... in the middle of one, after any call to the disk
  power_loss,    // ... and its disk loses what was not synced
  relay_crash,
  relay_crash_inside,
  relay_power_loss,
  // disks
  failed_sync,
  full_disk,
  io_error,
  bit_rot,
  lying_disk,  // syncs that do nothing, then a power loss
  relay_disk,  // any of failed sync, full disk, I/O error at the relay
  // clocks
  clock_step,    // a millisecond to a few hours, either way
  clock_far,     // days to a hundred years
  clock_drift,   // up to 500 ppm, or ten times as fast
  clock_frozen,  // stands still for a while
  relay_clock,   // any of these at the relay
  // copies
  clone,     // the file is copied and both copies live on
  rollback,  // an older copy of the file takes its place
  lost_device,
  // the relay's log
  relay_wiped,
  relay_restored,  // from an older copy
  // a hostile client
  forged_node,  // bundles in another node's name
  replayed,     // old bundles, pushed again
  other_bytes,  // another bundle for a place that is taken
  future_stamps,
  garbage,
};
inline constexpr std::size_t fault_count = std::size_t(Fault::garbage) + 1;

std::string_view name_of(Fault fault);  // lower_snake_case
std::optional<Fault> fault_of(std::string_view name);
// Kinds that only a disk in crash mode shows.
bool needs_crash_disk(Fault fault);

using FaultCounts = std::array<std::uint64_t, fault_count>;

}  // namespace tidemark::sim
