// BundleLog: where a relay keeps the logs of its spaces. One log a space: a dense sequence of bundles, chained by acc.
//
// The engine knows nothing of protocol or chains: the relay plans (plan.h), and an engine only moves a space from one
// position (seq, acc) to the next, durably, or says that the position is stale. Calls never block and never fail at the
// call; their outcome is pulled with poll(), so the simulator can drive a fake and a replicated engine fits without a
// change above this line. Calls on one space complete in order. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crdt/bytes.h"
#include "crdt/error.h"
#include "crdt/head.h"

namespace tidemark::server {

using Ticket = std::uint64_t;  // chosen by the caller, given back with the outcome

struct Position {
  std::uint64_t seq = 0;  // last entry; 0 before the first
  Hash acc{};             // digest of the log up to there
  friend bool operator==(const Position& a, const Position& b) { return a.seq == b.seq && a.acc == b.acc; }
};

struct SpaceState {
  LogId log{};
  Position end;
  std::uint64_t first_seq = 1;  // older entries were trimmed
  std::vector<Head> heads;      // of every node in the log, ascending by node
  std::int64_t time_ms = 0;     // greatest relay time ever stored with a commit, in any space
};

struct LogEntry {
  Head head;
  Hash acc_after{};
  SharedBytes envelope;
};

// Append these entries as seq from.seq+1, from.seq+2, ... if the log still ends at `from`.
struct SpacePlan {
  std::string space;
  Position from;
  std::vector<LogEntry> entries;
  std::int64_t time_ms = 0;  // the relay's time, kept so that it never runs backwards
};

enum class Outcome {
  committed,     // durable, and visible to every later read
  stale,         // the log ends elsewhere: load it and plan again; nothing changed
  refused_full,  // no room; nothing changed
  unavailable,   // not now; nothing changed
  unknown,       // may or may not have happened: load to find out
};

// Entries after_seq+1 ... in order; at least one if there is one, then as many as fit `bytes_max`.
struct Page {
  std::uint64_t first_seq = 0;  // seq of entries.front()
  std::vector<LogEntry> entries;
  Position end;  // of the whole log
};

struct Loaded {
  SpaceState state;
};
struct Committed {
  std::vector<Outcome> outcomes;
};  // one a plan, in order
struct ReadDone {
  Page page;
};
struct AccAt {
  std::optional<Hash> acc;
};  // nothing: no such position
struct HashesAt {
  std::vector<std::optional<Hash>> hashes;
};  // one a question, in order
struct Chain {
  std::vector<LogEntry> entries;
};  // one node's bundles, ascending by n

struct Done {
  Ticket ticket = 0;
  // `outcome` is committed for reads that worked; otherwise `error` says what went wrong and the payload is empty.
  Outcome outcome = Outcome::committed;
  std::variant<Loaded, Committed, ReadDone, AccAt, HashesAt, Chain> payload;
  Error error;
};

class BundleLog {
 public:
  virtual ~BundleLog() = default;

  // The state of a space; it is created (with the log id `fresh`) if it does not exist.
  virtual void load(Ticket ticket, const std::string& space, const LogId& fresh) = 0;
  // One group commit for all plans that wait, one sync for the group. Plans of different spaces are independent.
  virtual void commit(Ticket ticket, std::vector<SpacePlan> plans) = 0;
  virtual void read(Ticket ticket, const std::string& space, std::uint64_t after_seq, std::size_t bytes_max) = 0;
  // acc at a position; seq 0 is the zeros of an empty log, beyond the end or before the first there is none.
  virtual void acc_at(Ticket ticket, const std::string& space, std::uint64_t seq) = 0;
  // The heads of bundles by place: for each (node, n) its hash in this log.
  virtual void hashes_at(Ticket ticket, const std::string& space,
                         std::vector<std::pair<NodeId, std::uint64_t>> places) = 0;
  // A node's bundles after n, ascending, at most about bytes_max (at least one if there is one).
  virtual void chain(Ticket ticket, const std::string& space, NodeId node, std::uint64_t after_n,
                     std::size_t bytes_max) = 0;
  // Another process may append to this space: wakes are then reported by on_wake. The embedded engine has none.
  virtual void watch(const std::string& space, bool on) = 0;
  // Puts the envelope in place of the stored one of this head, if that is damaged; nothing happens if it is sound, or if the
  // log has another head there. Answered by Committed with one outcome.
  virtual void mend(Ticket ticket, const std::string& space, const Head& head, SharedBytes envelope) = 0;
  // Forgets entries up to and including `up_to`.
  virtual void trim(Ticket ticket, const std::string& space, std::uint64_t up_to) = 0;

  // Moves finished calls to the end of `done`; returns how many.
  virtual std::size_t poll(std::vector<Done>& done) = 0;
};

}  // namespace tidemark::server
