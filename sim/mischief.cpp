#include "sim/mischief.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tidemark::sim {
namespace {

constexpr std::size_t devices_max = 8;
constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;
constexpr std::int64_t day_ms = 24 * hour_ms;
constexpr std::int64_t steps_ms[] = {1, 50, 2'000, 30'000, 59'000, 61'000, 5 * minute_ms, hour_ms, 5 * hour_ms};
constexpr std::int64_t far_steps_ms[] = {day_ms - hour_ms, day_ms + hour_ms, 30 * day_ms, 365 * day_ms,
                                         36'525 * day_ms};
constexpr std::int64_t lasts_ms[] = {500, 5'000, 20'000, 70'000, 200'000};
constexpr std::int64_t downs_ms[] = {0, 100, 3'000, 40'000};

}  // namespace

Device* Mischief::somebody() {
  std::vector<Device*> there;
  for (const auto& device : world_.devices) {
    if (!device->gone) there.push_back(device.get());
  }
  return there.empty() ? nullptr : there[draw(Tape::clock, std::uint32_t(there.size()))];
}

void Mischief::step() {
  for (std::size_t i = 0; i < undos_.size();) {
    if (undos_[i].at_ms > world_.now_ms) {
      ++i;
      continue;
    }
    const Undo due = undos_[i];
    undos_.erase(undos_.begin() + std::ptrdiff_t(i));
    undo(due);
  }
  hostile_.step();
  draw_from(Tape::network, Fault::cut, Fault::flapping);
  draw_from(Tape::disk, Fault::failed_sync, Fault::relay_disk);
  draw_from(Tape::clock, Fault::crash, Fault::relay_power_loss);
  draw_from(Tape::clock, Fault::clock_step, Fault::garbage);
}

void Mischief::draw_from(Tape tape, Fault first, Fault last) {
  std::array<std::uint32_t, fault_count + 1> weights{};
  std::uint32_t total = 0;
  for (std::size_t i = std::size_t(first); i <= std::size_t(last); ++i) {
    // These two are no steps of their own: they come with what they belong to.
    if (Fault(i) == Fault::stale_bytes || Fault(i) == Fault::lost_confirm) continue;
    weights[i - std::size_t(first) + 1] = world_.profile.rates[i];
    total += world_.profile.rates[i];
  }
  weights[0] = 1'000'000 - std::min(total, 900'000U);
  const std::size_t drawn = world_.chooser.pick(tape, weights);
  if (drawn == 0 || drawn > std::size_t(last) - std::size_t(first) + 1) return;
  strike(Fault(std::size_t(first) + drawn - 1));
}

void Mischief::at_birth(Device& device) {
  if (world_.profile.rate(Fault::crash_inside) != 0 && draw(Tape::clock, 8) == 7) {
    device.disk.die_after(1 + draw(Tape::clock, 60));
    ++counts_[std::size_t(Fault::crash_inside)];
  }
  if (world_.profile.rate(Fault::clock_far) != 0 && draw(Tape::clock, 16) == 15) {
    device.wall.set(world_.now_ms, 0);
    ++counts_[std::size_t(Fault::clock_far)];
  }
}

bool Mischief::strike(Fault fault) {
  Device* device = somebody();
  if (!device) return false;
  bool struck = false;
  if (fault >= Fault::cut && fault <= Fault::flapping)
    struck = strike_network(fault, *device);
  else if (fault >= Fault::crash && fault <= Fault::power_loss)
    struck = strike_process(fault, *device);
  else if (fault >= Fault::failed_sync && fault <= Fault::lying_disk)
    struck = strike_disk(fault, *device);
  else if (fault >= Fault::clock_step && fault <= Fault::clock_frozen)
    struck = strike_clock(fault, *device);
  else if (fault >= Fault::clone && fault <= Fault::lost_device)
    struck = strike_copies(fault, *device);
  else if (fault >= Fault::forged_node)
    struck = hostile_.begin(fault);
  else
    struck = strike_relay(fault);
  if (struck) {
    ++counts_[std::size_t(fault)];
    lookout_.struck(fault, *device);
  }
  return struck;
}

// --- network ----------------------------------------------------------------------------------------------------------

void Mischief::cut(std::uint64_t session) {
  World::Cut cut;
  cut.up_bytes = draw(Tape::network, 3'000);
  cut.down_bytes = draw(Tape::network, 3'000);
  // Half open: one end goes on while the other has long connected again.
  if (world_.chooser.chance(Tape::network, world_.profile.rate(Fault::stale_bytes))) {
    ++counts_[std::size_t(Fault::stale_bytes)];
    cut.up_bytes = 1'000'000;
    cut.relay_notices_ms = draw(Tape::network, 60'000);
    cut.device_notices_ms = 0;
  } else {
    cut.device_notices_ms = draw(Tape::network, 3) == 0 ? 0 : draw(Tape::network, 20'000);
    cut.relay_notices_ms = draw(Tape::network, 3) == 0 ? 0 : draw(Tape::network, 20'000);
  }
  world_.cut_soon(session, cut);
}

bool Mischief::strike_network(Fault fault, Device& device) {
  switch (fault) {
    case Fault::cut:
      if (device.session == 0) return false;
      cut(device.session);
      return true;
    case Fault::partition:
    case Fault::one_way: {
      const bool both = fault == Fault::partition;
      const bool up = both || draw(Tape::network, 2) == 0;
      world_.block(device, up, both || !up);
      later(fault, device.index, lasts_ms[draw(Tape::network, std::size(lasts_ms))]);
      return true;
    }
    case Fault::flapping:
      device.flaps = 2 + draw(Tape::network, 6);
      if (device.session != 0) cut(device.session);
      return true;
    default:
      return false;
  }
}

void Mischief::answered(std::uint64_t session, const sync::Frame& frame) {
  if (!frame.text || frame.as_text().find("\"confirm\"") == std::string_view::npos) return;
  hostile_.answered(session, frame);
  if (!world_.chooser.chance(Tape::network, world_.profile.rate(Fault::lost_confirm))) return;
  ++counts_[std::size_t(Fault::lost_confirm)];
  world_.cut_soon(session, {1'000'000, 0, 0, 0});
}

// --- processes and disks ----------------------------------------------------------------------------------------------

bool Mischief::strike_process(Fault fault, Device& device) {
  if (!device.up()) return false;
  switch (fault) {
    case Fault::crash:
      world_.crash(device, false, downs_ms[draw(Tape::clock, std::size(downs_ms))]);
      return true;
    case Fault::power_loss:
      world_.crash(device, true, downs_ms[draw(Tape::clock, std::size(downs_ms))]);
      return true;
    case Fault::crash_inside:
      device.power_at_death = world_.profile.crash_disk && draw(Tape::clock, 2) == 1;
      device.disk.die_after(1 + draw(Tape::clock, 40));
      return true;
    default:
      return false;
  }
}

bool Mischief::strike_disk(Fault fault, Device& device) {
  if (!device.up()) return false;
  Disk::Fault what;
  what.after = 1 + draw(Tape::disk, 12);
  switch (fault) {
    case Fault::failed_sync:
      what.call = Disk::Call::sync;
      what.after = 1 + draw(Tape::disk, 4);
      what.drops_unsynced = draw(Tape::disk, 2) == 1;
      device.disk.fail(what);
      return true;
    case Fault::full_disk:
      device.disk.limit_bytes(device.disk.bytes_used() + draw(Tape::disk, 40'000));
      later(fault, device.index, lasts_ms[draw(Tape::disk, std::size(lasts_ms))]);
      return true;
    case Fault::io_error: {
      static constexpr Disk::Call calls[] = {Disk::Call::write, Disk::Call::read, Disk::Call::sync, Disk::Call::open,
                                             Disk::Call::truncate};
      what.call = calls[draw(Tape::disk, std::size(calls))];
      what.times = draw(Tape::disk, 4);
      device.disk.fail(what);
      if (what.times == 0) later(fault, device.index, lasts_ms[draw(Tape::disk, std::size(lasts_ms))]);
      return true;
    }
    case Fault::bit_rot:
      return rot(device);
    case Fault::lying_disk:
      device.damaged = true;
      device.disk_lies = true;
      device.disk.lie_about_syncs(true);
      later(fault, device.index, lasts_ms[draw(Tape::disk, std::size(lasts_ms))]);
      return true;
    default:
      return false;
  }
}

// Bits of a closed file flip. Whatever is not found by verify must be harmless. Changes that are not sealed yet have no
// hash over them, so a flipped letter in one is found by nobody: such files are spared.
bool Mischief::rot(Device& device) {
  if (device.disk_lies) return false;  // until it stops, nobody verifies what it shows
  std::string before;
  bool sealed = false;
  const bool read = world_.with(device, [&](Replica& replica) {
    before = oracle_.events_of(replica.store());
    const auto own = replica.store().own_nodes();
    sealed = std::all_of(own.begin(), own.end(), [](const auto& node) { return node.unsealed == 0; });
  });
  if (!read || !sealed) return false;
  device.disk.clear_faults();
  world_.crash(device, false, 0);
  device.damaged = true;
  device.rotten = true;
  device.disk.rot(device_file, 1 + draw(Tape::disk, 4));
  world_.start(device);
  if (!device.up() || !device.rotten) return true;
  // Verified by opened(), and found sound.
  device.rotten = false;
  device.damaged = false;
  world_.with(device, [&](Replica& replica) {
    if (oracle_.events_of(replica.store()) != before)
      throw Violation("I3", device.name + ": rot changed an event and verify did not find it");
  });
  return true;
}

// After damage an app verifies before it trusts its file, and starts anew if that fails. A disk that lied can leave old and
// new pages that fit together so well that nothing local can tell; such files are spared.
void Mischief::opened(Device& device) {
  if (!device.damaged || device.disk_lies) return;
  bool sound = false;
  try {
    sound = device.replica->verify().problems.empty() && (device.rotten || oracle_.plausible(device.replica->store()));
  } catch (const store::StoreError&) {}
  if (device.disk.dead()) return;
  if (!sound) {
    device.rotten = false;
    ++finds_;
    world_.restart_fresh(device);
  } else if (!device.rotten) {
    device.damaged = false;
  }
}

// --- clocks -----------------------------------------------------------------------------------------------------------

void Mischief::move_clock(Wall& wall, Fault fault, bool relay) {
  const auto step = [&](const auto& sizes) {
    const std::int64_t by = sizes[draw(Tape::clock, std::uint32_t(std::size(sizes)))];
    // A relay that is believed a day ahead lets stamps in that newcomers park for so long: a known limit.
    const bool forward = draw(Tape::clock, 2) == 0 && (!relay || by < day_ms);
    wall.step(world_.now_ms, forward ? by : -by);
  };
  switch (fault) {
    case Fault::clock_step:
      return step(steps_ms);
    case Fault::clock_far:
      if (draw(Tape::clock, 4) == 3) return wall.set(world_.now_ms, 0);  // 1970
      return step(far_steps_ms);
    case Fault::clock_drift: {
      static constexpr std::int64_t drifts_ppm[] = {200, -200, 500, -500, 50'000, -50'000, 9'000'000};
      return wall.drift(world_.now_ms, drifts_ppm[draw(Tape::clock, std::size(drifts_ppm))]);
    }
    default:
      return wall.freeze(world_.now_ms);
  }
}

bool Mischief::strike_clock(Fault fault, Device& device) {
  move_clock(device.wall, fault, false);
  if (fault == Fault::clock_drift || fault == Fault::clock_frozen)
    later(fault, device.index, lasts_ms[draw(Tape::clock, std::size(lasts_ms))]);
  world_.trace.note(Moment::Kind::fault, device.name, 0, name_of(fault), [&] {
    return "its clock now is off by " + std::to_string(world_.read_wall(device) - start_wall_ms - world_.now_ms) +
           " ms";
  });
  return true;
}

// --- copies and the relay ---------------------------------------------------------------------------------------------

bool Mischief::strike_copies(Fault fault, Device& device) {
  switch (fault) {
    case Fault::clone:
      if (world_.devices.size() >= devices_max || device.damaged) return false;
      return world_.clone(device, "copy" + std::to_string(++copies_)) != nullptr;
    case Fault::rollback:
      if (device.damaged) return false;
      if (!device.disk.exists(saved_file) || draw(Tape::clock, 3) == 0) {
        world_.save(device);  // a rollback needs something to go back to
        return false;
      }
      return world_.roll_back(device);
    case Fault::lost_device: {
      const auto left =
          std::count_if(world_.devices.begin(), world_.devices.end(), [](const auto& other) { return !other->gone; });
      if (left < 2) return false;
      world_.lose(device);
      return true;
    }
    default:
      return false;
  }
}

bool Mischief::strike_relay(Fault fault) {
  switch (fault) {
    case Fault::relay_crash:
    case Fault::relay_power_loss:
      if (!world_.relay) return false;
      world_.crash_relay(fault == Fault::relay_power_loss, downs_ms[draw(Tape::clock, std::size(downs_ms))]);
      return true;
    case Fault::relay_crash_inside:
      world_.relay_power_at_death = world_.profile.crash_disk && draw(Tape::clock, 2) == 1;
      world_.relay_down_ms = downs_ms[draw(Tape::clock, std::size(downs_ms))];
      world_.relay_disk.die_after(1 + draw(Tape::clock, 40));
      return true;
    case Fault::relay_disk: {
      const std::uint32_t kind = draw(Tape::disk, 3);
      const std::uint32_t after = 1 + draw(Tape::disk, 10);
      if (kind == 0) {
        world_.relay_disk.limit_bytes(world_.relay_disk.bytes_used() + draw(Tape::disk, 40'000));
        later(fault, 0, lasts_ms[draw(Tape::disk, std::size(lasts_ms))]);
      } else {
        Disk::Fault what;
        what.call = kind == 1 ? Disk::Call::sync : Disk::Call::write;
        what.after = after;
        what.times = 1 + draw(Tape::disk, 6);
        what.drops_unsynced = kind == 1 && world_.profile.crash_disk && draw(Tape::disk, 2) == 1;
        world_.relay_disk.fail(what);
      }
      return true;
    }
    case Fault::relay_clock: {
      static constexpr Fault kinds[] = {Fault::clock_step, Fault::clock_frozen, Fault::clock_drift, Fault::clock_far};
      const Fault kind = kinds[draw(Tape::clock, std::size(kinds))];
      move_clock(world_.relay_wall, kind, true);
      later(fault, 0, lasts_ms[draw(Tape::clock, std::size(lasts_ms))]);
      return true;
    }
    case Fault::relay_wiped:
      world_.wipe_relay();
      return true;
    case Fault::relay_restored:
      if (!world_.relay_disk.exists(relay_saved_file) || draw(Tape::clock, 3) == 0) {
        world_.save_relay();
        return false;
      }
      return world_.restore_relay();
    default:
      return false;
  }
}

// --- the end of a fault -----------------------------------------------------------------------------------------------

void Mischief::undo(const Undo& what) {
  Device& device = *world_.devices[what.device];
  switch (what.fault) {
    case Fault::partition:
    case Fault::one_way:
      return world_.block(device, false, false);
    case Fault::full_disk:
      return device.disk.limit_bytes(std::nullopt);
    case Fault::io_error:
      return device.disk.clear_faults();
    case Fault::lying_disk:
      device.disk.lie_about_syncs(false);
      device.disk_lies = false;
      if (!device.gone) world_.crash(device, true, 0);
      return;
    case Fault::relay_disk:
      return world_.relay_disk.limit_bytes(std::nullopt);
    case Fault::clock_drift:
      return device.wall.drift(world_.now_ms, 0);
    case Fault::clock_frozen:
      return device.wall.thaw(world_.now_ms);
    case Fault::relay_clock:
      // Operators put a relay's clock right.
      world_.relay_wall.thaw(world_.now_ms);
      world_.relay_wall.drift(world_.now_ms, 0);
      return world_.relay_wall.set(world_.now_ms, start_wall_ms + world_.now_ms);
    default:
      return;
  }
}

void Mischief::heal() {
  for (const Undo& what : std::exchange(undos_, {})) undo(what);
  hostile_.end();
  world_.heal_network();
  for (const auto& device : world_.devices) {
    device->flaps = 0;
    if (device->gone) continue;
    device->disk.clear_faults();
    device->disk.limit_bytes(std::nullopt);
    device->disk.die_after(std::nullopt);
    device->power_at_death = false;
    device->wall.drift(world_.now_ms, 0);
  }
  world_.relay_disk.clear_faults();
  world_.relay_disk.limit_bytes(std::nullopt);
  world_.relay_disk.die_after(std::nullopt);
  world_.relay_power_at_death = false;
}

}  // namespace tidemark::sim
