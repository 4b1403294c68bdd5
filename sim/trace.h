// Trace: what happened in a run, as one hash that two runs can be compared by, and on request as moments to be shown.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crdt/bytes.h"
#include "crdt/head.h"

namespace tidemark::sim {

// One thing that happened at one node. `message` pairs the two ends of one that travelled: sent with arrived or lost.
struct Moment {
  enum class Kind {
    write,    // a change was recorded: text is what the user did
    refused,  // input was refused: text is the error
    sent,     // a message left
    arrived,  // ... and came
    lost,     // ... or never will
    connected,
    disconnected,
    fault,   // something broke or was broken, see text
    healed,  // ... and was put right
    told,    // the engine told its app: forked, stamped again, refused
    checked  // a rule or expectation was looked at
  };
  std::int64_t ms = 0;     // virtual, since the start of the run
  std::uint32_t step = 0;  // of the tapes
  Kind kind = Kind::write;
  std::string lane;  // "a", "b", ..., "relay", "x" for a hostile client; empty for the network
  std::string text;
  std::uint64_t message = 0;  // 0: none
};

class Trace {
 public:
  // `keeps`: remember moments. The hash is the same either way.
  explicit Trace(bool keeps) : keeps_(keeps) {}

  bool keeps() const { return keeps_; }
  void at(std::int64_t ms, std::uint32_t step) {
    ms_ = ms;
    step_ = step;
  }
  // `text` is only asked for when moments are kept; what tells runs apart goes into the hash as `facts`.
  template <class Text>
  void note(Moment::Kind kind, std::string_view lane, std::uint64_t message, std::string_view facts, Text&& text) {
    hash_in(kind, lane, message, facts);
    if (keeps_) moments_.push_back({ms_, step_, kind, std::string(lane), text(), message});
  }

  const std::vector<Moment>& moments() const { return moments_; }
  // Of everything noted so far: BLAKE2b-256.
  Hash hash() const;

 private:
  void hash_in(Moment::Kind kind, std::string_view lane, std::uint64_t message, std::string_view facts);
  void fold();

  bool keeps_;
  std::int64_t ms_ = 0;
  std::uint32_t step_ = 0;
  std::vector<Moment> moments_;
  Hash chained_{};
  std::string pending_;
};

}  // namespace tidemark::sim
