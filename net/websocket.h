// The two ways a TCP socket becomes a Connection. For net's .cpp files only; connection.cpp is the one
// file that compiles the WebSocket templates.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "crdt/error.h"
#include "net/connection.h"
#include "net/context.h"
#include "net/dialer.h"

namespace tidemark::net {

// What the answer to an upgrade request depends on. The HTTP session has checked the rest.
struct Upgrade {
  std::string key;      // Sec-WebSocket-Key
  std::string version;  // Sec-WebSocket-Version
};

// Server side: answers the upgrade and calls on_open, or answers with a refusal, closes, and calls
// nothing. `since` is the time of the TCP accept; `slot` is let go once the socket is closed.
void accept_websocket(Loop& loop, Socket socket, const Upgrade& upgrade, const std::string& subprotocol,
                      const Limits& limits, std::int64_t since, std::shared_ptr<void> slot,
                      std::function<void(ConnectionPtr)> on_open);

// Client side: asks for the upgrade and calls one of the two. The result is the same connection that
// on_open gets; close() on it before that gives the attempt up, and then neither is called.
ConnectionPtr connect_websocket(Loop& loop, Socket socket, const Url& url, const Limits& limits, std::int64_t since,
                                std::function<void(ConnectionPtr)> on_open,
                                std::function<void(const Error&)> on_failed);

}  // namespace tidemark::net
