// What happens to devices, files and disks. Frames are read in lookout_frames.cpp and lookout_arrivals.cpp, the log in
// lookout_log.cpp.
#include "sim/lookout.h"

#include <sqlite3.h>

#include <algorithm>

#include "sim/lookout_text.h"

namespace tidemark::sim {
namespace {

constexpr std::int64_t year_ms = 365LL * 24 * 3'600'000;
constexpr std::int64_t far_ahead_ms = 90 * year_ms;
constexpr std::int64_t seventies_end_ms = year_ms;

}  // namespace

Lookout::Known& Lookout::introduce(const Device& device) {
  Known& it = known(device);
  if (it.family == 0) it.family = ++families_;
  return it;
}

// Asks a device's file something. False if it could not be read, which is the device's trouble and not ours.
bool Lookout::look(const Device& device, const std::function<void(const store::Store&)>& at) const {
  if (!device.up() || device.disk.dead()) return false;
  try {
    at(device.store ? *device.store : device.replica->store());
    return true;
  } catch (const store::StoreError&) {
    return false;
  }
}

// --- the workload ----------------------------------------------------------------------------------------------------

void Lookout::writing(Device& device) {
  writing_ = &device;
  answering_ = nullptr;
}

void Lookout::wrote(Device& device, const Draft& draft, const std::optional<Stamp>& stamp) {
  writing_ = nullptr;
  if (!stamp) return;
  telling_ = &device;
  Known& it = introduce(device);
  it.unsent = true;
  if (!world_.relay) hit(Point::relay_down_while_writing);
  tell_stamp(device, *stamp);
  if (device.syncer && device.session != 0) {
    look(device, [&](const store::Store& store) {
      if (store.own_nodes().front().unsealed == 0) hit(Point::sealed_by_the_write);
    });
  }
  for (const Write& write : draft.writes) {
    const auto [last, first] = last_writer_.try_emplace({it.family, write.cell}, device.index);
    if (!first && std::exchange(last->second, device.index) != device.index) hit(Point::two_copies_write_same_cell);
    const auto edit = last_edit_.find(write.cell.entity);
    if (write.cell.attribute != deleted_attribute) {
      last_edit_[write.cell.entity] = {device.index, *stamp};
    } else if (write.value == Value::boolean(true) && edit != last_edit_.end() && edit->second.device != device.index) {
      look(device, [&](const store::Store& store) {
        if (!store.change(edit->second.stamp)) hit(Point::delete_against_edit);
      });
    }
  }
}

void Lookout::tell_stamp(const Device& device, const Stamp& stamp) {
  const std::int64_t wall_ms = world_.read_wall(device);
  const auto ms = std::int64_t(stamp.ms);
  if (wall_ms < seventies_end_ms) hit(Point::written_in_1970);
  if (ms < seventies_end_ms) hit(Point::stamped_in_1970);
  if (ms > start_wall_ms + far_ahead_ms) hit(Point::written_a_century_ahead);
  if (stamp.counter > 0) hit(Point::counter_above_zero);
  if (ms == wall_ms) return;
  // The clock's reading was corrected, or the stamp counts on from the last one.
  look(device, [&](const store::Store& store) {
    const std::int64_t corrected_ms = store.correction().apply(wall_ms);
    if (ms == corrected_ms) return hit(Point::correction_in_use_at_write);
    if (stamp.counter == 0) return hit(Point::carry_used);
    if (ms > std::max(wall_ms, corrected_ms)) hit(Point::wall_behind_last_stamp);
  });
}

void Lookout::at_rest() { telling_ = nullptr; }

void Lookout::imported(bool taken) { hit(taken ? Point::import_taken : Point::import_refused); }

// --- devices come and go ---------------------------------------------------------------------------------------------

void Lookout::opened(Device& device) {
  Known& it = introduce(device);
  it.up = device.up();
  it.created = true;
  if (world_.devices.size() > 6) hit(Point::more_than_six_devices);
}

void Lookout::crashed(Device& device, bool power) {
  Known& it = introduce(device);
  tell_death(device);
  it.up = false;
  writing_ = telling_ = arriving_ = answering_ = nullptr;
  if (power) {
    if (it.unsent) hit(Point::power_loss_between_commit_and_send);
    const auto link = links_.find(it.session);
    if (link != links_.end() && !link->second.in_flight.empty()) hit(Point::power_loss_with_bundles_in_flight);
    count_sectors(it.disk, device.disk.counts());
    it.disk = device.disk.counts();
  }
  std::size_t there = 0;
  const bool any_up = std::any_of(world_.devices.begin(), world_.devices.end(), [&](const auto& other) {
    if (!other->gone) ++there;
    return other->up();
  });
  if (!any_up && there > 1) hit(Point::all_devices_down_at_once);
}

void Lookout::tell_death(const Device& device) {
  const Known& it = known(device);
  if (writing_ == &device) return hit(Point::died_writing);
  if (telling_ == &device) return hit(Point::died_sealing);
  if (arriving_ == &device) {
    if (arriving_kind_ == Said::other) hit(Point::died_taking_in);
    if (arriving_kind_ == Said::welcome) hit(Point::died_greeted);
    if (arriving_kind_ == Said::confirm) hit(Point::died_confirmed);
    return;
  }
  if (it.up) return;
  hit(device.created ? Point::died_opening : Point::died_creating);
  if (it.created) hit(Point::died_twice_in_a_row);
}

void Lookout::count_sectors(const Disk::Counts& before, const Disk::Counts& now) {
  const bool dropped = now.sectors_dropped != before.sectors_dropped;
  const bool torn = now.sectors_torn != before.sectors_torn;
  if (dropped) hit(Point::sectors_dropped);
  if (torn) hit(Point::sectors_torn);
  if (!dropped && !torn && now.sectors_kept != before.sectors_kept) hit(Point::sectors_all_kept);
}

void Lookout::errored(Device& device, const store::StoreError& error) {
  introduce(device).up = false;
  writing_ = telling_ = arriving_ = answering_ = nullptr;
  if (error.failure() == store::Failure::disk_full) hit(Point::device_disk_full);
  if (error.failure() != store::Failure::io_error) return;
  switch (error.sqlite_code()) {
    case SQLITE_IOERR_FSYNC:
      return hit(Point::device_sync_failed);
    case SQLITE_IOERR_READ:
      return hit(Point::read_error_met);
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_TRUNCATE:
      return hit(Point::write_error_met);
    default:
      return;
  }
}

void Lookout::copied(const Device& from, Device& to) {
  const Known& source = introduce(from);
  Known& copy = known(to);
  copy.family = source.family;
  copy.copy_of_copies = source.copy_of_copies + 1;
  copy.confirmed = source.confirmed;
  copy.bits_rotten = to.disk.counts().bits_rotten;
  const auto same = std::count_if(known_.begin(), known_.end(), [&](const auto& other) {
    return other.second.family == source.family && !other.second.gone;
  });
  if (same > 2) hit(Point::three_copies_of_one_file);
  look(from, [&](const store::Store& store) {
    if (store.counts().outbox > 0) hit(Point::clone_while_outbox_full);
    if (!store.cursor()) hit(Point::clone_before_first_sync);
    if (store.refill()) hit(Point::clone_with_open_refill);
  });
}

// --- loss ------------------------------------------------------------------------------------------------------------

void Lookout::before_loss() {
  connected_at_loss_ = false;
  for (const auto& device : world_.devices) {
    connected_at_loss_ = connected_at_loss_ || device->session != 0;
    look(*device, [&](const store::Store& store) { introduce(*device).outbox = store.counts().outbox; });
  }
}

void Lookout::after_loss() {
  for (const auto& device : world_.devices) {
    Known& it = introduce(*device);
    if (device->gone && !it.gone) {
      it.gone = true;
      if (it.outbox > 0) hit(Point::lost_device_with_outbox);
    }
    if (device->gone || device->created || !it.created) continue;
    // Its file was thrown away, since verify found damage.
    hit(Point::device_started_anew);
    const std::uint64_t bits = device->disk.counts().bits_rotten;
    hit(bits != it.bits_rotten ? Point::rot_found : Point::lying_disk_lost_data);
    it = {};
    it.session = device->session;
    it.family = ++families_;
    it.bits_rotten = bits;
    it.disk = device->disk.counts();
  }
  if (world_.ledger.entries.size() != entries_ || world_.ledger.log != log_) read_log_anew();
}

void Lookout::struck(Fault fault, Device& device) {
  if (fault == Fault::relay_wiped && connected_at_loss_) hit(Point::relay_wiped_while_connected);
  Known& it = introduce(device);
  if (fault == Fault::bit_rot) {
    const std::uint64_t bits = device.disk.counts().bits_rotten;
    if (bits == it.bits_rotten || !device.up() || device.damaged) return;
    hit(Point::rot_harmless);
    it.bits_rotten = bits;
  }
  if (fault != Fault::rollback) return;
  it.rolled_back = true;
  if (it.copy_of_copies > 0) hit(Point::rollback_of_a_clone);
  look(device, [&](const store::Store& store) {
    const store::OwnNode own = store.own_nodes().front();
    const auto log = heads_.find(own.node);
    if (log != heads_.end() && log->second > own.head.n) hit(Point::rollback_behind_confirmed);
  });
}

// --- the run ---------------------------------------------------------------------------------------------------------

// What is stuck now was stuck all along when the silence is over, as long as its connection moved nothing.
void Lookout::before_pause() {
  paused_step_ = world_.step;
  answering_ = nullptr;
  for (auto at = stuck_until_ms_.begin(); at != stuck_until_ms_.end();) {
    const auto link = world_.connections.find(at->first);
    const bool over = link == world_.connections.end() || link->second.broken;
    if (over && at->second <= world_.now_ms) hit(Point::silence_cut);
    at = over ? stuck_until_ms_.erase(at) : std::next(at);
  }
  for (const auto& [session, link] : world_.connections) {
    if (link.hostile || link.broken) continue;
    const Device& device = *world_.devices[link.device];
    const bool up_stuck = !link.up.empty() && world_.blocked_up(device);
    const bool down_stuck = !link.down.empty() && world_.blocked_down(device);
    if (!up_stuck && !down_stuck) continue;
    stuck_until_ms_[session] = link.last_moved_ms + world_.silence_max_ms;
    const auto is_push = [](const auto& flight) {
      return flight.frame.bytes && !flight.frame.text && type_of(flight.frame) == push_type;
    };
    if (up_stuck && !world_.blocked_down(device) && std::any_of(link.up.begin(), link.up.end(), is_push))
      hit(Point::one_way_push_stuck);
  }
}

void Lookout::chose(const std::vector<Device*>& core) {
  answering_ = nullptr;
  if (core.size() == 1 && world_.devices.size() > 1) hit(Point::core_of_one);
}

void Lookout::finished() {
  if (log_lost_ && reached_[std::size_t(Point::refill_closed)] != 0) hit(Point::newcomer_from_refilled_log);
}

}  // namespace tidemark::sim
