// Lookout: notices when a run reaches one of the points of points.inc.
//
// It watches frames, files and the log from outside. It has no say: it never throws, and a fault that it meets when it
// looks into a store is ignored. Most of it is substring tests on frames and a reading of each new entry of the log;
// stores are asked at rare events only, so that a run takes about as long as without it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bundles/bundle.h"
#include "sim/sometimes.h"
#include "sim/world.h"

namespace tidemark::sim {

class Lookout final : public Observer {
 public:
  explicit Lookout(World& world) : world_(world) {}

  void hit(Point point) { ++reached_[std::size_t(point)]; }
  const Reached& reached() const { return reached_; }

  // --- from the workload, around each change in this order ---
  void writing(Device& device);
  // The call is over; no stamp if it failed or its process died in it.
  void wrote(Device& device, const Draft& draft, const std::optional<Stamp>& stamp);
  void at_rest();  // the sync was told, too
  void imported(bool taken);

  // --- from mischief: this struck; the device is the one that a fault of devices met ---
  void struck(Fault fault, Device& device);

  // --- from the run ---
  void before_pause();  // the step's work and faults are done, and time will pass
  void chose(const std::vector<Device*>& core);
  void finished();  // the newcomer agrees with the others

 private:
  enum class Said { other, hello, welcome, confirm, want, lack, compared, error };

  // A connection, by what was said over it. It stays when it is over.
  struct Link {
    std::uint32_t hellos = 0;
    // From its last hello.
    std::vector<NodeId> own;  // the current node first
    std::uint64_t own_n = 0;
    std::string cursor_log;  // in hexadecimal; empty: no cursor
    std::uint64_t cursor_seq = 0;
    std::string digest;
    std::string refill;
    // From its last welcome that arrived.
    bool welcomed = false;
    std::uint64_t welcome_seq = 0;
    std::uint32_t catch_up_frames = 0;
    std::uint64_t entries_sent = 0;
    std::uint64_t entries_arrived = 0;
    std::map<NodeId, std::uint64_t> in_flight;  // pushed up to here and not confirmed
  };
  // A device, by what happened to it.
  struct Known {
    bool up = false;
    bool created = false;
    bool gone = false;
    std::uint64_t session = 0;  // the last one
    std::uint32_t copy_of_copies = 0;
    std::size_t family = 0;  // devices that live under one node
    bool rolled_back = false;
    std::uint32_t forks = 0;
    bool fork_announced = false;
    bool unsent = false;  // a change was committed and nothing was pushed since
    std::map<NodeId, std::uint64_t> confirmed;
    std::uint64_t outbox = 0;  // before the last loss
    bool refill = false;
    std::uint32_t restamps = 0;
    bool restamps_two_nodes = false;
    std::int64_t offset_ms = 0;  // of its clock, as the relay taught
    std::uint64_t bits_rotten = 0;
    Disk::Counts disk;  // at its last loss of power
  };
  // A cell, by the log.
  struct Seen {
    std::optional<Stamp> winner;
    std::map<std::optional<Stamp>, std::set<NodeId>> writers;  // by base
  };
  struct Entity {
    NodeId deleted_by;
    bool deleted = false;
    bool edited_since = false;
  };
  struct Edit {
    std::size_t device;
    Stamp stamp;
  };
  struct Question {  // of the relay, about one node
    std::uint64_t session;
    std::int64_t at_ms;
  };

  void opened(Device& device) override;
  void crashed(Device& device, bool power) override;
  void errored(Device& device, const store::StoreError& error) override;
  void copied(const Device& from, Device& to) override;
  void before_loss() override;
  void after_loss() override;
  void sent(Device& device, const sync::Frame& frame) override;
  void answered(std::uint64_t session, const sync::Frame& frame) override;
  void arriving(Device& device, const sync::Frame& frame) override;
  void applied(Device& device) override;
  void told(Device& device, const Exchange::Notice& notice) override;
  void relay_opened() override;
  void relay_crashed(bool power) override;
  void relay_closed(std::uint64_t session, const server::Close& close) override;

  // lookout.cpp
  Known& known(const Device& device) { return known_.try_emplace(device.index, Known{}).first->second; }
  Known& introduce(const Device& device);
  bool look(const Device& device, const std::function<void(const store::Store&)>& at) const;
  void count_sectors(const Disk::Counts& before, const Disk::Counts& now);
  void tell_death(const Device& device);
  void tell_stamp(const Device& device, const Stamp& stamp);
  // lookout_frames.cpp
  static Said kind_of(std::string_view text);
  void said_hello(Device& device, Link& link, std::string_view text);
  void ended(const Link& link);
  void pushed(Device& device, Link& link, const sync::Frame& frame);
  void relay_said(std::uint64_t session, Link* link, std::string_view text);
  void relay_welcomed(const Link& link, std::string_view text);
  void relay_confirmed(std::uint64_t session, const Link* link, std::string_view text);
  void relay_refused(const Link* link, std::string_view text);
  void relay_asked(std::uint64_t session, std::string_view text);
  // lookout_arrivals.cpp
  void entries_came(Device& device, Link& link, const sync::Frame& frame);
  void compare(const Device& device, const BundleHeader& theirs, ByteView envelope);
  void welcome_came(Device& device, Link& link, std::string_view text);
  void confirm_came(Device& device, Link& link, std::string_view text);
  void refusal_came(Device& device, std::string_view text);
  void time_came(Device& device, std::string_view text);
  // lookout_log.cpp
  void read_log();
  void read_log_anew();
  void read(const LogLedger::Entry& entry, bool counts);
  void read(const Change& change);
  void read(const Change& change, const Event& event);

  World& world_;
  Reached reached_{};
  std::map<std::size_t, Known> known_;
  std::map<std::uint64_t, Link> links_;

  // What is under way.
  const Device* writing_ = nullptr;
  const Device* telling_ = nullptr;  // its sync hears of a write
  const Device* arriving_ = nullptr;
  Said arriving_kind_ = Said::other;
  const Device* answering_ = nullptr;  // sends what a confirm made room for

  std::map<std::pair<std::size_t, Cell>, std::size_t> last_writer_;  // by family
  std::map<std::string, Edit> last_edit_;                            // by entity
  std::map<std::uint64_t, std::int64_t> stuck_until_ms_;             // by session
  std::optional<std::uint32_t> paused_step_;                         // the step whose time passes
  bool connected_at_loss_ = false;
  std::size_t families_ = 0;

  // The relay.
  std::uint64_t repeated_ = 0;
  std::uint64_t reopened_ = 0;
  std::uint64_t relay_calls_ = 0;  // of its disk, when it last spoke or died
  bool relay_up_ = true;
  std::int64_t relay_wall_ms_ = 0;
  Disk::Counts relay_disk_;
  std::map<NodeId, Question> questions_;
  std::map<NodeId, std::uint64_t> confirmed_;
  std::set<NodeId> forged_;
  bool log_lost_ = false;

  // The log as far as it was read.
  std::size_t entries_ = 0;
  LogId log_{};
  std::map<NodeId, std::uint64_t> heads_;
  std::map<Cell, Seen> cells_;
  std::map<std::string, Entity> entities_;
  std::map<std::uint64_t, std::set<std::pair<std::uint16_t, NodeId>>> stamps_;  // by ms
};

}  // namespace tidemark::sim
