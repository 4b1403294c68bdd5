// The envelope around canonical bytes: stored as they are, or compressed with zstd.
//
// It lies outside the head, so the same bundle may travel in several envelopes. First byte 0: the canonical
// bytes follow. First byte 1: LEB128 of the canonical size, then one zstd frame (RFC 8878) of exactly that size.
#pragma once

#include "crdt/bytes.h"
#include "crdt/error.h"

namespace tidemark {

// Below this many bytes zstd costs more than it saves.
inline constexpr std::size_t compress_from_bytes = 1024;

// Compressed at level 1 from compress_from_bytes up and only if that is smaller; deterministic for one zstd version.
Bytes pack_envelope(ByteView canonical);

// Errors: truncated, bad_envelope, too_large (the declared size exceeds max_bundle_bytes; checked before
// anything is allocated). Never throws on bad input.
Result<Bytes> unpack_envelope(ByteView envelope);

// The same bundle in an envelope without compression. The envelope must be one that unpack_envelope accepts.
Bytes plain_envelope(ByteView envelope);

}  // namespace tidemark
