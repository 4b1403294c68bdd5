// Profile: the shape of one run: how many devices, which faults at which rate, which limits. Drawn from the seed, so that
// every seed is another kind of world (swarm testing: Groce et al., "Swarm Testing", ISSTA 2012), or given by a caller.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crdt/error.h"
#include "sim/fault.h"

namespace tidemark::sim {

struct Profile {
  std::string name = "swarm";
  std::uint32_t devices = 3;     // at the start, 1..8
  std::uint32_t steps = 260;     // of the safety phase, 0..100,000
  bool crash_disk = false;       // unsynced bytes can be lost; else only processes can
  bool relaxed = false;          // local writes are not synced
  bool two_connections = true;   // app and sync open the file each for themselves, as in production; else they share
  bool sealing_writes = false;   // a write seals its change itself where it may, as in production while a sync is live
  std::uint32_t entities = 3;    // 1..16: few, so that conflicts are the rule
  std::uint32_t attributes = 3;  // 1..16
  std::uint32_t bundle_events = 0;      // at most so many events a bundle; 0: the format's limit
  std::uint32_t apply_events = 20'000;  // at most so many a transaction while catching up
  std::uint32_t in_flight_bytes = 1024 * 1024;
  std::uint32_t delivery_bytes = 256 * 1024;
  bool counters_near_end = false;                  // every clock stands still shortly before its counter overflows
  bool core_only = false;                          // at the end only some devices come back
  std::array<std::uint32_t, fault_count> rates{};  // per million steps (delay: per million messages); 0: off

  std::uint32_t rate(Fault fault) const { return rates[std::size_t(fault)]; }
  void set(Fault fault, std::uint32_t per_million) { rates[std::size_t(fault)] = per_million; }

  // "swarm" and "crash" are drawn anew for each seed: everything that can happen with files in memory, and the same on
  // disks that lose power. "calm" has no faults, "network", "clocks", "copies", "hostile" one family each, "power"
  // mostly power losses, "relaxed" the same with durability that was given up. Unknown names: bad_profile.
  static Result<Profile> named(std::string_view name, std::uint64_t seed);
  static const std::string& names();  // for help texts

  // One line of key=value pairs, and back: bad_profile names the key.
  std::string to_text() const;
  static Result<Profile> parse(std::string_view text);
};

}  // namespace tidemark::sim
