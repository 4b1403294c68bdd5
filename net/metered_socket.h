// MeteredSocket: the TCP socket as the WebSocket stream sees it. For net's .cpp files only.
#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <utility>

#include "crdt/bytes.h"
#include "net/context.h"

// Declared here, so that a header does not include Beast for one enumeration.
namespace boost::beast {
enum class role_type;
}

namespace tidemark::net {

// Reports the raw bytes that arrive, before the stream interprets them, and ends the stream without
// waiting for the peer, because that wait is bounded elsewhere (linger). Models AsyncStream.
class MeteredSocket {
 public:
  using executor_type = Executor;

  explicit MeteredSocket(Socket socket) : socket_(std::move(socket)) {}
  executor_type get_executor() { return socket_.get_executor(); }
  Socket& socket() { return socket_; }

  std::function<void(ByteView)> on_received;

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_compose<Token, void(error_code, std::size_t)>(Read<Buffers>{*this, buffers}, token, socket_);
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }

  // The three functions that Beast looks up for a stream that it does not know.
  friend void beast_close_socket(MeteredSocket& stream) {
    error_code ignored;
    stream.socket_.close(ignored);
  }
  friend void teardown(boost::beast::role_type, MeteredSocket&, error_code& ec) { ec = {}; }
  template <class Handler>
  friend void async_teardown(boost::beast::role_type, MeteredSocket& stream, Handler&& handler) {
    asio::post(stream.get_executor(), [taken = std::forward<Handler>(handler)]() mutable { taken(error_code()); });
  }

 private:
  template <class Buffers>
  struct Read {
    template <class Self>
    void operator()(Self& self) {
      stream.socket_.async_read_some(buffers, std::move(self));
    }

    template <class Self>
    void operator()(Self& self, error_code ec, std::size_t bytes) {
      std::size_t left = bytes;
      const auto end = asio::buffer_sequence_end(buffers);
      for (auto at = asio::buffer_sequence_begin(buffers); left > 0 && at != end; ++at) {
        const asio::const_buffer part = asio::buffer(asio::const_buffer(*at), left);
        stream.on_received({static_cast<const std::uint8_t*>(part.data()), part.size()});
        left -= part.size();
      }
      self.complete(ec, bytes);
    }

    MeteredSocket& stream;
    Buffers buffers;
  };

  Socket socket_;
};

}  // namespace tidemark::net
