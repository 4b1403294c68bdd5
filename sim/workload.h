// Workload: what users do at their devices, drawn from the workload tape.
#pragma once

#include <cstdint>

#include "sim/lookout.h"
#include "sim/oracle.h"
#include "sim/world.h"

namespace tidemark::sim {

class Workload {
 public:
  Workload(World& world, Oracle& oracle, Lookout& lookout) : world_(world), oracle_(oracle), lookout_(lookout) {}

  // Nothing, or something at one device.
  void step();
  // Sets one attribute to a value that nobody wrote before. False if the device could not.
  bool write_one(Device& device);

  std::uint64_t operations() const { return operations_; }  // that users asked for and got an answer to

 private:
  Device* somebody();
  std::string entity();
  std::string attribute();
  Value value_of_its_own();
  Value value_of_many();
  bool change(Device& device, Draft draft);
  void import(Device& device);
  void bad_input(Device& device);
  void read(Device& device);
  std::uint32_t draw(std::uint32_t bound) { return world_.chooser.draw(Tape::workload, bound); }

  World& world_;
  Oracle& oracle_;
  Lookout& lookout_;
  std::uint64_t operations_ = 0;
  std::uint32_t values_ = 0;
};

}  // namespace tidemark::sim
