// The inside of a Replica, shared by the files that implement it.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/replica.h"
#include "store/store.h"

namespace tidemark {

// How often a write is decided anew, where another process wrote between deciding and recording.
inline constexpr int attempts_max = 8;

Draft one_write(std::string_view entity, std::string_view attribute, Value value);

struct Replica::Parts {
  Parts(std::string path_, store::Store store_, ReplicaOptions options_);

  // Records the draft, or says why not. `session`: null, or the last stamp of the edit session that it belongs to, and then
  // its own.
  Result<Stamp> write(Draft draft, const WriteOptions& how, std::optional<Stamp>* session);
  // Records the draft if the cell still has this winner, by which it was decided; nothing if it has not.
  Result<std::optional<Stamp>> write_upon(Draft draft, const Cell& cell, const Stamp& winner);
  // Within which time of the one before it this change may take its place, if in any.
  std::optional<std::int64_t> window_ms(const Change& change) const;
  // What a change says that names no author or source of its own: that of this opening, or else of the file.
  store::Identity identity(store::Identity of_file) const;
  Metadata described(Metadata metadata, const store::Identity& of_file) const;
  // Nothing, or why a change may not say this: its JSON is none, or a link names what is not here.
  std::optional<Error> check_said(const Metadata& metadata, const std::vector<Link>& links) const;
  // A draft as a change that may be recorded, or why not.
  Result<Change> checked(Draft draft, const store::Identity& of_file) const;
  // Before a write: a copy made by backup() takes a node of its own now.
  void own_node();
  // How a write that nothing may take the place of is sealed; empty while no sync is live, or if writes are not synced.
  store::SealOne seal() const;
  // After a write: its syncs look at once, and the observers hear of it.
  void written();
  // Calls the observers for everything that was written since the last time.
  void notify();
  // Before the first observer comes: what was written until now is no news.
  void start_noticing();
  void drop_expired();
  // The conflicts of a cell.
  std::vector<Conflict> conflicts_of(const Cell& cell) const;
  // The change that ends all conflicts of the cell, or why there is none.
  Result<Draft> settlement(const Cell& cell, const store::Lineage& lineage, const Settlement& how) const;
  void notify_conflicts(const std::vector<Cell>& cells);
  // The policy of an attribute's conflicts; null if there is none.
  const MergePolicy* policy_of(const std::string& attribute) const;

  std::string path;
  ReplicaOptions options;
  store::Store store;
  std::list<std::weak_ptr<Changed>> observers;
  std::list<std::weak_ptr<Lost>> conflict_observers;
  std::list<std::weak_ptr<const Syncer>> syncers;
  std::set<std::pair<Cell, Stamp>> known_conflicts;           // cell and loser, while somebody observes them
  std::map<std::string, MergePolicy> policies;                // by pattern
  std::vector<std::pair<std::string, std::int64_t>> windows;  // attributes, ms; what is said later counts
  std::int64_t noticed_row = 0;
  std::int64_t dated_wall_ms = 0;    // the last reading that change_at took
  std::optional<Stamp> dated_stamp;  // and the stamp that came of it
};

// Puts cells, which come ascending, together to the entities that fit.
class Lister {
 public:
  explicit Lister(const ListOptions& options) : options_(options) {}
  bool add(const store::CellState& state);
  std::vector<Entity> finish();

 private:
  void close();
  const ListOptions& options_;
  Entity current_;
  std::vector<Entity> entities_;
};

}  // namespace tidemark
