// START HERE. Replica: one device's copy of a space, in one file; the one header an application needs.
//
//   auto notes = tidemark::Replica::open_or_create("notes.tidemark", "my-notes");
//   notes.set("note-1", "title", tidemark::Value::text("Shopping"));
//   auto syncing = notes.sync("ws://relay.example:7700");   // in the background, from now on
//
// Every write is durable when the call returns, works without any network, and is visible to reads at once. Attributes of
// entities are set one by one or several in one change; concurrent writes of one attribute are decided the same way on
// every device (the later stamp wins), and the ones that lost stay in the history. Nothing is ever refused because of a
// clock, and nothing blocks on the network.
//
// Use one Replica from one thread. Other threads and other processes may open the same file; poll() notices what they did.
// Bad input comes back as an Error with a stable code; a broken environment (full disk, damaged file) is thrown as
// store::StoreError and leaves the file as it was.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/history.h"
#include "crdt/change.h"
#include "crdt/error.h"
#include "hlc/wall_clock.h"
#include "store/error.h"
#include "store/types.h"

namespace tidemark {

namespace store {
class Store;
}
class EditSession;
class Syncing;
struct SyncOptions;

// Fills `size` bytes with random ones.
using Random = std::function<void(void* out, std::size_t size)>;
void system_random(void* out, std::size_t size);

// The functions are also called from the thread of a background sync.
struct ReplicaOptions {
  store::Durability durability = store::Durability::full;
  bool read_only = false;
  WallClock wall_clock = system_wall_ms;
  Random random = system_random;
  std::optional<NodeId> node;  // of a file that is created; random if none
  std::string vfs;             // SQLite VFS by name; empty for the default
  // Instead of the file's own, see identity(), for what is written through this opening.
  std::optional<std::string> author;
  std::optional<std::string> source;
};

struct WriteOptions {
  // Leave out writes of the value that the cell has. If nothing is left, nothing is recorded, and the stamp is that of
  // the latest of those values. Leave it off where the write is meant against writers who have not been seen yet.
  bool skip_unchanged = false;
};

// One entity with its current attributes.
struct Entity {
  std::string id;
  std::map<std::string, Value> attributes;
  bool deleted() const;
};

struct ListOptions {
  std::vector<std::pair<std::string, Value>> where;  // attribute equals value, all of them
  bool deleted = false;                              // also entities that are marked deleted
};

struct Status {
  NodeId node;
  std::string space;
  store::Counts counts;
  std::optional<Cursor> cursor;      // position in the relay's log, none before the first contact
  std::int64_t clock_offset_ms = 0;  // correction in use: what is added to the device's clock
  std::uint64_t conflicts = 0;       // writes that lost to writers who had not seen them, and are not settled
};

// Nothing, or why it cannot be a file's: metadata_too_large, bad_utf8.
std::optional<Error> check_identity(const store::Identity& identity);

// What a Replica has to do with a sync of its file that runs beside it.
struct Syncer {
  std::function<void()> look;     // called after a write that may be sent: look for it now
  std::function<bool()> is_live;  // true: what is written next is sent at once, so it is sealed by its own transaction
};

class Replica {
 public:
  // Throw StoreError: exists; not_found, not_a_replica, newer_schema, corrupt. A space name is UTF-8, 1..255 bytes.
  static Replica create(const std::string& path, const std::string& space, ReplicaOptions options = {});
  static Replica open(const std::string& path, ReplicaOptions options = {});
  static Replica open_or_create(const std::string& path, const std::string& space, ReplicaOptions options = {});
  Replica(Replica&&) noexcept;
  Replica& operator=(Replica&&) noexcept;
  ~Replica();

  // --- writing: durable on return; each is one change under one stamp, which is returned ---
  Result<Stamp> set(std::string_view entity, std::string_view attribute, Value value, const WriteOptions& how = {});
  // A Value that could not be made (bad UTF-8, too large) is passed on as its error.
  Result<Stamp> set(std::string_view entity, std::string_view attribute, Result<Value> value,
                    const WriteOptions& how = {});
  // Several writes over several entities, atomic on every device; the last write of a cell counts. With metadata, whose
  // JSON keeps every byte, and links to changes by any stamp that they ever had.
  // change_too_large if it does not fit a bundle; no_events if it is empty; unknown_stamp if this replica has not got
  // what a link names; metadata_too_large; bad_json and the other errors of canonical_json.
  Result<Stamp> change(Draft draft, const WriteOptions& how = {});
  // Marks the entity deleted, or not deleted. Its other attributes keep, and so do concurrent edits of them.
  Result<Stamp> erase(std::string_view entity);
  Result<Stamp> restore(std::string_view entity);
  // A fresh entity id: a version 7 UUID.
  std::string new_entity();

  // Writes that are one edit: see client/edit_session.h and "Coalescing" in docs/history.md.
  EditSession edit_session();
  // From now on, a write through this Replica of attributes that `attributes` means takes the place of the one before it
  // if that was at most `window_ms` ago: "rank", "note.*" for all that begin with "note.", "*" for all. What is said last of
  // an attribute counts; 0 or less: no window. Not kept in the file.
  void coalesce(std::string attributes, std::int64_t window_ms);

  // Who writes through this file, and with what: each change that does not say it itself says this. The file keeps it and
  // does not share it. Both are empty at first, and at most max_identity_bytes long.
  store::Identity identity() const;
  std::optional<Error> set_identity(const store::Identity& identity);

  // Many changes in one transaction, each with a wall clock of its own; for imports. Nothing is left out, and what links
  // name need not be here. All or none: an Error names the
  // index of the draft ("draft 3") and nothing is recorded. behind_clock if a wall reading lies before the file's clock.
  struct Dated {
    Draft draft;
    std::int64_t wall_ms = 0;
  };
  Result<std::vector<Stamp>> change_at(std::span<const Dated> dated);

  // --- reading ---
  // The current value; nothing if the attribute was never written or its entity is deleted.
  std::optional<Value> get(std::string_view entity, std::string_view attribute) const;
  std::optional<Entity> get(std::string_view entity) const;
  // Ascending by id.
  std::vector<Entity> list(const ListOptions& options = {}) const;
  // Oldest first. Empty names mean all: the whole log, one entity, one attribute.
  void history(std::string_view entity, std::string_view attribute,
               const std::function<void(const store::HistoryRow&)>& visit) const;
  // The change of a stamp, also of one that was re-stamped since it was printed.
  std::optional<Change> find(const Stamp& stamp) const;
  Status status() const;

  // --- the past: see client/history.h ---
  Timeline timeline(std::string_view entity) const;
  // no_such_change if the entity, or the file, has fewer than n changes.
  Result<std::optional<Value>> get_at(const When& when, std::string_view entity, std::string_view attribute) const;
  Result<std::optional<Entity>> get_at(const When& when, std::string_view entity) const;
  Result<std::vector<Entity>> list_at(const When& when, const ListOptions& options = {}) const;
  // The cells of an entity, or of the whole file, that differ, ascending.
  Result<std::vector<Difference>> diff(const When& before, const When& after, std::string_view entity = {}) const;

  // Who did what: events by author, source, attribute, time and more, in pages. Cost: what the answer holds, once the index
  // that the first question builds is there; `progress` tells how far that is.
  store::AuditPage audit(const store::AuditQuery& query, const store::Progress& progress = {});
  void drop_audit_index();

  // --- undoing: each is a change like any other, and durable on return ---
  // With metadata and links of its own, which are refused as those of change() are.
  // unknown_stamp, not_of_entity, already_undone, nothing_to_undo, bad_request; busy if other processes write the same
  // values again and again meanwhile.
  Result<Undone> undo(const UndoRequest& request = {});
  // The last undos that still show, of an entity or of the file; nothing_to_redo.
  Result<Undone> redo(std::uint64_t count = 1, std::string_view entity = {}, Metadata metadata = {},
                      std::vector<Link> links = {});
  // Writes what the entity held then, where it differs. Nothing if nothing does.
  Result<std::optional<Stamp>> restore_version(std::string_view entity, const When& when, Metadata metadata = {},
                                               std::vector<Link> links = {});

  // --- conflicts ---
  // Of an entity, or of the whole file; ascending by cell, then by the loser's stamp.
  std::vector<Conflict> conflicts(std::string_view entity = {}) const;
  // Ends all conflicts of a cell. no_conflict if it has none, or if the one to take is none of them.
  Result<Stamp> settle(const Cell& cell, const Settlement& how, Metadata metadata = {}, std::vector<Link> links = {});
  // What becomes of conflicts of attributes of this name, or, with a * at the end, of names that begin so. The longest
  // pattern that fits counts. Merges happen in poll() and in merge_conflicts(), which gives how many cells it wrote.
  void set_merge_policy(std::string attribute, MergePolicy policy);
  std::size_t merge_conflicts();

  // --- noticing ---
  // Calls `changed` after every commit that changed current values: at the end of a write of this Replica, and in poll()
  // for everybody else's (other processes, the sync). Cells ascend. The observation ends when the returned handle goes.
  using Changed = std::function<void(const std::vector<Cell>&)>;
  [[nodiscard]] std::shared_ptr<void> observe(Changed changed);
  // Calls `lost` for conflicts that were not there before, at the same moments. The observation ends when the handle goes.
  using Lost = std::function<void(const std::vector<Conflict>&)>;
  [[nodiscard]] std::shared_ptr<void> observe_conflicts(Lost lost);
  // Looks for commits of others and calls the observers. Cheap when there are none.
  void poll();

  // --- syncing: see client/syncing.h ---
  // Keeps this file in sync with a relay on a thread of its own until the handle is destroyed. bad_url, and StoreError
  // locked if another process syncs the file.
  Result<std::unique_ptr<Syncing>> sync(const std::string& url) const;
  Result<std::unique_ptr<Syncing>> sync(const SyncOptions& options) const;
  // For those who drive an Exchange themselves: what sync() does with its own, for as long as somebody owns it.
  void join(const std::shared_ptr<const Syncer>& syncer) const;

  // --- care ---
  // Checks the fold, the links and every chain of hashes against the events.
  store::Report verify(const store::Progress& progress = {}) const;
  void rebuild(const store::Progress& progress = {});
  // Only the values of one entity; false if it was never written here.
  bool rebuild(std::string_view entity, const store::Progress& progress = {});
  // Applies the bundles that were kept because this version could not read them or their time had not come, as far as that
  // is over, and gives their number. Each sync does it too.
  std::uint64_t retry_parked();
  // A consistent copy while others write, which takes a node of its own on first use.
  void backup(const std::string& path, const store::Progress& progress = {}) const;
  // What is wrong with this file and what to do, one sentence each; empty if nothing is.
  std::vector<std::string> doctor() const;

  const std::string& path() const;
  // The layer below, for tools that print logs and exports.
  store::Store& store();
  const store::Store& store() const;

 private:
  friend class EditSession;
  struct Parts;
  explicit Replica(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemark

// What edit_session() and sync() return, so that one header is enough.
#include "client/edit_session.h"
#include "client/syncing.h"
