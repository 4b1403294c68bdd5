// Exchange: what a replica does over one connection to a relay, without I/O. It drives the store and a ClientSession:
// seals and pushes the outbox, applies what is delivered, heals forks, refills a relay that lost data, re-stamps what a
// fast clock stamped.
//
// Call an input, then drain next_frame() and next_notice(), and look at failed(). One thread; the wall clock and randomness
// are arguments. What each message leads to is in exchange.cpp, the work behind it in exchange_fetch.cpp,
// exchange_push.cpp and exchange_fork.cpp.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

#include "client/syncing.h"
#include "crdt/limits.h"
#include "store/store.h"
#include "sync/client_session.h"

namespace tidemark {

struct ExchangeOptions {
  std::string credential;
  WallClock wall_clock = system_wall_ms;
  Random random = system_random;
  bool report_changes = false;              // give the changes of others as notices
  std::uint64_t apply_events_max = 50'000;  // in one transaction while catching up
  std::uint64_t bundle_events_max =
      max_bundle_events;  // in a bundle that is sealed, 1 or more; a change is never divided
};

class Exchange {
 public:
  // The store must outlive the exchange, and no other exchange may use the file: see store::SyncLock.
  Exchange(store::Store& store, ExchangeOptions options);

  // --- inputs ---
  void opened();  // a connection is there: says hello
  void received(const sync::Frame& frame);
  void closed();         // the connection is gone
  void store_changed();  // somebody wrote to the file
  void refresh();        // asks the relay anew how far its log is

  // --- outputs ---
  std::optional<sync::Frame> next_frame();
  struct Arrived {
    std::vector<Change> changes;
  };
  using Notice = std::variant<Arrived, Forked, Error>;  // Error: refused, but the connection goes on
  std::optional<Notice> next_notice();
  // Set when this connection must be given up; its retry says whether another attempt makes sense.
  const std::optional<Error>& failed() const { return failed_; }
  // Outbox empty, nothing forked, no refill open, and the cursor has reached what the relay named.
  bool synced() const { return synced_; }
  // Set while changes of this device wait for the relay's clock, which their stamps are ahead of: refresh() after so long.
  std::optional<std::int64_t> refresh_in_ms() const;
  // Grows with everything that moved, for time-outs without progress.
  std::uint64_t progress() const { return progress_; }
  SyncSummary summary() const;  // of all connections so far, without seconds

 private:
  // exchange.cpp: one function a message
  void handle(sync::ClientSession::Event& event);
  void on(const sync::Welcome& welcome);
  void on(const sync::Confirm& confirm);
  void on(const sync::Want& want);
  void on(const sync::Compared& compared);
  void on(const sync::ErrorMessage& message);
  void say_hello();
  bool must_be_named(const store::OwnNode& own) const;
  bool follow_log(const sync::Welcome& welcome);
  void take_heads(const sync::Welcome& welcome);
  void settle_refill(const sync::Welcome& welcome);
  void close_refill();
  void after_input();
  void update_synced();
  void fail(Error error);
  void trouble(const Error& error);
  void learn_time(std::int64_t relay_ms, bool trusted);
  void learn_offset(std::int64_t relay_ms);
  std::int64_t corrected_now() const;

  // exchange_fetch.cpp
  void fetch(const sync::ClientSession::Delivered& delivered);
  void fetch(const sync::ClientSession::ChainCame& chain);
  bool take(ByteView envelope, std::uint64_t seq, Head& head);
  void want(const Head& have);
  bool take_held(const Head& head, std::uint64_t seq);
  void add_bundle(ByteView envelope, Bytes canonical, const Head& head, std::uint64_t seq);
  void flush();
  void confirm_arrived();
  void retry_parked();
  Head head_of(NodeId node) const;
  std::int64_t latest_ms() const;  // of all the clocks that were heard
  bool too_far_ahead(const Stamp& stamp) const;

  // exchange_push.cpp
  void seal_all();
  void pump();
  bool push_node(NodeId node, std::uint64_t up_to, std::uint64_t& position);
  sync::ClientSession::Outgoing outgoing(NodeId node, std::uint64_t n);
  void send_heads();

  // exchange_fork.cpp
  void leave_node();
  void part_from_twin(NodeId node);
  void find_tails();
  void move_branch(NodeId node, std::uint64_t common_n);
  void settle_forks();
  void restamp(const Head& kept, std::int64_t relay_ms);
  bool wait_until_due(const Head& kept, std::int64_t relay_ms);
  void release_due(const sync::Welcome& welcome);
  std::uint64_t restamp_elsewhere(NodeId refused, std::int64_t offset_ms, std::int64_t relay_ms);
  std::uint64_t restamp_from(NodeId node, std::uint64_t n, std::int64_t offset_ms, std::int64_t relay_ms);

  NodeId random_node() const;
  Hash hash_at(NodeId node, std::uint64_t n) const;

  store::Store& store_;
  ExchangeOptions options_;
  sync::ClientSession session_;
  std::deque<Notice> notices_;
  std::optional<Error> failed_;
  bool synced_ = false;
  bool wanting_ = false;    // a chain was asked for; deliveries before it and the next hello are void
  bool hello_due_ = false;  // as soon as the session is live
  std::uint64_t progress_ = 0;
  SyncSummary closed_summary_;  // of earlier connections

  std::int64_t relay_ms_ = 0;                             // the relay's time when it last told us
  std::uint64_t target_seq_ = 0;                          // the cursor must get here before all is said to be synced
  std::map<NodeId, Head> relay_heads_;                    // of own nodes, from the last welcome
  std::map<NodeId, std::uint64_t> pushed_;                // own nodes: sent up to here
  std::map<NodeId, std::uint64_t> giving_;                // asked for by a refill: sent up to here
  std::optional<sync::ClientSession::Outgoing> waiting_;  // encoded, but there was no room to push it
  std::set<NodeId> blocked_;                              // refused until the next hello
  std::map<NodeId, int> refusals_;                        // clock_ahead, this connection
  struct Restamped {
    Stamp last;
    std::int64_t relay_ms;
  };
  std::map<NodeId, Restamped> restamped_;     // up to which stamp, and by what time
  std::map<NodeId, std::int64_t> early_;      // own nodes that wait: when the relay's clock lets them in
  std::map<NodeId, std::uint64_t> moved_;     // changes moved away from a forked node so far
  std::optional<Hash> compared_digest_;       // of the heads that were sent
  std::optional<std::uint64_t> complete_at_;  // the log has all that we hold: the refill ends once the cursor is here
  int restarts_ = 0;                          // hellos said again without progress between them
  std::uint64_t restart_progress_ = 0;

  std::vector<store::Arrival> arrivals_;  // checked, not yet applied
  std::map<NodeId, Head> arrived_heads_;  // heads after those
  std::set<NodeId> tails_;                // own nodes that were left and have unsealed changes, when a delivery began
  std::optional<Cursor> arrived_cursor_;
  std::uint64_t arrived_events_ = 0;
};

}  // namespace tidemark
