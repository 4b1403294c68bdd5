#include "net/linger.h"

#include <array>
#include <boost/asio/buffer.hpp>

namespace tidemark::net {
namespace {

constexpr std::size_t discard_bytes_max = 8 * 1024 * 1024;

struct Linger : std::enable_shared_from_this<Linger> {
  Linger(Socket& of, std::shared_ptr<void> by, std::function<void()> then)
      : socket(of), owner(std::move(by)), timer(of.get_executor()), done(std::move(then)) {}

  void start(std::chrono::milliseconds max) {
    error_code ignored;
    socket.shutdown(Socket::shutdown_send, ignored);
    timer.expires_after(max);
    timer.async_wait([self = shared_from_this()](const error_code& ec) {
      if (!ec) self->end();
    });
    read();
  }

  void read() {
    socket.async_read_some(asio::buffer(scratch), [self = shared_from_this()](const error_code& ec, std::size_t n) {
      self->discarded += n;
      if (ec || self->discarded > discard_bytes_max) {
        self->end();
      } else {
        self->read();
      }
    });
  }

  void end() {
    if (!socket.is_open()) return;
    error_code ignored;
    socket.close(ignored);
    timer.cancel();
    if (done) done();
  }

  Socket& socket;
  std::shared_ptr<void> owner;
  SteadyTimer timer;
  std::function<void()> done;
  std::array<char, 4096> scratch;
  std::size_t discarded = 0;
};

}  // namespace

void linger(Socket& socket, std::shared_ptr<void> owner, std::chrono::milliseconds max, std::function<void()> done) {
  std::make_shared<Linger>(socket, std::move(owner), std::move(done))->start(max);
}

}  // namespace tidemark::net
