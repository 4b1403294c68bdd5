// ForkRules: what must hold once a device has settled a fork. Nothing of it needs the end of the run.
//
// What the other copy of the file had sent, as far as the log held it when the relay said welcome, does not get a second
// stamp (I6). A copy that was made while a fork was open may do that: a known limit. And a change keeps the base that its
// author saw (I8).
#pragma once

#include <map>
#include <set>

#include "sim/world.h"

namespace tidemark::sim {

class ForkRules final : public Observer {
 public:
  explicit ForkRules(const World& world) : world_(world) {}

 private:
  void arriving(Device& device, const sync::Frame& frame) override;
  void told(Device& device, const Exchange::Notice& notice) override;

  // The end of the log as the relay's last welcome to a device named it.
  struct End {
    std::uint64_t seq = 0;
    Hash acc{};
  };
  const World& world_;
  std::map<std::size_t, End> ends_;  // by device
  std::set<NodeId> targets_;         // nodes that changes moved to
};

}  // namespace tidemark::sim
