#include "net/dialer.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "net/context.h"
#include "net/websocket.h"

namespace tidemark::net {
namespace {

using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;

// One attempt: look the name up, connect, shake hands. Its pending operations own it.
class Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(Loop& loop, Url url, const Limits& limits, std::function<void(ConnectionPtr)> on_open,
          std::function<void(const Error&)> on_failed)
      : loop_(loop),
        url_(std::move(url)),
        limits_(limits),
        since_(Loop::steady_ms()),
        resolver_(loop.context().executor()),
        socket_(loop.context().executor()),
        timer_(loop.context().executor()),
        on_open_(std::move(on_open)),
        on_failed_(std::move(on_failed)) {}

  void start() {
    timer_.expires_after(limits_.handshake_max);
    timer_.async_wait([self = shared_from_this()](const error_code& ec) {
      if (!ec) self->fail("no answer within " + std::to_string(self->limits_.handshake_max.count()) + " ms");
    });
    resolve();
  }

  void cancel() {
    on_open_ = nullptr;
    on_failed_ = nullptr;
    end();
    if (const auto connection = connection_.lock()) connection->close(CloseCode::normal, "");
  }

 private:
  bool over() const { return !on_failed_; }

  void end() {
    timer_.cancel();
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

  void resolve() {
    error_code ec;
    const auto address = asio::ip::make_address(url_.host, ec);
    if (!ec) return connect({Endpoint(address, static_cast<std::uint16_t>(std::stoul(url_.port)))});
    resolver_.async_resolve(url_.host, url_.port,
                            [self = shared_from_this()](const error_code& failed, const Resolver::results_type& found) {
                              if (self->over()) return;
                              if (failed) return self->fail(failed.message());
                              self->connect({found.begin(), found.end()});
                            });
  }

  void connect(std::vector<Endpoint> endpoints) {
    // The range must stay where it is until the last of its endpoints was tried.
    endpoints_ = std::move(endpoints);
    asio::async_connect(socket_, endpoints_, [self = shared_from_this()](const error_code& ec, const Endpoint&) {
      if (self->over()) return;
      if (ec) return self->fail(ec.message());
      self->shake_hands();
    });
  }

  void shake_hands() {
    timer_.cancel();  // the connection keeps the same deadline from here on
    connection_ = connect_websocket(
        loop_, std::move(socket_), url_, limits_, since_,
        [self = shared_from_this()](ConnectionPtr connection) {
          self->connection_.reset();
          self->on_failed_ = nullptr;
          const auto on_open = std::exchange(self->on_open_, nullptr);
          if (on_open) on_open(std::move(connection));
        },
        [self = shared_from_this()](const Error& error) { self->report(error); });
  }

  void fail(const std::string& got) {
    end();
    report({"connect_failed", url_.host + ":" + url_.port, got, "a relay that listens there",
            "Check the address and that the relay runs.", Retry::later});
  }

  void report(const Error& error) {
    on_open_ = nullptr;
    const auto on_failed = std::exchange(on_failed_, nullptr);
    if (on_failed) on_failed(error);
  }

  Loop& loop_;
  const Url url_;
  const Limits limits_;
  const std::int64_t since_;
  Resolver resolver_;
  Socket socket_;
  SteadyTimer timer_;
  std::vector<Endpoint> endpoints_;
  std::weak_ptr<Connection> connection_;  // while its handshake is under way
  std::function<void(ConnectionPtr)> on_open_;
  std::function<void(const Error&)> on_failed_;
};

struct Handle final : Dialing {
  explicit Handle(std::shared_ptr<Attempt> of) : attempt(std::move(of)) {}
  ~Handle() override { attempt->cancel(); }

  std::shared_ptr<Attempt> attempt;
};

}  // namespace

std::unique_ptr<Dialing> dial(Loop& loop, const Url& url, const Limits& limits,
                              std::function<void(ConnectionPtr)> on_open, std::function<void(const Error&)> on_failed) {
  auto attempt = std::make_shared<Attempt>(loop, url, limits, std::move(on_open), std::move(on_failed));
  attempt->start();
  return std::make_unique<Handle>(std::move(attempt));
}

}  // namespace tidemark::net
