// HttpSession: reads one HTTP request head from an accepted socket and answers it, or hands the socket
// on when it asks for a WebSocket. For net's .cpp files only.
//
// One request a connection: every answer closes. The whole must be over within handshake_max, so that a
// client that drips its header holds a slot no longer than that.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/context.h"
#include "net/listener.h"
#include "net/websocket.h"

namespace tidemark::net {

class HttpSession {
 public:
  struct Options {
    Limits limits;
    std::string subprotocol;
    std::function<HttpResponse(std::string_view path)> on_request;
    std::function<void(Socket, const Upgrade&)> on_upgrade;
    std::shared_ptr<void> slot;  // let go when the session is over, unless the socket was handed on
  };

  virtual ~HttpSession() = default;
  virtual void abort() = 0;

  // The session lives until it is over. Its functions are called on the loop's thread, never from here.
  static std::shared_ptr<HttpSession> serve(Socket socket, Options options);
  // Answers without reading the request.
  static std::shared_ptr<HttpSession> refuse(Socket socket, Options options, const HttpResponse& response);
};

}  // namespace tidemark::net
