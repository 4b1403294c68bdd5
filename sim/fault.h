// Fault: every kind of thing that can go wrong in a run, each on or off by seed and with a rate of its own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark::sim {

enum class Fault : std::uint8_t {
#define TIDEMARK_FAULT(name, sentence) name,
#include "sim/faults.inc"
#undef TIDEMARK_FAULT
};
inline constexpr std::size_t fault_count = std::size_t(Fault::garbage) + 1;

std::string_view name_of(Fault fault);      // lower_snake_case
std::string_view sentence_of(Fault fault);  // what happens
std::optional<Fault> fault_of(std::string_view name);
// Kinds that only a disk in crash mode shows.
bool needs_crash_disk(Fault fault);

using FaultCounts = std::array<std::uint64_t, fault_count>;

}  // namespace tidemark::sim
