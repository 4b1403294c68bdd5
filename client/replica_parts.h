// The inside of a Replica, shared by the files that implement it.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "client/replica.h"
#include "store/store.h"

namespace tidemark {

struct Replica::Parts {
  Parts(std::string path_, store::Store store_, ReplicaOptions options_);

  // Before a write: a copy made by backup() takes a node of its own now.
  void own_node();
  // Calls the observers for everything that was written since the last time.
  void notify();
  // The policy of an attribute's conflicts; null if there is none.
  const MergePolicy* policy_of(const std::string& attribute) const;

  std::string path;
  ReplicaOptions options;
  store::Store store;
  std::list<std::weak_ptr<Changed>> observers;
  std::map<std::string, MergePolicy> policies;  // by pattern
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
