// PastWork: what users do with the past at their devices: undo, redo, settle and merge conflicts, drag a slider, put an
// earlier version back, look at an earlier state. Each is judged at once (I13, I14); what it writes travels like any change.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sim/lookout.h"
#include "sim/oracle.h"
#include "sim/world.h"

namespace tidemark::sim {

class PastWork {
 public:
  PastWork(World& world, Oracle& oracle, Lookout& lookout) : world_(world), oracle_(oracle), lookout_(lookout) {}

  // What the oracle must know before anything is undone: these cells can become null, and these entities deleted.
  void may_be_undone(const Cell& cell);

  void undo(Device& device, const std::string& entity);
  void redo(Device& device);
  // `value`: another one than both, nobody's so far.
  void settle(Device& device, const std::function<Value()>& value);
  // Gives how many cells were merged.
  std::size_t merge(Device& device);
  void drag(Device& device, const Cell& cell, const std::function<Value()>& value);
  void restore(Device& device, const std::string& entity);
  void look_back(Device& device);

 private:
  void check_shown(const Device& device, const Replica& replica, const Undone& undone);
  std::optional<Stamp> some_stamp(const Replica& replica, const std::string& entity);
  std::uint32_t draw(std::uint32_t bound) { return world_.chooser.draw(Tape::workload, bound); }

  World& world_;
  Oracle& oracle_;
  Lookout& lookout_;
};

}  // namespace tidemark::sim
