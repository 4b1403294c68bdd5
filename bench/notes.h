// Notes: what devices of a notes app write, as bundles in the order in which a relay's log would have them.
//
// Eight nodes edit notes in bursts of one to five attributes, a burst a change. Which note it is follows a Zipf law of
// exponent 0.9, so some are hot and most are not; there is one note for every fifty events. Twelve attribute names; a fifth
// of the values are numbers, an eighth booleans, the others texts of 12 to 62 bytes, one in ten of them 200. Every tenth
// time that a node has a bundle ready it has no network for a while, and its bundles come up to fifty bundles late. A base
// is the stamp that the author could have seen. The same options give the same bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "bundles/bundle.h"

namespace tidemark::bench {

struct NotesOptions {
  std::uint64_t events = 1'000'000;
  std::uint64_t bundle_events = 1'000;
  unsigned nodes = 8;
  bool on_time = false;  // no node ever lacks a network
};

// A bundle, its envelope and its place.
struct Delivery {
  Bundle bundle;
  Head head;
  Head previous;  // n = 0 for the first of its node
  Bytes envelope;
};

class Notes {
 public:
  explicit Notes(NotesOptions options = {});

  static constexpr const char* space = "bench";
  // The next bundle; nothing after the last event.
  std::optional<Delivery> next();
  // Everything that is left.
  std::vector<Delivery> all();
  const std::vector<NodeId>& nodes() const { return node_ids_; }

 private:
  struct Node {
    std::vector<Change> changes;
    std::uint64_t events = 0;
    std::deque<Delivery> waiting;
    std::uint64_t away_until = 0;  // a bundle's number
    Head head;
  };
  // The two latest writes of a cell, to find what an author could have seen.
  struct Latest {
    Stamp stamp;
    std::uint64_t at = 0;  // an event's number
    std::optional<Stamp> before;
  };

  void write_burst();
  void close_bundle(std::size_t node);
  Value value();
  std::uint64_t below(std::uint64_t bound);
  std::size_t note();

  NotesOptions options_;
  std::mt19937_64 random_;
  std::vector<NodeId> node_ids_;
  std::vector<Node> nodes_;
  std::vector<std::string> entities_;
  std::vector<double> popularity_;  // cumulative
  std::vector<std::string> words_;
  std::unordered_map<std::uint64_t, Latest> latest_;  // by note * 16 + attribute
  std::deque<Delivery> ready_;
  std::uint64_t written_ = 0;
  std::uint64_t closed_ = 0;
  std::uint64_t ms_;
};

// What the fold of all these events must come to: the winners, kept in a hash map of its own.
class Expected {
 public:
  void add(const Bundle& bundle);
  std::uint64_t cells() const { return winners_.size(); }
  std::uint64_t events() const { return events_; }
  std::uint64_t value_bytes() const { return value_bytes_; }  // of all events
  // Independent of the order of the cells.
  std::uint64_t digest() const;
  static std::uint64_t digest_of(const Cell& cell, const Value& value, const Stamp& stamp);

 private:
  struct Winner {
    Stamp stamp;
    std::uint64_t digest;
  };
  std::unordered_map<std::string, Winner> winners_;
  std::uint64_t events_ = 0;
  std::uint64_t value_bytes_ = 0;
};

}  // namespace tidemark::bench
