// dial: opens a WebSocket to a relay.
#pragma once

#include <functional>
#include <string>

#include "crdt/error.h"
#include "net/connection.h"
#include "net/loop.h"

namespace tidemark::net {

struct Url {
  std::string host;
  std::string port;  // "7700" when the text names none
  std::string path = "/";
};

// "ws://HOST[:PORT][/PATH]", HOST a name, IPv4 or [IPv6]. Errors: bad_url; tls_unsupported for wss.
Result<Url> parse_url(std::string_view text);

// Calls exactly one of the two, on the loop's thread, never from inside dial(): on_open with an open
// connection whose handlers it must set, or on_failed with connect_failed or handshake_failed (the
// HTTP status and body in `got`). A refused connection is Retry::later. Dropping the returned handle
// cancels the attempt, and then neither is called.
struct Dialing {
  virtual ~Dialing() = default;
};
std::unique_ptr<Dialing> dial(Loop& loop, const Url& url, const Limits& limits,
                              std::function<void(ConnectionPtr)> on_open, std::function<void(const Error&)> on_failed);

}  // namespace tidemark::net
