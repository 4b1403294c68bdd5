// Mischief: what goes wrong in a run. At most one new fault of each family a step, drawn by the profile's rates; some last
// for a while and are undone by themselves.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/hostile.h"
#include "sim/lookout.h"
#include "sim/oracle.h"
#include "sim/world.h"

namespace tidemark::sim {

class Mischief final : public Observer {
 public:
  Mischief(World& world, Oracle& oracle, Lookout& lookout)
      : world_(world), oracle_(oracle), lookout_(lookout), hostile_(world, oracle) {}

  // A device before its first start: its process may die while it makes its file, its clock may never have been set.
  void at_birth(Device& device);
  void step();
  // A peer's stamp brings every clock close to the end of its counter.
  void wind_up() { hostile_.begin_winding(); }
  // Everything that lasts is undone: what is broken works again, what is blocked opens, nothing jumps any more. Wrong
  // clocks stay wrong.
  void heal();
  // Carries out one fault now, as step() does when it is drawn. False if there was nothing it could strike.
  bool strike(Fault fault);

  const FaultCounts& counts() const { return counts_; }
  std::uint64_t damages_found() const { return finds_; }  // files thrown away because verify found damage

 private:
  struct Undo {
    std::int64_t at_ms;
    Fault fault;
    std::size_t device;
  };

  void opened(Device& device) override;
  void answered(std::uint64_t session, const sync::Frame& frame) override;

  void draw_from(Tape tape, Fault first, Fault last);
  bool strike_network(Fault fault, Device& device);
  bool strike_process(Fault fault, Device& device);
  bool strike_disk(Fault fault, Device& device);
  bool strike_clock(Fault fault, Device& device);
  bool strike_copies(Fault fault, Device& device);
  bool strike_relay(Fault fault);
  void cut(std::uint64_t session);
  void move_clock(Wall& wall, Fault fault, bool relay);
  bool rot(Device& device);
  void undo(const Undo& what);
  void later(Fault fault, std::size_t device, std::int64_t ms) {
    undos_.push_back({world_.now_ms + ms, fault, device});
  }
  Device* somebody();
  std::uint32_t draw(Tape tape, std::uint32_t bound) { return world_.chooser.draw(tape, bound); }

  World& world_;
  Oracle& oracle_;
  Lookout& lookout_;
  Hostile hostile_;
  std::vector<Undo> undos_;
  FaultCounts counts_{};
  std::uint64_t finds_ = 0;
  std::uint32_t copies_ = 0;
};

}  // namespace tidemark::sim
