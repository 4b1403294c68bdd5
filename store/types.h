// What goes into the store and what comes out, as plain structs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crdt/bytes.h"
#include "crdt/change.h"
#include "crdt/head.h"
#include "hlc/clock.h"

namespace tidemark::store {

// `relaxed` skips the sync of local writes; sealing and confirming always sync (synchronous=FULL).
enum class Durability { full, relaxed };

// Progress of long work: how much of how much is done. May be empty.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// A change to record. `change` is canonical, its stamp and bases are ignored and filled by the store.
struct Recording {
  Change change;
  std::int64_t wall_ms = 0;     // the wall clock's raw reading
  bool historical = false;      // take wall_ms as it is, without the learned correction
  bool skip_unchanged = false;  // leave out writes that would not change the cell's current value
};

struct CellState {
  Cell cell;
  Value value;
  Stamp stamp;
};

struct HistoryRow {
  Stamp stamp;
  Event event;
  bool wins = false;                // it is the cell's current value
  std::optional<Stamp> printed_as;  // the stamp it had before it was re-stamped or moved, if it was
};

// The first unsealed changes of a node, in order of stamp, and where they would be chained.
struct Tail {
  NodeId node;
  Head previous;  // head of the node's last bundle here, n = 0 if none
  std::vector<Change> changes;
};

// A bundle as its own table keeps it.
struct BundleRow {
  Head head;
  std::uint8_t version = 1;
  std::uint8_t suite = 0;
  Stamp first;
  Stamp last;
  std::uint64_t events = 0;
  std::optional<std::uint64_t> seq;  // position in the relay's log, once seen there
  bool parked = false;
};

// One entry of a relay's log as it arrives, or (seq 0) a bundle that was asked for by name.
struct Arrival {
  enum class Kind { held, bundle, parked };
  Kind kind = Kind::held;  // held: we have this (node, n, head) already, only its seq is news
  BundleRow row;           // everything but seq and parked
  std::uint64_t seq = 0;
  std::vector<Change> changes;  // bundle
  Bytes envelope;               // parked: the bytes as they came
  std::string reason;           // parked: a stable code, e.g. "clock_ahead", "not_canonical"
};

struct Applied {
  std::uint64_t bundles = 0;  // applied or parked anew
  std::uint64_t events = 0;
  std::vector<Cell> changed;  // cells whose value changed, ascending, each once
};

struct ParkedRow {
  Head head;
  Stamp first;
  Stamp last;
  std::string reason;
  Bytes envelope;
};

// A node whose chain this file pushes unasked: the current one, retired ones, and those derived from forks.
struct OwnNode {
  NodeId node;
  Head head;                    // last sealed bundle
  std::uint64_t confirmed = 0;  // the relay has confirmed bundles up to this n
  std::uint64_t unsealed = 0;   // changes waiting to be sealed
  bool current = false;
  bool forked = false;  // retired by a fork that is not settled yet: nothing of it may be pushed or sealed
};

struct Moved {
  std::uint64_t changes = 0;
  std::vector<Cell> changed;  // cells whose value changed
  NodeId to = {};             // of a fork: whose they are now
};

struct PutBack {
  std::uint64_t bundles = 0;
  std::uint64_t events = 0;    // in them
  std::uint64_t removed = 0;   // events that stood in their place, or in no bundle
  std::uint64_t unsealed = 0;  // changes of own nodes that have no hash to be checked by and were kept as they are
};

struct Counts {
  std::uint64_t events = 0;
  std::uint64_t cells = 0;
  std::uint64_t entities = 0;
  std::uint64_t outbox = 0;  // own changes without a confirmed bundle
  std::uint64_t parked = 0;
};

// What verify found: each problem in one sentence that names the place. Empty is good.
struct Report {
  std::vector<std::string> problems;
  std::uint64_t events = 0;
  std::uint64_t cells = 0;
};

}  // namespace tidemark::store
