// A small world of real replicas, a real relay and a real bundle log, on files, with time and network in the test's hands.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "client/exchange.h"
#include "client/replica.h"
#include "server/relay.h"
#include "server/sqlite_log.h"
#include "tests/support/temp_dir.h"

namespace tidemark::test {

class World;

class Device {
 public:
  Device(World& world, std::string name, Replica replica);

  // Writes one attribute; fails the test if it is refused.
  Stamp set(const std::string& entity, const std::string& attribute, const std::string& text);
  std::string get(const std::string& entity, const std::string& attribute) const;  // text; "" if none
  std::string state() const;                                                       // every cell with its value
  std::string stamped_state() const;                                               // ... and its stamp

  World& world;
  std::string name;
  std::int64_t clock_offset_ms = 0;
  std::optional<std::int64_t> frozen_ms;  // the clock stands still here
  std::unique_ptr<Replica> replica;
  std::unique_ptr<Exchange> exchange;
  std::shared_ptr<const Syncer> syncer;  // seals what is written while there is a connection
  std::uint64_t session = 0;             // 0: not connected
  std::deque<sync::Frame> to_relay;
  std::deque<sync::Frame> to_device;
  std::vector<Forked> forks;
  std::vector<Error> troubles;
};

class World {
 public:
  // SQLite VFSs by name, for the devices' files and the relay's. Without one syncs are not waited for, since only a power
  // cut would tell the difference; everything else is real.
  explicit World(std::uint64_t seed = 1, std::string device_vfs = {}, std::string relay_vfs = {});

  Device& device(const std::string& name);                              // made on first use
  Device& copy_device(const std::string& from, const std::string& to);  // cp of the closed file
  Device& open_device(const std::string& name);                         // a file that somebody put at path()
  void save_device(const std::string& name);                            // keeps a copy ...
  void restore_device(const std::string& name);                         // ... and puts it back
  void reopen(Device& device);
  void forget(const std::string& name);  // the device never comes back

  void connect(Device& device);
  void disconnect(Device& device);            // frames under way are lost
  bool step();                                // one frame or one log run; false if nothing is to do
  void run(std::size_t steps_max = 100'000);  // until quiet
  void refresh(Device& device);               // asks the relay anew, and runs until quiet
  // Connects if needed, runs until quiet, reconnecting when the exchange asks for it; true if it is synced.
  bool sync(Device& device);
  bool sync_all(int rounds = 6);  // until every device is synced and all states are equal

  void stop_relay();  // as a crash: nothing but the file survives
  void start_relay();
  void save_relay();
  void restore_relay();
  void wipe_relay();

  std::string path(const std::string& name) const { return dir / (name + ".tidemark"); }
  server::Relay& relay() { return *relay_; }
  server::Now now() const { return {wall_ms + relay_offset_ms, steady_ms}; }
  std::size_t log_entries(const std::string& space = "space");

  store::Durability durability = store::Durability::full;
  // Sees every frame at the moment at which it is handed to the network; one for which it returns false is lost.
  std::function<bool(const sync::Frame& frame, bool from_device)> on_sent;

  TempDir dir;
  std::mt19937_64 random;
  std::int64_t wall_ms = 1'795'000'000'000;
  std::int64_t relay_offset_ms = 0;
  std::int64_t steady_ms = 1'000;
  std::map<std::string, std::unique_ptr<Device>> devices;

  ReplicaOptions options(const std::string& name);

 private:
  Device& adopt(const std::string& name, Replica replica);
  void make_exchange(Device& device);
  void take_outputs();
  void take_frames(Device& device);
  bool pump_log();

  std::string device_vfs_;
  std::string relay_vfs_;
  std::unique_ptr<server::SqliteLog> log_;
  std::unique_ptr<server::Relay> relay_;
  std::uint64_t last_session_ = 0;
};

}  // namespace tidemark::test
