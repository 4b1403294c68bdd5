// The inside of a Replica, shared by the files that implement it.
#pragma once

#include <cstdint>
#include <list>
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

  std::string path;
  ReplicaOptions options;
  store::Store store;
  std::list<std::weak_ptr<Changed>> observers;
  std::int64_t noticed_row = 0;
  std::int64_t dated_wall_ms = 0;    // the last reading that change_at took
  std::optional<Stamp> dated_stamp;  // and the stamp that came of it
};

}  // namespace tidemark
