// Workload: what users do at their devices, drawn from the workload tape.
#pragma once

#include <cstdint>
#include <string>

#include "sim/lookout.h"
#include "sim/oracle.h"
#include "sim/past_work.h"
#include "sim/world.h"

namespace tidemark::sim {

// Beside what an app writes, each of its changes writes this entity, with a value of its own: apps write the same
// values again and again, and the oracle must be able to tell changes apart. It does not see it.
inline constexpr const char* mark_entity = "(mark)";

class Workload {
 public:
  Workload(World& world, Oracle& oracle, Lookout& lookout);

  // Nothing, or something at one device.
  void step();
  // Sets one attribute to a value that nobody wrote before. False if the device could not.
  bool write_one(Device& device);
  // Makes this change, and tells the oracle. False if the device could not. Its refusal is a violation of that name.
  bool change(Device& device, Draft draft, const char* refused = "I17");
  // A device that is up, if there is one.
  Device* somebody();
  // A value that nobody wrote before.
  Value mark() { return *Value::text("w" + std::to_string(++values_)); }

  // Merges what is in conflict at a device. Gives how many cells.
  std::size_t merge(Device& device) { return past_.merge(device); }

  std::uint64_t operations() const { return operations_; }  // that users asked for and got an answer to

 private:
  std::string entity();
  std::string attribute();
  Value value_of_its_own();
  Value value_of_many();
  void import(Device& device);
  void check_remains(Device& device, const std::vector<Replica::Dated>& dated) const;
  void bad_input(Device& device);
  void read(Device& device);
  // False if it is none of the work on the past.
  bool work_on_the_past(Device& device, std::size_t what);
  std::uint32_t draw(std::uint32_t bound) { return world_.chooser.draw(Tape::workload, bound); }

  World& world_;
  Oracle& oracle_;
  Lookout& lookout_;
  PastWork past_;
  std::uint64_t operations_ = 0;
  std::uint32_t values_ = 0;
};

}  // namespace tidemark::sim
