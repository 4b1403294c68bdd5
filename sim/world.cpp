// Time, and the life of devices. The network is in world_network.cpp, the relay in world_relay.cpp.
#include "sim/world.h"

#include <algorithm>
#include <limits>

#include "sim/wording.h"

namespace tidemark::sim {
namespace {

constexpr std::uint64_t relay_stream = 1'000;
constexpr std::uint64_t events_max = 20'000;  // within a minute of virtual time; more is a livelock
constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t restart_ms = 500;

Disk::Draw draws_of(Chooser& chooser) {
  return [&chooser](std::uint32_t bound) { return chooser.draw(Tape::disk, bound); };
}

}  // namespace

Device::Device(std::string name_, std::size_t index_, Disk::Mode mode, Disk::Draw draw, std::uint64_t seed)
    : name(std::move(name_)), index(index_), disk(mode, std::move(draw)), random(seed, index_ + 1) {}

World::World(const Profile& profile_, Chooser& chooser_, Trace& trace_, std::uint64_t seed_)
    : relay_disk(profile_.crash_disk ? Disk::Mode::crash : Disk::Mode::fast, draws_of(chooser_)),
      chooser(chooser_),
      trace(trace_),
      profile(profile_),
      seed(seed_),
      relay_random_(seed_, relay_stream) {
  start_relay();
}

World::~World() {
  for (auto& device : devices) close_files(*device);
}

// --- time -------------------------------------------------------------------------------------------------------------

struct World::Due {
  enum class Kind {
    none,
    up,
    down,
    device_notices,
    relay_notices,
    silence,
    log,
    tick,
    start,
    connect,
    refresh,
    start_relay
  };
  std::int64_t ms = std::numeric_limits<std::int64_t>::max();
  Kind kind = Kind::none;
  std::uint64_t session = 0;
  Device* device = nullptr;

  void consider(std::int64_t at, Kind what, std::uint64_t session_of, Device* device_of) {
    if (at < ms) *this = {at, what, session_of, device_of};
  }
};

World::Due World::next_due() const {
  using Kind = Due::Kind;
  Due due;
  for (const auto& [session, link] : connections) {
    Device* device = link.hostile ? nullptr : devices[link.device].get();
    const bool up_open = link.hostile || !blocked_up(*device);
    const bool down_open = link.hostile || !blocked_down(*device);
    if (!link.up.empty() && up_open) due.consider(link.up.front().at_ms, Kind::up, session, device);
    if (!link.down.empty() && down_open) due.consider(link.down.front().at_ms, Kind::down, session, device);
    if (link.device_notices_ms) due.consider(*link.device_notices_ms, Kind::device_notices, session, device);
    if (link.relay_notices_ms) due.consider(*link.relay_notices_ms, Kind::relay_notices, session, device);
    const bool stuck = (!link.up.empty() && !up_open) || (!link.down.empty() && !down_open);
    if (stuck) due.consider(link.last_moved_ms + silence_max_ms, Kind::silence, session, device);
  }
  if (relay) {
    if (log_due_ms_) due.consider(*log_due_ms_, Kind::log, 0, nullptr);
    if (const auto deadline = relay->deadline_steady_ms())
      due.consider(*deadline - steady_start_ms, Kind::tick, 0, nullptr);
  } else {
    due.consider(relay_start_at_ms_, Kind::start_relay, 0, nullptr);
  }
  for (const auto& device : devices) {
    if (device->gone) continue;
    if (!device->up())
      due.consider(device->start_at_ms, Kind::start, 0, device.get());
    else if (device->online && device->session == 0)
      due.consider(device->retry_at_ms, Kind::connect, 0, device.get());
    if (device->refresh_at_ms) due.consider(*device->refresh_at_ms, Kind::refresh, 0, device.get());
  }
  return due;
}

void World::carry_out(const Due& due) {
  switch (due.kind) {
    case Due::Kind::none:
      return;
    case Due::Kind::up:
      return deliver_up(due.session);
    case Due::Kind::down:
      return deliver_down(due.session);
    case Due::Kind::device_notices: {
      connections.at(due.session).device_notices_ms.reset();
      if (due.device && due.device->session == due.session) return drop_device_end(*due.device, false);
      connections.at(due.session).device_end = false;
      return forget_if_over(due.session);
    }
    case Due::Kind::relay_notices:
      connections.at(due.session).relay_notices_ms.reset();
      return drop_relay_end(connections.at(due.session), false);
    case Due::Kind::silence:
      return cut(due.session, {});
    case Due::Kind::log:
      return run_log();
    case Due::Kind::tick:
      relay_does([&] { relay->tick(relay_now()); });
      return;
    case Due::Kind::start:
      return start(*due.device);
    case Due::Kind::connect:
      return connect(*due.device);
    case Due::Kind::refresh:
      due.device->refresh_at_ms.reset();
      return refresh(*due.device);
    case Due::Kind::start_relay:
      return start_relay();
  }
}

void World::run_until(std::int64_t ms) {
  std::uint64_t events = 0;
  std::int64_t since_ms = now_ms;
  for (;;) {
    while (!cuts_.empty()) {
      const auto next = cuts_.front();
      cuts_.erase(cuts_.begin());
      cut(next.first, next.second);
    }
    const Due due = next_due();
    if (due.ms > ms) break;
    if (due.ms - since_ms >= minute_ms) {
      since_ms = due.ms;
      events = 0;
    }
    if (++events > events_max)
      throw Violation("livelock",
                      "more than 20,000 events within a minute, from " + std::to_string(since_ms) + " ms on");
    now_ms = std::max(now_ms, due.ms);
    trace.at(now_ms, step);
    carry_out(due);
  }
  now_ms = std::max(now_ms, ms);
  trace.at(now_ms, step);
}

bool World::run_quiet(std::int64_t ms_max) {
  const std::int64_t end = now_ms + ms_max;
  const auto quiet = [&] {
    if (log_due_ms_ || !relay || !cuts_.empty()) return false;
    for (const auto& [session, link] : connections) {
      if (!link.up.empty() || !link.down.empty() || !link.relay_end || (!link.device_end && !link.hostile))
        return false;
    }
    return std::all_of(devices.begin(), devices.end(), [](const auto& device) {
      return device->gone || (device->up() && (!device->online || device->session != 0));
    });
  };
  while (!quiet()) {
    const Due due = next_due();
    if (due.ms > end && cuts_.empty()) break;
    run_until(std::max(now_ms, std::min(due.ms, end)));
  }
  return quiet();
}

void World::note(Moment::Kind kind, std::string_view lane, const char* text) {
  trace.note(kind, lane, 0, text, [&] { return std::string(text); });
}

void World::tell_before_loss() {
  for (Observer* observer : observers) observer->before_loss();
}

void World::tell_after_loss() {
  for (Observer* observer : observers) observer->after_loss();
}

// --- devices: files ---------------------------------------------------------------------------------------------------

Device& World::add_device(const std::string& name) {
  const Disk::Mode mode = profile.crash_disk ? Disk::Mode::crash : Disk::Mode::fast;
  devices.push_back(std::make_unique<Device>(name, devices.size(), mode, draws_of(chooser), seed));
  return *devices.back();
}

Device* World::find(const std::string& name) {
  const auto at =
      std::find_if(devices.begin(), devices.end(), [&](const auto& device) { return device->name == name; });
  return at == devices.end() ? nullptr : at->get();
}

ReplicaOptions World::replica_options(Device& device) {
  ReplicaOptions options;
  options.vfs = device.disk.vfs();
  options.durability = profile.relaxed ? store::Durability::relaxed : store::Durability::full;
  options.wall_clock = [this, &device] { return device.wall.read(now_ms); };
  options.random = [&device](void* out, std::size_t size) {
    auto* bytes = static_cast<std::uint8_t*>(out);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i, number >>= 8) {
      if (i % 8 == 0) number = device.random.next();
      bytes[i] = std::uint8_t(number);
    }
  };
  return options;
}

void World::open_files(Device& device) {
  const ReplicaOptions options = replica_options(device);
  device.replica.emplace(device.created ? Replica::open(device_file, options)
                                        : Replica::create(device_file, space_name, options));
  device.created = true;
  if (profile.two_connections) {
    store::Options sync_options;
    sync_options.vfs = options.vfs;
    sync_options.durability = options.durability;
    device.store = std::make_unique<store::Store>(store::Store::open(device_file, sync_options));
  }
  ExchangeOptions exchange;
  exchange.wall_clock = options.wall_clock;
  exchange.random = options.random;
  exchange.apply_events_max = profile.apply_events;
  if (profile.bundle_events != 0) exchange.bundle_events_max = profile.bundle_events;
  device.exchange = std::make_unique<Exchange>(device.sync_store(), exchange);
  if (profile.sealing_writes) {
    device.syncer = std::make_shared<const Syncer>(Syncer{[] {}, [&device] { return device.session != 0; }});
    device.replica->join(device.syncer);
  }
  device.retry_at_ms = now_ms;
}

void World::close_files(Device& device) {
  device.exchange.reset();
  device.refresh_at_ms.reset();
  device.store.reset();
  device.replica.reset();
}

void World::start(Device& device) {
  if (device.up() || device.gone) return;
  if (!device.created) {
    for (const char* suffix : {"", "-wal", "-journal"}) device.disk.remove(std::string(device_file) + suffix);
  }
  device.start_at_ms = now_ms + restart_ms;
  if (guarded(device, [&] { open_files(device); })) {
    note(Moment::Kind::healed, device.name, "starts");
    for (Observer* observer : observers) observer->opened(device);
  } else if (device.damaged && !device.disk_lies && device.unreadable) {
    restart_fresh(device);
  }
}

void World::restart_fresh(Device& device) {
  tell_before_loss();
  drop_device_end(device, false);
  close_files(device);
  for (const std::string& path : device.disk.paths()) {
    if (path.rfind(saved_file, 0) != 0) device.disk.remove(path);  // the kept copy stays, and so does its log
  }
  device.created = false;
  device.damaged = false;
  device.rotten = false;
  device.unreadable = false;
  note(Moment::Kind::fault, device.name, "its file is thrown away");
  tell_after_loss();
  start(device);
}

// Runs what a device does. An error of a living disk makes it close its files and open them again, as an app would.
bool World::guarded(Device& device, const std::function<void()>& act) {
  try {
    act();
  } catch (const store::StoreError& error) {
    if (!device.disk.dead()) {
      const std::uint64_t faults = device.disk.counts().faults;
      if (faults == device.faults_met && !device.damaged)
        throw Violation("environment", device.name + ": nothing was broken, but: " + error.what());
      device.faults_met = faults;
      device.unreadable =
          error.failure() == store::Failure::corrupt || error.failure() == store::Failure::not_a_replica ||
          error.failure() == store::Failure::newer_schema || error.failure() == store::Failure::not_found;
      trace.note(Moment::Kind::told, device.name, 0, code(error.failure()), [&] { return std::string(error.what()); });
      for (Observer* observer : observers) observer->errored(device, error);
      close_files(device);
      drop_device_end(device, false);
      if (!device.disk.dead()) {
        // Its owner tries again, less and less often.
        device.start_at_ms = now_ms + (restart_ms << std::min(device.errors++, 7U));
        return false;
      }
    }
  }
  if (!device.disk.dead()) return true;
  bury(device);
  return false;
}

// The process of the device died: its disk takes no more calls.
void World::bury(Device& device) {
  note(Moment::Kind::fault, device.name, device.power_at_death ? "loses power" : "crashes");
  close_files(device);
  drop_device_end(device, false);
  const bool may_lose = device.power_at_death && (device.damaged || profile.relaxed);
  if (may_lose) tell_before_loss();
  if (device.power_at_death)
    device.disk.power_loss();
  else
    device.disk.restart();
  device.start_at_ms = std::max(device.start_at_ms, now_ms + restart_ms);
  for (Observer* observer : observers) observer->crashed(device, device.power_at_death);
  if (may_lose) tell_after_loss();
  device.power_at_death = false;
}

// --- devices: what happens to them ------------------------------------------------------------------------------------

bool World::with(Device& device, const std::function<void(Replica&)>& use) {
  if (!device.up()) return false;
  return guarded(device, [&] { use(*device.replica); });
}

void World::tell_sync(Device& device) {
  if (!device.up() || device.session == 0) return;
  guarded(device, [&] {
    if (device.store && !device.store->changed_elsewhere()) return;
    device.exchange->store_changed();
    take_outputs(device);
  });
}

void World::refresh(Device& device) {
  if (!device.up() || device.session == 0) return;
  guarded(device, [&] {
    device.exchange->refresh();
    take_outputs(device);
  });
}

void World::go_online(Device& device, bool online) {
  if (device.online == online) return;
  device.online = online;
  note(online ? Moment::Kind::healed : Moment::Kind::fault, device.name, online ? "goes online" : "goes offline");
  if (online)
    device.retry_at_ms = now_ms;
  else
    drop_device_end(device, true);
}

void World::crash(Device& device, bool power, std::int64_t down_ms) {
  if (device.gone) return;
  device.power_at_death = power;
  device.start_at_ms = now_ms + down_ms;
  device.disk.die();
  bury(device);
  device.start_at_ms = now_ms + down_ms;
}

Device* World::clone(Device& device, const std::string& name) {
  if (!device.created || device.disk.dead()) return nullptr;
  Device& copy = add_device(name);
  device.disk.copy_database(device_file, copy.disk, device_file);
  copy.wall = device.wall;
  copy.created = true;
  copy.damaged = device.damaged;
  copy.start_at_ms = now_ms;
  note(Moment::Kind::fault, device.name, "its file is copied");
  for (Observer* observer : observers) observer->copied(device, copy);
  start(copy);
  return &copy;
}

void World::save(Device& device) {
  if (!device.created) return;
  device.disk.copy_database(device_file, device.disk, saved_file);
  note(Moment::Kind::write, device.name, "a copy of its file is kept");
}

bool World::roll_back(Device& device) {
  if (!device.disk.exists(saved_file)) return false;
  tell_before_loss();
  drop_device_end(device, false);
  close_files(device);
  device.disk.copy_database(saved_file, device.disk, device_file);
  note(Moment::Kind::fault, device.name, "an older copy takes its file's place");
  device.start_at_ms = now_ms;
  tell_after_loss();
  start(device);
  return true;
}

void World::lose(Device& device) {
  tell_before_loss();
  drop_device_end(device, false);
  close_files(device);
  device.gone = true;
  note(Moment::Kind::fault, device.name, "is lost");
  tell_after_loss();
}

}  // namespace tidemark::sim
