#include "tests/engine/world.h"

#include <doctest/doctest.h>

#include "tests/support/counting_vfs.h"

namespace tidemark::test {
namespace {

void copy_database(const std::string& from, const std::string& to) {
  namespace fs = std::filesystem;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    fs::remove(to + suffix);
    if (fs::exists(from + suffix)) fs::copy_file(from + suffix, to + suffix);
  }
}

const std::string& fast_vfs() {
  static CountingVfs vfs("world");
  vfs.skips_syncs = true;
  vfs.keeps_log = false;
  return vfs.name();
}

}  // namespace

Device::Device(World& world_, std::string name_, Replica replica_)
    : world(world_), name(std::move(name_)), replica(std::make_unique<Replica>(std::move(replica_))) {}

Stamp Device::set(const std::string& entity, const std::string& attribute, const std::string& text) {
  const Result<Stamp> stamp = replica->set(entity, attribute, Value::text(text));
  REQUIRE(stamp);
  world.wall_ms += 7;
  if (exchange && session != 0) exchange->store_changed();
  return *stamp;
}

std::string Device::get(const std::string& entity, const std::string& attribute) const {
  const auto value = replica->get(entity, attribute);
  return value ? value->as_string() : "";
}

std::string Device::state() const {
  std::string text;
  replica->store().for_each_cell([&](const store::CellState& cell) {
    text += cell.cell.entity + " " + cell.cell.attribute + " " + cell.value.to_json() + "\n";
    return true;
  });
  return text;
}

std::string Device::stamped_state() const {
  std::string text;
  replica->store().for_each_cell([&](const store::CellState& cell) {
    text +=
        cell.cell.entity + " " + cell.cell.attribute + " " + cell.value.to_json() + " " + to_string(cell.stamp) + "\n";
    return true;
  });
  return text;
}

World::World(std::uint64_t seed, std::string device_vfs, std::string relay_vfs)
    : random(seed), device_vfs_(std::move(device_vfs)), relay_vfs_(std::move(relay_vfs)) {
  if (device_vfs_.empty()) device_vfs_ = fast_vfs();
  if (relay_vfs_.empty()) relay_vfs_ = fast_vfs();
  start_relay();
}

ReplicaOptions World::options(const std::string& name) {
  ReplicaOptions options;
  options.vfs = device_vfs_;
  options.durability = durability;
  options.wall_clock = [this, name] {
    const auto at = devices.find(name);
    if (at == devices.end()) return wall_ms;
    return at->second->frozen_ms ? *at->second->frozen_ms : wall_ms + at->second->clock_offset_ms;
  };
  options.random = [this](void* out, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) static_cast<std::uint8_t*>(out)[i] = std::uint8_t(random());
  };
  return options;
}

void World::make_exchange(Device& device) {
  ExchangeOptions exchange;
  exchange.wall_clock = options(device.name).wall_clock;
  exchange.random = options(device.name).random;
  device.exchange = std::make_unique<Exchange>(device.replica->store(), exchange);
  device.syncer = std::make_shared<const Syncer>(Syncer{[] {}, [&device] { return device.session != 0; }});
  device.replica->join(device.syncer);
}

Device& World::adopt(const std::string& name, Replica replica) {
  auto& device = devices[name];
  device = std::make_unique<Device>(*this, name, std::move(replica));
  make_exchange(*device);
  return *device;
}

Device& World::device(const std::string& name) {
  const auto at = devices.find(name);
  return at != devices.end() ? *at->second : adopt(name, Replica::create(path(name), "space", options(name)));
}

void World::reopen(Device& device) {
  disconnect(device);
  device.exchange.reset();
  device.replica.reset();
  device.replica = std::make_unique<Replica>(Replica::open(path(device.name), options(device.name)));
  make_exchange(device);
}

Device& World::open_device(const std::string& name) { return adopt(name, Replica::open(path(name), options(name))); }

void World::save_device(const std::string& name) {
  reopen(*devices.at(name));  // closing brings everything into the one file
  copy_database(path(name), path(name) + "-saved");
}

void World::restore_device(const std::string& name) {
  Device& device = *devices.at(name);
  disconnect(device);
  device.exchange.reset();
  device.replica.reset();
  copy_database(path(name) + "-saved", path(name));
  device.replica = std::make_unique<Replica>(Replica::open(path(name), options(name)));
  make_exchange(device);
}

Device& World::copy_device(const std::string& from, const std::string& to) {
  reopen(*devices.at(from));
  copy_database(path(from), path(to));
  return adopt(to, Replica::open(path(to), options(to)));
}

void World::forget(const std::string& name) {
  disconnect(*devices.at(name));
  devices.erase(name);
}

void World::connect(Device& device) {
  if (device.session != 0) disconnect(device);
  if (!relay_) return;
  device.session = ++last_session_;
  relay_->opened(device.session, now());
  device.exchange->opened();
  take_frames(device);
}

void World::disconnect(Device& device) {
  if (device.session == 0) return;
  if (relay_) relay_->closed(device.session);
  device.session = 0;
  device.to_relay.clear();
  device.to_device.clear();
  if (device.exchange) device.exchange->closed();
  take_outputs();
}

void World::take_frames(Device& device) {
  while (auto frame = device.exchange->next_frame()) {
    if (!on_sent || on_sent(*frame, true)) device.to_relay.push_back(std::move(*frame));
  }
  while (auto notice = device.exchange->next_notice()) {
    if (const auto* forked = std::get_if<Forked>(&*notice)) device.forks.push_back(*forked);
    if (const auto* error = std::get_if<Error>(&*notice)) device.troubles.push_back(*error);
  }
  if (const auto& failed = device.exchange->failed(); failed && device.session != 0) {
    device.troubles.push_back(*failed);
    disconnect(device);
  }
}

void World::take_outputs() {
  if (!relay_) return;
  std::vector<std::uint64_t> closing;
  while (auto output = relay_->next_output()) {
    const std::uint64_t session = std::visit([](const auto& one) { return one.session; }, *output);
    for (auto& [name, device] : devices) {
      if (device->session != session) continue;
      if (auto* send = std::get_if<server::Send>(&*output)) {
        if (!on_sent || on_sent(send->frame, false)) device->to_device.push_back(std::move(send->frame));
      } else {
        closing.push_back(session);
      }
    }
  }
  for (const std::uint64_t session : closing) {
    for (auto& [name, device] : devices) {
      if (device->session != session) continue;
      while (!device->to_device.empty()) {  // what was sent before the close still arrives
        device->exchange->received(device->to_device.front());
        device->to_device.pop_front();
      }
      disconnect(*device);
    }
  }
}

bool World::pump_log() {
  const auto before = log_->stats().plans;
  log_->run();
  relay_->poll(now());
  take_outputs();
  return log_->stats().plans != before;
}

bool World::step() {
  if (!relay_) return false;
  bool moved = false;
  for (auto& [name, device] : devices) {
    take_frames(*device);
    if (device->session == 0) continue;
    if (!device->to_relay.empty()) {
      const sync::Frame frame = std::move(device->to_relay.front());
      device->to_relay.pop_front();
      relay_->received(device->session, frame, now());
      take_outputs();
      moved = true;
    }
    pump_log();
    if (device->session != 0 && !device->to_device.empty()) {
      const sync::Frame frame = std::move(device->to_device.front());
      device->to_device.pop_front();
      device->exchange->received(frame);
      take_frames(*device);
      if (device->session != 0 && device->to_device.empty()) relay_->drained(device->session, now());
      take_outputs();
      moved = true;
    }
  }
  return moved || pump_log();
}

void World::run(std::size_t steps_max) {
  for (std::size_t i = 0; i < steps_max; ++i) {
    if (!step()) return;
  }
  FAIL("the exchange does not come to rest");
}

void World::refresh(Device& device) {
  device.exchange->refresh();
  take_frames(device);
  run();
}

bool World::sync(Device& device) {
  for (int attempt = 0; attempt < 4; ++attempt) {
    if (device.session == 0) connect(device);
    run();
    if (device.exchange->synced()) return true;
    steady_ms += 20'000;  // whatever waits for a time-out
    if (relay_) relay_->tick(now());
    take_outputs();
    run();
    if (device.exchange->synced()) return true;
  }
  return false;
}

bool World::sync_all(int rounds) {
  for (int round = 0; round < rounds; ++round) {
    bool synced = true;
    for (auto& [name, device] : devices) synced = sync(*device) && synced;
    run();
    if (!synced) continue;
    const std::string state = devices.begin()->second->stamped_state();
    bool equal = true;
    for (auto& [name, device] : devices) {
      equal = equal && device->stamped_state() == state && device->exchange->synced();
    }
    if (equal) return true;
  }
  return false;
}

void World::stop_relay() {
  std::vector<Device*> connected;
  for (auto& [name, device] : devices) {
    if (device->session != 0) connected.push_back(device.get());
  }
  relay_.reset();
  log_.reset();
  for (Device* device : connected) disconnect(*device);
}

void World::start_relay() {
  log_ = std::make_unique<server::SqliteLog>(server::SqliteLogOptions{dir / "relay.db", relay_vfs_, 4});
  server::RelayOptions options;
  options.random = [this] { return random(); };
  relay_ = std::make_unique<server::Relay>(*log_, options);
}

void World::save_relay() {
  stop_relay();
  copy_database(dir / "relay.db", dir / "relay.db-saved");
  start_relay();
}

void World::restore_relay() {
  stop_relay();
  copy_database(dir / "relay.db-saved", dir / "relay.db");
  start_relay();
}

void World::wipe_relay() {
  stop_relay();
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(dir / (std::string("relay.db") + suffix));
  start_relay();
}

std::size_t World::log_entries(const std::string& space) {
  server::SqliteLog log(
      {dir / "relay.db", relay_vfs_});  // of our own, so that nothing is taken from the relay's completions
  log.load(1, space, LogId{});
  log.run();
  std::vector<server::Done> done;
  log.poll(done);
  return std::get<server::Loaded>(done.at(0).payload).state.end.seq;
}

}  // namespace tidemark::test
