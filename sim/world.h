// World: devices and a relay with everything around them in one thread: time, network, disks, clocks, randomness.
//
// The engine is the real one: Replica, Exchange, Relay, SqliteLog and SQLite itself. The world moves only when told to:
// run_until() lets virtual time pass and carries out what is due, in order of time; the other calls are things that
// users, networks, machines and operators do. Who wants to know what happened registers as an Observer.
//
// An engine's exception on a living disk is a fault of the environment that a real program would meet too: the device
// closes its files and opens them again later. What the engine must never do shows as Violation.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "client/exchange.h"
#include "client/replica.h"
#include "server/relay.h"
#include "sim/disk.h"
#include "sim/log_watch.h"
#include "sim/tape.h"
#include "sim/trace.h"
#include "sim/wall.h"
#include "sync/backoff.h"

namespace tidemark::sim {

// An invariant that does not hold: "I1".."I20", "assertion", "livelock", or the name of an app's rule.
struct Violation : std::runtime_error {
  Violation(std::string invariant_, const std::string& what_)
      : std::runtime_error(what_), invariant(std::move(invariant_)) {}
  std::string invariant;
};

inline constexpr const char* space_name = space_of_log;
inline constexpr const char* device_file = "replica";
inline constexpr const char* saved_file = "saved";
inline constexpr const char* relay_file = "relay.db";
inline constexpr const char* relay_saved_file = "relay-saved.db";
inline constexpr std::int64_t steady_start_ms = 1'000;

// One device. Public, since the observers of a run look at everything; only the world changes it.
struct Device {
  Device(std::string name_, std::size_t index_, Disk::Mode mode, Disk::Draw draw, std::uint64_t seed);

  std::string name;
  std::size_t index;  // never reused
  Disk disk;
  Wall wall;
  Rng random;
  std::optional<Replica> replica;       // none while its process is down
  std::unique_ptr<store::Store> store;  // the sync's own connection to the file, if it has one
  std::unique_ptr<Exchange> exchange;
  std::shared_ptr<const Syncer> syncer;  // asks whether it is connected, if the profile has sealing_writes
  sync::Backoff backoff;
  bool online = true;         // wants to be connected
  bool gone = false;          // never comes back
  bool created = false;       // its file exists: the process that made it got so far
  std::uint64_t session = 0;  // 0: not connected
  std::int64_t retry_at_ms = 0;
  std::optional<std::int64_t> refresh_at_ms;  // its exchange waits for the relay's clock
  std::int64_t start_at_ms = 0;               // while down
  bool power_at_death = false;                // should its process die inside a call, then by a loss of power
  bool damaged = false;                       // its disk lied or rotted: errors are no surprise
  bool disk_lies = false;                     // still
  bool rotten = false;                        // bits flipped since the file was last open
  bool unreadable = false;                    // the last attempt to open it said that the file is damaged
  std::uint32_t errors = 0;                   // of its disk, since it last was in sync
  std::uint64_t faults_met = 0;               // of its disk, up to the last error
  std::uint32_t flaps = 0;                    // so many connections to come are cut early

  bool up() const { return replica.has_value(); }
  store::Store& sync_store() { return store ? *store : replica->store(); }
};

// A connection as the network sees it. It outlives its ends: what is under way may arrive after one of them let go.
struct Connection {
  std::uint64_t session = 0;
  std::size_t device = 0;
  bool hostile = false;  // the device's end is a client that misbehaves
  bool device_end = true;
  bool relay_end = true;
  bool broken = false;  // cut: what either end still says goes nowhere
  struct Flight {
    sync::Frame frame;
    std::int64_t at_ms = 0;
    std::uint64_t message = 0;
    bool closes = false;  // no frame: the end of the stream
  };
  std::deque<Flight> up;
  std::deque<Flight> down;
  std::optional<std::int64_t> device_notices_ms;  // when this end learns that the other is gone
  std::optional<std::int64_t> relay_notices_ms;
  std::int64_t last_moved_ms = 0;

  std::uint64_t bytes_under_way() const;  // both ways
};

class World;

// Sees everything, and may throw Violation. Every function may do nothing.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void opened(Device&) {}                             // a file was opened, after whatever happened to it
  virtual void crashed(Device&, bool /*power*/) {}            // its process is gone
  virtual void errored(Device&, const store::StoreError&) {}  // a fault of its disk reached the app
  virtual void copied(const Device& /*from*/, Device& /*to*/) {}
  // Around everything that may lose what was durable: an older copy put back, a file or a log thrown away.
  virtual void before_loss() {}
  virtual void after_loss() {}
  virtual void sent(Device&, const sync::Frame&) {}                        // a device hands a frame to the network
  virtual void answered(std::uint64_t /*session*/, const sync::Frame&) {}  // the relay does
  virtual void arriving(Device&, const sync::Frame&) {}                    // a device is about to take in a frame
  virtual void applied(Device&) {}                                         // a device has taken in a frame
  virtual void told(Device&, const Exchange::Notice&) {}
  virtual void failed(Device&, const Error&) {}  // the exchange gave up its connection
  virtual void relay_opened() {}                 // its log was opened; `ledger` holds what was known to be committed
  virtual void relay_crashed(bool /*power*/) {}
  virtual void relay_closed(std::uint64_t /*session*/, const server::Close&) {}
};

class World {
 public:
  // Starts the relay; nothing happens before the first call. `seed` is for what no tape decides.
  World(const Profile& profile, Chooser& chooser, Trace& trace, std::uint64_t seed);
  ~World();

  // --- who is there ---
  Device& add_device(const std::string& name);  // makes its file when it starts, which is due at once
  Device* find(const std::string& name);
  std::vector<std::unique_ptr<Device>> devices;
  std::map<std::uint64_t, Connection> connections;
  std::vector<Observer*> observers;  // told in this order

  // --- time ---
  std::int64_t now_ms = 0;
  void run_until(std::int64_t ms);
  // Lets at most so much time pass, and less if nothing is under way any more; true if that was reached.
  bool run_quiet(std::int64_t ms_max);
  std::int64_t read_wall(const Device& device) const { return device.wall.read(now_ms); }
  server::Now relay_now() const { return {relay_wall.read(now_ms), now_ms + steady_start_ms}; }

  // --- devices ---
  // Calls `use` with the device's replica. False if a fault of its environment stopped it; the device is then down, or
  // its file is opened anew.
  bool with(Device& device, const std::function<void(Replica&)>& use);
  void go_online(Device& device, bool online);
  void crash(Device& device, bool power, std::int64_t down_ms);
  Device* clone(Device& device, const std::string& name);
  void save(Device& device);           // keeps a copy of the closed file
  bool roll_back(Device& device);      // puts it back; false if there is none
  void lose(Device& device);           // the device never comes back
  void start(Device& device);          // opens its file, if that works
  void restart_fresh(Device& device);  // throws the file away and starts with an empty one
  void tell_sync(Device& device);      // somebody wrote to the file
  void refresh(Device& device);        // its sync asks the relay anew

  // --- network ---
  void connect(Device& device);
  std::uint64_t connect_hostile();
  void send_hostile(std::uint64_t session, sync::Frame frame);
  void end_hostile(std::uint64_t session);
  // Ends a connection: so many of the bytes under way each way still arrive, and each end notices after its delay.
  struct Cut {
    std::uint64_t up_bytes = 0;
    std::uint64_t down_bytes = 0;
    std::int64_t device_notices_ms = 0;
    std::int64_t relay_notices_ms = 0;
  };
  void cut(std::uint64_t session, const Cut& cut);
  void cut_soon(std::uint64_t session, const Cut& cut);  // before anything else happens; for observers
  // Between a device and the relay: nothing passes in these directions until both are open again.
  void block(Device& device, bool up, bool down);
  bool blocked_up(const Device& device) const;
  bool blocked_down(const Device& device) const;
  void heal_network();
  std::uint64_t bytes_moved() const { return bytes_moved_; }

  // --- the relay ---
  Disk relay_disk;
  bool relay_power_at_death = false;
  std::uint64_t relay_faults_met = 0;
  std::int64_t relay_down_ms = 1'000;  // how long it stays down when it dies inside a call
  Wall relay_wall;
  LogLedger ledger;
  std::unique_ptr<LogWatch> log;
  std::unique_ptr<server::Relay> relay;  // none while it is down
  void crash_relay(bool power, std::int64_t down_ms);
  void start_relay();
  void save_relay();
  bool restore_relay();
  void wipe_relay();

  Chooser& chooser;
  Trace& trace;
  const Profile profile;
  const std::uint64_t seed;
  std::uint32_t step = 0;  // of the tapes, for the trace
  std::uint64_t messages = 0;
  std::uint64_t delayed = 0;             // of them
  std::int64_t silence_max_ms = 60'000;  // a connection that moves nothing so long while it should is given up

 private:
  struct Due;
  Due next_due() const;
  void carry_out(const Due& due);
  ReplicaOptions replica_options(Device& device);
  void open_files(Device& device);
  void close_files(Device& device);
  bool guarded(Device& device, const std::function<void()>& act);
  void bury(Device& device);
  void take_outputs(Device& device);
  void drop_device_end(Device& device, bool says_so);

  bool relay_does(const std::function<void()>& act);
  void bury_relay();
  void take_relay_outputs();
  void drop_relay_end(Connection& connection, bool says_so);
  void run_log();

  std::int64_t arrival(const std::deque<Connection::Flight>& before);
  void send(Connection& connection, bool upwards, sync::Frame frame);
  void deliver_up(std::uint64_t session);
  void deliver_down(std::uint64_t session);
  void lose_flights(std::deque<Connection::Flight>& flights, const char* lane, std::uint64_t bytes_kept);
  void forget_if_over(std::uint64_t session);
  void note(Moment::Kind kind, std::string_view lane, const char* text);
  void tell_before_loss();
  void tell_after_loss();

  Rng relay_random_;
  std::optional<std::int64_t> log_due_ms_;
  std::int64_t relay_start_at_ms_ = 0;
  std::uint64_t last_session_ = 0;
  std::uint64_t bytes_moved_ = 0;
  std::map<std::size_t, std::pair<bool, bool>> blocked_;  // by device: up, down
  std::vector<std::pair<std::uint64_t, Cut>> cuts_;
};

}  // namespace tidemark::sim
