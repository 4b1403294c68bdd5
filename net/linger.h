// linger: closes a socket so that what was written last still arrives. For net's .cpp files only.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "net/context.h"

namespace tidemark::net {

// Ends our direction, then reads and discards until the peer ends its own, for at most `max` time and
// a few MiB, and closes the socket: closing it with unread bytes would reset the connection, and the
// peer would lose our last words. `owner` keeps the socket alive; nobody else may be reading from it. Calls `done`, if any, on the loop's thread.
void linger(Socket& socket, std::shared_ptr<void> owner, std::chrono::milliseconds max,
            std::function<void()> done = nullptr);

}  // namespace tidemark::net
