// What a connection may cost. All of them are settings; these are the defaults.
#pragma once

#include <chrono>
#include <cstddef>

#include "crdt/limits.h"

namespace tidemark::net {

struct Limits {
  std::size_t message_bytes_max = max_message_bytes;   // above: close 1009
  std::size_t http_header_bytes_max = 8 * 1024;        // above: the connection is closed during the handshake
  std::chrono::milliseconds handshake_max{10'000};     // TCP accept or connect to WebSocket open
  std::chrono::milliseconds first_message_max{5'000};  // server side: open to the first complete message
  std::chrono::milliseconds message_max{30'000};       // first byte of a message to its last: close 1008
  std::size_t bytes_per_second_min = 1024;  // while a message is under way, averaged over rate_window: close 1008
  std::chrono::milliseconds rate_window{10'000};
  std::size_t fragments_per_message_max = 1'024;      // frames of one message, empty ones too: close 1008
  std::size_t control_frames_per_window_max = 1'000;  // pings and pongs of the peer within rate_window: close 1008
  std::chrono::milliseconds ping_interval{25'000};    // a ping goes out after this much silence
  std::chrono::milliseconds idle_max{60'000};  // nothing at all heard, not even a pong: the connection is dropped
  std::size_t write_queue_bytes_max = 4 * 1024 * 1024;  // waiting to be sent; above: close 1013
  std::chrono::milliseconds close_max{3'000};           // for the closing handshake, then the socket is cut
  std::size_t connections_max = 10'000;                 // listener: further ones are refused with HTTP 503
  std::size_t connections_per_address_max = 4'096;      // likewise, for one remote address that is not loopback
};

}  // namespace tidemark::net
