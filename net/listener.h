// Listener: accepts WebSocket connections of subprotocol tidemark.v1, and answers plain HTTP.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/connection.h"
#include "net/loop.h"

namespace tidemark::net {

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

class Listener {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;                   // 0: any free port, see address()
    std::string subprotocol = "tidemark.v1";  // a client that does not offer it gets HTTP 400
    Limits limits;
    // A request without upgrade: path, e.g. "/healthz". Status 404 for unknown ones.
    std::function<HttpResponse(std::string_view path)> on_http;
    // A new open connection; set its handlers before returning.
    std::function<void(ConnectionPtr)> on_connection;
  };

  // Binds and listens. Throws std::system_error that names the address (in use, not permitted).
  // An upgrade that carries an Origin header is refused with 403 (browsers come later, by a list).
  Listener(Loop& loop, Options options);
  ~Listener();

  // "HOST:PORT" with the real port.
  std::string address() const;
  // Accepts nothing more; open connections stay.
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tidemark::net
