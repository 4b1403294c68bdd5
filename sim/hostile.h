// Hostile: a client that speaks the protocol and means harm. One attack at a time: it says hello, does its worst once it
// is welcome, listens a little and goes.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/oracle.h"
#include "sim/world.h"

namespace tidemark::sim {

class Hostile {
 public:
  Hostile(World& world, Oracle& oracle) : world_(world), oracle_(oracle) {}

  bool begin(Fault attack);  // false if one is under way or there is nothing to attack
  // No attack: a change whose counter is nearly at its end, as a long import under a clock that stands still leaves it.
  void begin_winding();
  void step();
  void end();
  // The relay answers. What it confirms to this client must be what its log holds.
  void answered(std::uint64_t session, const sync::Frame& frame) const;

 private:
  std::optional<sync::Frame> worst();
  sync::Frame push(const Bytes& envelope) const;
  void say_hello();
  Bytes forge(NodeId node, std::uint64_t n, const Hash& previous, std::int64_t ahead_ms);
  std::uint32_t draw(std::uint32_t bound) { return world_.chooser.draw(Tape::clock, bound); }

  World& world_;
  Oracle& oracle_;
  Fault attack_ = Fault::garbage;
  std::uint64_t session_ = 0;
  std::uint32_t waited_ = 0;
  bool winding_ = false;
  std::optional<Head> pushed_;
  std::uint32_t forged_ = 0;
};

}  // namespace tidemark::sim
