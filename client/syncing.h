// Keeping a replica file in sync with a relay: once, or for as long as a handle lives.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/replica.h"

namespace tidemark {

// What one connection, or all connections of one sync, moved.
struct SyncSummary {
  std::uint64_t pushed_bundles = 0;  // confirmed by the relay
  std::uint64_t pulled_bundles = 0;  // applied or parked here
  std::uint64_t pushed_events = 0;
  std::uint64_t pulled_events = 0;
  std::uint64_t bytes_up = 0;  // of WebSocket messages
  std::uint64_t bytes_down = 0;
  std::uint64_t bundle_bytes_up = 0;  // of bundles in them
  std::uint64_t bundle_bytes_down = 0;
  std::uint64_t round_trips = 0;  // times we sent and then waited for an answer before going on
  double seconds = 0;
};

// This device was found to be a copy, or to have been rolled back: its later changes go on under a new node.
struct Forked {
  NodeId old_node;
  NodeId new_node;
  std::uint64_t changes_moved = 0;
};

enum class SyncState { connecting, catching_up, live, waiting };  // waiting: to try again later

struct SyncOptions {
  std::string url;                           // ws://HOST:PORT
  std::string credential;                    // empty if the relay asks for none
  std::int64_t no_progress_max_ms = 30'000;  // sync_once gives up after so long without any progress
  // How often the file is looked at for writes of other processes and other Replicas, and no_progress_max_ms is checked; 1
  // or more. Writes of the Replica whose sync() this is are noticed at once, unless a later one may take their place.
  std::int64_t look_interval_ms = 100;
  // The following are called on the syncing thread.
  std::function<void(const std::vector<Change>&)> on_applied;  // changes of other devices, after their commit
  std::function<void(const Forked&)> on_forked;
  std::function<void(const Error&)> on_error;  // refused or failed; whether it goes on is in retry
  std::function<void(SyncState)> on_state;
};

// Pushes and pulls until the outbox is empty, no refill is open and the cursor has reached the head that the relay
// named, reconnecting as needed. Blocks. The summary counts also what a failed sync moved before it failed.
// Errors: no_progress, and whatever the relay refused for good (unauthorized, ...). Throws StoreError (locked, ...).
struct SyncOutcome {
  SyncSummary summary;
  std::optional<Error> error;
};
SyncOutcome sync_once(const std::string& path, const SyncOptions& options, const ReplicaOptions& replica = {});

// Stays connected until SIGINT or SIGTERM; blocks. For programs whose only work this is.
SyncOutcome sync_until_terminated(const std::string& path, const SyncOptions& options,
                                  const ReplicaOptions& replica = {});

// A sync in the background. Destroying it stops: what is durable stays durable, the rest goes with the next one.
class Syncing {
 public:
  Syncing(const std::string& path, const SyncOptions& options, const ReplicaOptions& replica);
  ~Syncing();
  SyncSummary summary() const;  // so far
  SyncState state() const;
  // Waits until everything that was written before the call is confirmed and everything the relay had is applied, at
  // most so long; false if it was not reached.
  bool wait_synced(std::int64_t timeout_ms);

 private:
  friend class Replica;  // which tells it of its own writes at once
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemark
