// Positions in a node's chain of bundles. How a head is computed is in bundles/chain.h.
#pragma once

#include <array>
#include <cstdint>

#include "hlc/stamp.h"

namespace tidemark {

// A BLAKE2b-256 digest (RFC 7693).
using Hash = std::array<std::uint8_t, 32>;

// Bundle n of a node, and the digest of the whole chain up to it. n = 0 with zeros is the empty chain.
struct Head {
  NodeId node;
  std::uint64_t n = 0;
  Hash hash{};
  friend bool operator==(const Head& a, const Head& b) { return a.node == b.node && a.n == b.n && a.hash == b.hash; }
};

// Position in a relay's log: which log, how far, and the digest of everything up to there.
using LogId = std::array<std::uint8_t, 16>;
struct Cursor {
  LogId log{};
  std::uint64_t seq = 0;
  Hash acc{};
  friend bool operator==(const Cursor& a, const Cursor& b) {
    return a.log == b.log && a.seq == b.seq && a.acc == b.acc;
  }
};

}  // namespace tidemark
