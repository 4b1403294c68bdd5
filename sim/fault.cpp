#include "sim/fault.h"

namespace tidemark::sim {
namespace {

constexpr std::array<std::string_view, fault_count> names{
#define TIDEMARK_FAULT(name, sentence) #name,
#include "sim/faults.inc"
#undef TIDEMARK_FAULT
};
constexpr std::array<std::string_view, fault_count> sentences{
#define TIDEMARK_FAULT(name, sentence) sentence,
#include "sim/faults.inc"
#undef TIDEMARK_FAULT
};

}  // namespace

std::string_view name_of(Fault fault) { return names[std::size_t(fault)]; }

std::string_view sentence_of(Fault fault) { return sentences[std::size_t(fault)]; }

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
