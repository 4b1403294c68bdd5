// Oracle: the judge of a run. It sees everything that was ever recorded and confirmed, knows nothing of how the engine
// works, and throws Violation when an invariant does not hold: I1..I20, named as the messages say.
//
// It shares with the engine only values, stamps, the codec and the store's reads. What a fault excuses is decided here
// and nowhere else: a change may be gone only if every file and log that held it was thrown away or put back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/change_set.h"
#include "sim/holdings.h"
#include "sim/picture.h"
#include "sim/world.h"
#include "sim/written.h"

namespace tidemark::sim {

class Oracle final : public Observer {
 public:
  explicit Oracle(World& world) : world_(world), holdings_(world, written_) {}

  // --- from the workload ---
  // A call is about to write this: it may turn up from now on, whatever becomes of the call. Gives its number.
  std::uint32_t expect(const Draft& draft) { return written_.add(draft); }
  // The same, and remembers what the device sees in these cells.
  std::uint32_t about_to_write(Device& device, const Draft& draft);
  // The call returned this stamp: from now on the change must never be lost, nor be told twice from the same stamp.
  void recorded(Device& device, std::uint32_t id, const Stamp& stamp);
  // The same for a change that was not looked at before, or cannot be now.
  void imported(Device& device, std::uint32_t id, const Stamp& stamp);
  // Another change may take the place of this one from now on.
  void may_go(Device& device, std::uint32_t id) {
    books_[device.index].own.drop(id);
    must_.drop(id);
    acknowledged_.drop(id);
  }
  // Somebody else wrote this: it may turn up.
  void foreign(const Change& change) { written_.add_foreign(change); }
  // Input that must be refused, and with an error that a person can use.
  void refused(const std::string& what, const std::optional<Error>& error);

  // --- when to judge ---
  void after_step();
  // After healing: `core` holds everything that is left. Gives the events that all of them have, in full, or throws with
  // the reason if they do not agree on all of it.
  std::string at_end(const std::vector<Device*>& core);
  // Every event of the file, to compare.
  std::string events_of(store::Store& store) const { return look(store).events; }
  // True if what the file says fits together and fits the log. More than a device can tell by itself.
  bool plausible(store::Store& store) const;

  std::uint64_t confirms_checked() const { return confirms_checked_; }
  // Acknowledged changes that a loss of power took, where durability was given up.
  std::uint64_t lost_by_choice() const { return lost_by_choice_; }

 private:
  struct Book {                 // what is known of a device
    ChangeSet own;              // changes its file must hold
    std::optional<Stamp> last;  // greatest stamp issued or taken in
    std::optional<Cursor> cursor;
    std::map<Cell, std::optional<Stamp>> seen;  // before the write that is under way
    std::optional<std::int64_t> told_ms;        // the time in the welcome that is being taken in, if it may be trusted
  };

  void opened(Device& device) override;
  void copied(const Device& from, Device& to) override;
  void before_loss() override;
  void after_loss() override;
  void sent(Device& device, const sync::Frame& frame) override;
  void answered(std::uint64_t session, const sync::Frame& frame) override;
  void arriving(Device& device, const sync::Frame& frame) override;
  void applied(Device& device) override;
  void told(Device& device, const Exchange::Notice& notice) override;
  void relay_opened() override;

  // What no sound file says, if it says so.
  std::optional<Violation> flaw_of(const Picture& picture) const;
  Picture look(store::Store& store) const;  // throws the flaw
  void check_fold(const Device& device, store::Store& store, const Picture& picture) const;
  void check_cursor(Device& device);
  // The last head of each node; per node a chain without gaps.
  std::map<NodeId, Head> chains_of_log() const;
  ChangeSet present_anywhere();
  void require(const ChangeSet& needed, const ChangeSet& found, const char* invariant, const std::string& where) const;

  World& world_;
  Written written_;
  Holdings holdings_;
  ChangeSet acknowledged_;  // changes whose call returned
  ChangeSet must_;          // of them, what must be somewhere
  std::map<std::size_t, Book> books_;
  std::uint64_t confirms_checked_ = 0;
  std::uint64_t lost_by_choice_ = 0;
  std::uint32_t steps_ = 0;
};

}  // namespace tidemark::sim
