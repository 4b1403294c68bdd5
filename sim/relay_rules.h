// RelayRules: what a device and a sound relay owe each other, beside what the oracle checks.
//
// Whoever is connected gets what is new (liveness), and no answer of the relay is nonsense to a device (I17). The relay
// doubts its right clock only if devices that know the date say otherwise, and a device that stamped anew after a refusal
// has nothing left that would be refused for the same reason (I4).
#pragma once

#include <set>
#include <vector>

#include "sim/world.h"

namespace tidemark::sim {

class RelayRules final : public Observer {
 public:
  explicit RelayRules(const World& world) : world_(world) {}

  // Called when all faults are long over.
  void check_fed(const std::vector<Device*>& devices) const;

 private:
  void sent(Device& device, const sync::Frame& frame) override;
  void answered(std::uint64_t session, const sync::Frame& frame) override;
  void told(Device& device, const Exchange::Notice& notice) override;
  void failed(Device& device, const Error& error) override;
  bool relay_clock_is_right() const { return world_.profile.rate(Fault::relay_clock) == 0; }

  const World& world_;
  std::set<NodeId> wrong_;  // said a time that is possible and wrong
  bool doubted_ = false;
};

}  // namespace tidemark::sim
