// Chains: how a bundle's head commits to everything before it, and what is derived from heads.
// All digests are BLAKE2b-256 (RFC 7693) by libsodium. Numbers enter as 8 bytes big-endian.
#pragma once

#include <span>
#include <string_view>

#include "crdt/bytes.h"
#include "crdt/head.h"

namespace tidemark {

inline constexpr std::size_t trailer_size = 8;

// head(n) = BLAKE2b-256(head(n-1) | one byte length of space | space | body), where the body is the canonical bundle
// without its trailer; head(0) is zeros. Cost: one pass over the body.
Hash next_head(const Hash& previous, std::string_view space, ByteView body);

// acc(s) = BLAKE2b-256(acc(s-1) | node | n | head); acc(0) is zeros.
Hash next_acc(const Hash& previous, const Head& appended);

// The node that a branch of `node` moves to: the first 8 bytes, big-endian, of
// BLAKE2b-256(node | first differing head), the latter being the head of the branch's first bundle.
NodeId derived_node(NodeId node, const Hash& first_differing_head);

// One digest for a whole list of heads: BLAKE2b-256 over (node | n | hash) of each, ascending by node.
// The caller passes them sorted, without doubles and without n = 0. An empty list gives zeros.
Hash heads_digest(std::span<const Head> sorted_heads);

std::string to_hex(ByteView bytes);  // lower-case
// Strict: lower-case, exactly two digits for each byte of `out`.
bool from_hex(std::string_view text, std::span<std::uint8_t> out);

}  // namespace tidemark
