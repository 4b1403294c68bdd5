// Repair: what a replica file and a relay can give each other back, over one connection and without I/O.
//
// First the file: bundles that do not make their heads any more, or whose events or rows are missing, are asked of the
// relay, checked against the heads that the file still has, and put back in one transaction. Then the relay: every chain
// that the file holds is read back from it, and where its storage refuses a bundle as damaged, ours is pushed again, which
// mends it. What the relay simply lacks is left to the next sync, for which a refill is opened.
//
// Call an input, then drain next_frame(), until done() or failed(). It speaks as a reader with a made-up node, since
// a damaged file may not know its own heads.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/replica.h"
#include "store/store.h"
#include "sync/client_session.h"

namespace tidemark {

struct RepairOptions {
  std::string credential;
  WallClock wall_clock = system_wall_ms;
  Random random = system_random;
  store::Progress progress;  // in bundles looked at, here and there
};

struct Repaired {
  std::uint64_t damaged = 0;        // bundles that were damaged here
  std::uint64_t put_back = 0;       // of these, taken from the relay; missing ones included
  std::uint64_t events = 0;         // in them
  std::uint64_t unsealed = 0;       // own changes without a hash, which nothing proves: kept as they are
  std::uint64_t relay_damaged = 0;  // how often the relay refused to serve a part of a chain
  std::uint64_t relay_mended = 0;   // of these, how often it served it after its bundles were given to it again
  std::uint64_t relay_lacks = 0;    // bundles that it does not have
  std::vector<Error> left;          // what could not be repaired, and why
};

class Repair {
 public:
  // The store must outlive the repair, and nobody else may sync the file. Throws StoreError corrupt if its pages are so
  // damaged that only salvage helps.
  Repair(store::Store& store, RepairOptions options);

  void opened();
  void received(const sync::Frame& frame);

  std::optional<sync::Frame> next_frame() { return session_.next_frame(); }
  bool done() const { return done_; }
  const std::optional<Error>& failed() const { return failed_; }
  const Repaired& result() const { return result_; }

 private:
  // A chain that is being read from the relay.
  struct Reading {
    NodeId node;
    std::uint64_t n = 0;     // read up to here
    Hash previous{};         // the head there, as the relay's bundles make it
    std::uint64_t last = 0;  // not further than this
    bool restores = false;
    std::map<std::uint64_t, std::string> damaged;  // here: what has to be put back
    std::vector<store::Arrival> pending;           // not proven yet
    std::uint64_t pushed_from = UINT64_MAX;        // where bundles were pushed last because the relay refused
  };

  void say_hello(bool with_cursor);
  void on(const sync::Welcome& welcome);
  void on(const sync::ClientSession::ChainCame& chain);
  void on(const sync::ErrorMessage& message);
  void on(const sync::Confirm& confirm);
  void plan();
  void next();
  void want();
  bool take(ByteView envelope);
  bool was_written_here(const store::Arrival& arrival) const;
  bool is_proven(const store::Arrival& arrival) const;
  void finish_reading(bool complete);
  void put_back();
  void push_again();
  void leave(Error error);

  store::Store& store_;
  RepairOptions options_;
  sync::ClientSession session_;
  std::deque<Reading> waiting_;
  std::optional<Reading> reading_;
  std::vector<store::Arrival> proven_;
  std::uint64_t unconfirmed_n_ = 0;  // of the bundles that were pushed again, the last
  std::uint64_t looked_at_ = 0;
  std::uint64_t total_ = 0;
  bool restored_ = false;  // the file's part is over
  bool done_ = false;
  std::optional<Error> failed_;
  Repaired result_;
};

}  // namespace tidemark
