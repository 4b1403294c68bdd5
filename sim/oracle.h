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
#include <unordered_map>
#include <vector>

#include "sim/world.h"

namespace tidemark::sim {

class Oracle final : public Observer {
 public:
  explicit Oracle(World& world) : world_(world) {}

  // --- from the workload ---
  // A call is about to write this: it may turn up from now on, whatever becomes of the call. Gives its number.
  std::uint32_t expect(const Draft& draft);
  // The same, and remembers what the device sees in these cells.
  std::uint32_t about_to_write(Device& device, const Draft& draft);
  // The call returned this stamp: from now on the change must never be lost, nor be told twice from the same stamp.
  void recorded(Device& device, std::uint32_t id, const Stamp& stamp);
  // The same for a change that was not looked at before, or cannot be now.
  void imported(Device& device, std::uint32_t id, const Stamp& stamp);
  // Somebody else wrote this: it may turn up.
  void foreign(const Change& change);
  // Input that must be refused, and with an error that a person can use.
  void refused(const std::string& what, const std::optional<Error>& error);

  // --- when to judge ---
  void after_step();
  // After healing: `core` holds everything that is left. Throws with the reason if they do not agree on all of it.
  void at_end(const std::vector<Device*>& core);
  // Every event of the file, to compare.
  std::string events_of(store::Store& store) const { return look(store).events; }
  // True if what the file says fits together and fits the log. More than a device can tell by itself.
  bool plausible(store::Store& store) const;

  std::uint64_t recorded_count() const { return ops_; }
  std::uint64_t confirms_checked() const { return confirms_checked_; }

 private:
  struct Winner {
    Stamp stamp;
    Value value;
  };
  // One file's events, by our own reading of them.
  struct Picture {
    std::vector<bool> ops;  // of the changes with a value of their own: present
    std::map<Cell, Winner> winners;
    std::string events;
    std::optional<Stamp> last;
  };
  struct Book {                 // what is known of a device
    std::vector<bool> own;      // changes its file must hold
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

  Picture look(store::Store& store) const;
  // The first entry of the log that the cursor covers and the file lacks, if there is one.
  std::optional<std::uint64_t> gap_below_cursor(const store::Store& store, std::uint64_t after_seq) const;
  void check_fold(const Device& device, store::Store& store, const Picture& picture) const;
  void check_cursor(Device& device);
  void check_single_writer(Device& device);
  std::vector<bool> present_anywhere();
  void add_envelope(ByteView envelope, std::vector<bool>& ops) const;
  void require(const std::vector<bool>& needed, const std::vector<bool>& found, const char* invariant,
               const std::string& where) const;

  World& world_;
  std::unordered_map<std::string, std::uint32_t> written_;  // content of a cell: its change; 0: of several
  struct Mark {
    std::string name;         // for messages
    std::uint32_t cells = 0;  // that only this change wrote like that
  };
  std::vector<Mark> marks_;  // by change
  std::uint32_t ops_ = 0;
  std::vector<bool> acknowledged_;  // changes whose call returned
  std::vector<bool> must_;          // of them, what must be somewhere
  std::map<std::size_t, Book> books_;
  std::uint64_t confirms_checked_ = 0;
  std::uint32_t steps_ = 0;
};

}  // namespace tidemark::sim
