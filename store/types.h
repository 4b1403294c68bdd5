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
#include "crdt/lineage.h"
#include "hlc/clock.h"

namespace tidemark::store {

// `relaxed` skips the sync of local writes; sealing and applying always sync (synchronous=FULL).
enum class Durability { full, relaxed };

// Progress of long work: how much of how much is done. May be empty.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// A change to record. `change` is canonical, its stamp and bases are ignored and filled by the store. Links by a stamp that
// was taken back are led to the one that took its place.
struct Recording {
  Change change;
  std::int64_t wall_ms = 0;     // the wall clock's raw reading
  bool historical = false;      // take wall_ms as it is, without the learned correction
  bool skip_unchanged = false;  // leave out writes that would not change the cell's current value
  // If not empty: the winners that the writes were decided by, one an event. Where one is another, nothing is recorded.
  std::vector<std::optional<Stamp>> seen = {};
};

// Who writes through a file, and with what, where a change does not say so itself. Local: it travels in changes only.
struct Identity {
  std::string author;
  std::string source;
  friend bool operator==(const Identity&, const Identity&) = default;
};

// A cell's events, ascending, and what the change of each says of itself.
struct Lineage {
  std::vector<CellEvent> events;
  std::vector<Metadata> said;  // as many
};

// When a change may take the place of the one before it: either is enough, and the rest of the rule in docs/history.md
// must hold too.
struct Coalescing {
  std::optional<Stamp> session;           // that one is the last of this change's edit session: any stamp it ever had
  std::optional<std::int64_t> window_ms;  // that one was made at most so long ago
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
  std::vector<Link> links;          // of its change, like the metadata
  Metadata metadata;
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

// Makes the row of the bundle that holds just this change and follows this head of its node.
using SealOne = std::function<BundleRow(const Change& change, const Head& previous)>;

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
  Stamp last = {};            // of stamping anew: the last stamp that was given
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

// Where a page of an audit ended.
struct AuditPlace {
  Stamp stamp;
  std::int64_t row = 0;
};

// What to look for among all events; everything that is given must hold. Empty means any.
struct AuditQuery {
  std::string entity;
  std::string attribute;  // with a * at the end: every attribute that begins so
  std::string author;
  std::string source;
  std::optional<NodeId> node;
  std::optional<Stamp> correlation;  // changes that link to it, and itself
  std::int64_t from_ms = 0;          // stamps from here ...
  std::int64_t to_ms = INT64_MAX;    // ... to here, ends included
  std::string metadata_key;          // a member of the change's free JSON object
  bool deletions = false;            // only what marked an entity deleted
  bool overwritten = false;          // only what is not the current value
  bool oldest_first = false;
  std::size_t limit = 100;
  std::optional<AuditPlace> after;  // go on behind the page that ended here
};

struct AuditPage {
  std::vector<HistoryRow> rows;    // without printed_as
  std::optional<AuditPlace> next;  // nothing: this was the last page
  std::uint64_t rows_read = 0;     // of the index and of the log: what the answer cost
};

// What verify found: each problem in one sentence that names the place. Empty is good.
struct Report {
  std::vector<std::string> problems;
  std::uint64_t events = 0;
  std::uint64_t cells = 0;
};

}  // namespace tidemark::store
