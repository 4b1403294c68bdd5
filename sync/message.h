// The messages of protocol tidemark.v1 as plain structs, and their two forms: control messages are JSON text frames,
// bundles, entries and heads binary frames. docs/protocol.md describes every byte.
//
// Decoding takes hostile frames: it never throws, unknown members of a JSON message are ignored, unknown message types
// are errors. Binary messages of unknown type are errors too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crdt/error.h"
#include "crdt/head.h"
#include "sync/frame.h"
#include "sync/limits.h"

namespace tidemark::sync {

inline constexpr int protocol_version = 1;
inline constexpr const char* subprotocol = "tidemark.v1";

// --- control messages -------------------------------------------------------------------------------------------------

// First message of a replica, and again whenever it wants the delivery to start anew from its cursor.
struct Hello {
  int protocol = protocol_version;
  std::string space;
  Head own;                      // the current node and its last sealed bundle
  std::vector<Head> others;      // further own nodes with bundles that the relay has not confirmed, and forked ones
  std::optional<Cursor> cursor;  // none: from the beginning
  Hash digest{};                 // heads_digest of everything the replica holds
  std::optional<LogId> refill;   // a refill of this log is open
  std::string credential;
  std::int64_t clock_ms = 0;  // the replica's wall clock, raw
  bool plain = false;         // deliver bundles uncompressed: for clients without zstd
};

enum class Verdict { ok, fork, log_changed, trimmed };

struct Welcome {
  LogId log{};
  std::uint64_t first_seq = 1;
  std::uint64_t seq = 0;     // head of the log
  std::int64_t time_ms = 0;  // the relay's time
  bool time_trusted = true;  // false: the relay doubts its own clock; do not learn from it
  Limits limits;
  std::vector<Head> heads;  // what the relay has of each node named in the hello, in the same order
  Hash digest{};            // heads_digest of everything in the log
  Verdict verdict = Verdict::ok;
};

// Bundles of this node up to n are durable at the relay. Cumulative. Levels other than "durable" promise something else and
// are ignored.
struct Confirm {
  NodeId node;
  std::uint64_t n = 0;
  std::uint64_t seq = 0;  // of bundle n
  std::string level = "durable";
  std::int64_t time_ms = 0;
  bool time_trusted = true;
};

// Please send this node's bundles after n. From the relay during a refill, with the head that it has at n; from a
// replica when a bundle arrived whose predecessor it lacks.
struct Want {
  Head have;  // node, n and hash at n (zeros at n = 0)
};

// The sender of a Want cannot be served: the receiver does not have these bundles on that head.
struct Lack {
  Head have;
};

// The relay has everything that the heads pages named, in its log up to this seq: the digest is over the same (node, n)
// there.
struct Compared {
  Hash digest{};
  std::uint64_t seq = 0;
};

struct ErrorMessage {
  Error error;
  std::optional<Head> head;  // the node concerned. For fork, gap and clock_ahead, what the relay has of it
  std::int64_t time_ms = 0;  // the relay's time, with clock_ahead
};

// --- binary messages --------------------------------------------------------------------------------------------------

// Pushed bundles, in chain order a node; each an envelope.
struct Push {
  std::vector<ByteView> envelopes;
};

// Consecutive entries of the log from first_seq on.
struct Entries {
  struct Entry {
    std::optional<Head> held;  // you have this one
    ByteView envelope;         // else: the bundle
  };
  std::uint64_t first_seq = 0;
  std::vector<Entry> entries;
};

// Answer of a relay to a Want: bundles of one node, outside of the log's order.
struct ChainPart {
  std::vector<ByteView> envelopes;
  bool complete = false;  // nothing follows
};

// A page of everything the replica holds, ascending by node over all pages.
struct HeadsPage {
  std::vector<Head> heads;
  bool last = false;
};

// Views point into the frame that was decoded.
using Message =
    std::variant<Hello, Welcome, Confirm, Want, Lack, Compared, ErrorMessage, Push, Entries, ChainPart, HeadsPage>;

// Errors: bad_message (field names the member), unknown_type, too_large, not_canonical.
Result<Message> decode_message(const Frame& frame);
Frame encode_message(const Message& message);

// "hello", "entries" and so on, for errors and logs.
const char* name_of(const Message& message);

// Bytes of bundle envelopes in a message: what counters call bundle bytes.
std::size_t bundle_bytes(const Message& message);

}  // namespace tidemark::sync
