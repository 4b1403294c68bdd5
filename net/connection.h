// Connection: one open WebSocket, either side. Listener and dial() make them. It lives until it is
// closed, also when nobody holds the pointer any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/limits.h"
#include "sync/frame.h"

namespace tidemark::net {

using sync::CloseCode;
using sync::Frame;

// How a connection ended. `code` is the WebSocket close code that was received or sent, 1006 when the
// socket just broke; `reason` says it in words.
struct Closed {
  std::uint16_t code = 0;
  std::string reason;
  bool by_peer = false;
};

class Connection {
 public:
  // The functions are called on the loop's thread, never from inside send() or close(). After
  // on_closed nothing is called any more.
  struct Handlers {
    std::function<void(Frame)> on_frame;           // one complete message within the limits
    std::function<void()> on_drained;              // the write queue became empty
    std::function<void(const Closed&)> on_closed;  // exactly once
  };

  virtual ~Connection() = default;

  virtual void set_handlers(Handlers handlers) = 0;
  // Queues a message. Its buffer is shared, not copied. A queue that would exceed the limit closes the
  // connection with 1013 instead.
  virtual void send(Frame frame) = 0;
  // Bytes accepted by send() and not yet handed to the socket.
  virtual std::size_t queued_bytes() const = 0;
  // Sends what is queued, then the close frame, waits for the peer's, and cuts the socket after
  // Limits::close_max at the latest. Calling it twice does nothing. From this call on, messages of the
  // peer are discarded and send() does nothing.
  virtual void close(CloseCode code, std::string reason) = 0;
  // "HOST:PORT" of the other side.
  virtual std::string peer() const = 0;
};

using ConnectionPtr = std::shared_ptr<Connection>;

}  // namespace tidemark::net
