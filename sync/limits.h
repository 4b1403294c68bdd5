// Every bound of the protocol, with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crdt/limits.h"

namespace tidemark::sync {

inline constexpr std::size_t max_hello_bytes = 16 * 1024;     // a hello is small; asked before anybody is trusted
inline constexpr std::size_t max_control_bytes = 256 * 1024;  // any text frame
inline constexpr std::size_t max_heads_page_bytes = 256 * 1024;
inline constexpr std::size_t max_compared_heads =
    1'000'000;  // of all pages of a comparison: 48 MB a session while it lasts
inline constexpr std::uint64_t max_number =
    (std::uint64_t(1) << 53) - 1;  // in a control message: what every JSON library keeps exact
inline constexpr std::size_t max_credential_bytes = 1024;
inline constexpr std::size_t max_other_nodes = 64;  // own nodes beside the current one that a hello may name
inline constexpr std::size_t max_in_flight_bytes = 1024 * 1024;  // pushed and not yet confirmed, a session
inline constexpr std::size_t delivery_frame_bytes =
    256 * 1024;                                  // catch-up packs this much into a frame, one bundle at least
inline constexpr std::int64_t gate_ms = 60'000;  // a sender's stamps may lead the relay's clock by this much
inline constexpr std::int64_t gate_given_back_ms = 24 * 3'600'000;  // bundles of others, and what a replica accepts
inline constexpr std::int64_t clock_alarm_ms = 5 * 60'000;          // relay clock against the median of hellos
inline constexpr std::int64_t want_timeout_ms = 15'000;             // then another session is asked
inline constexpr std::int64_t min_believable_ms =
    1'577'836'800'000;  // 2020-01-01: a relay clock before it was never set

// What a relay lets its sessions use; told to them in welcome.
struct Limits {
  std::size_t message_bytes = max_message_bytes;
  std::size_t bundle_bytes = max_bundle_bytes;
  std::size_t in_flight_bytes = max_in_flight_bytes;
  std::size_t delivery_bytes = delivery_frame_bytes;  // a frame of entries
};

static_assert(max_heads_page_bytes <= max_message_bytes);
static_assert(delivery_frame_bytes + max_bundle_bytes + 64 <= max_message_bytes,
              "one bundle more than full still fits");

}  // namespace tidemark::sync
