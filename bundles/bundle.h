// A bundle: the n-th batch of one node's changes; the unit of transfer, confirmation and chaining.
#pragma once

#include <cstdint>
#include <vector>

#include "crdt/bytes.h"
#include "crdt/change.h"
#include "crdt/error.h"
#include "crdt/head.h"
#include "crdt/limits.h"

namespace tidemark {

inline constexpr std::uint8_t bundle_version = 1;
inline constexpr std::uint8_t suite_plain = 0;  // later suites sign and encrypt

// What stands at the front of every bundle, in every version and suite to come, so that a relay and a
// parking replica can place a bundle whose inside they cannot read.
struct BundleHeader {
  std::uint8_t version = bundle_version;
  std::uint8_t suite = suite_plain;
  NodeId node;
  std::uint64_t n = 0;  // from 1
  Stamp first;          // stamps of the first and last change; their node is `node`
  Stamp last;
  std::uint64_t changes = 0;
  std::uint64_t events = 0;  // 1..max_bundle_events
};

struct Bundle {
  NodeId node;
  std::uint64_t n = 0;
  std::vector<Change> changes;  // 1 or more, each canonical, stamps strictly ascending, all of `node`
};

// Canonical bytes with their trailer, and the head that they make.
struct EncodedBundle {
  Bytes bytes;
  Head head;
};

// Is it canonical and within the limits of numbers? What comes out of a damaged file may be not.
bool can_encode(const Bundle& bundle);

// Deterministic: equal bundles on equal predecessors give equal bytes. The bundle must be canonical and
// within the limits (an assert): the sealer uses size_bound below to choose what goes in.
EncodedBundle encode_bundle(const Bundle& bundle, const Hash& previous_head, std::string_view space);

// An upper bound, in bytes, of what the change adds to a bundle, whatever its bases and stamps will be
// and whatever else is in the bundle. Depends on nothing but cells, values, links and metadata.
std::size_t size_bound(const Change& change);
// What a bundle costs beside its changes, at most.
inline constexpr std::size_t bundle_overhead_bound = 96;
// True if the change alone fits a bundle: size_bound + bundle_overhead_bound <= max_bundle_bytes.
bool fits_bundle(const Change& change);

// The header of canonical bytes; it does not look at what follows. Errors: truncated, bad_header,
// too_large (more than max_bundle_bytes).
Result<BundleHeader> decode_header(ByteView canonical);

// Everything, from hostile bytes. Accepts exactly what encode_bundle can make (the trailer is not judged:
// see check_trailer), never throws, and allocates at most a small multiple of the input's size. Errors:
// those of decode_header; unsupported_version, unsupported_suite; not_canonical with the place; stamp_outside
// (an inner stamp beyond the header's range); and those of check_change and of values.
Result<Bundle> decode_bundle(ByteView canonical);

// The head that these bytes make after `previous_head`, or bad_chain if their trailer says otherwise: other
// content, other order or another place in the chain.
Result<Head> check_trailer(ByteView canonical, const Hash& previous_head, std::string_view space);

}  // namespace tidemark
