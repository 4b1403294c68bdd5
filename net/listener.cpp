#include "net/listener.h"

#include <boost/asio/ip/tcp.hpp>
#include <system_error>
#include <vector>

#include "net/admission.h"
#include "net/context.h"
#include "net/http_session.h"

namespace tidemark::net {
namespace {

// Refusals are sockets too, so only so many are answered at a time; more are closed without a word.
constexpr std::size_t refusals_max = 256;
// How long accepting rests when the process has no file descriptor left.
constexpr std::chrono::milliseconds accept_rest{100};

Endpoint resolve(asio::io_context& io, const std::string& host, std::uint16_t port, error_code& ec) {
  const auto address = asio::ip::make_address(host, ec);
  if (!ec) return {address, port};
  asio::ip::tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, std::to_string(port), asio::ip::tcp::resolver::passive, ec);
  return ec ? Endpoint() : found.begin()->endpoint();
}

}  // namespace

struct Listener::State : std::enable_shared_from_this<State> {
  State(Loop& on, Options with)
      : loop(on),
        options(std::move(with)),
        acceptor(on.context().executor()),
        rest(on.context().executor()),
        admission(options.limits.connections_max, options.limits.connections_per_address_max) {}

  void listen();
  void accept();
  void accepted(Socket socket);
  void upgrade(Socket socket, const Upgrade& request, std::int64_t since, std::shared_ptr<void> slot);
  void remember(const std::shared_ptr<HttpSession>& session);
  void stop();

  Loop& loop;
  Options options;
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor;
  SteadyTimer rest;
  Admission admission;
  std::size_t refusals = 0;
  bool stopped = false;
  std::vector<std::weak_ptr<HttpSession>> sessions;  // those that may still call one of our functions
  std::size_t prune_at = 64;
};

void Listener::State::listen() {
  error_code ec;
  const Endpoint endpoint = resolve(loop.context().io, options.host, options.port, ec);
  if (!ec) acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(Socket::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(Socket::max_listen_connections, ec);
  if (!ec) return;
  throw std::system_error(static_cast<std::error_code>(ec),
                          "cannot listen on " + options.host + ":" + std::to_string(options.port));
}

void Listener::State::accept() {
  acceptor.async_accept([self = shared_from_this()](const error_code& ec, Socket socket) {
    if (self->stopped) return;
    if (!ec) {
      self->accepted(std::move(socket));
      return self->accept();
    }
    // A connection that its client has already given up costs nothing; anything else will not pass at once.
    if (ec == asio::error::connection_aborted) return self->accept();
    self->rest.expires_after(accept_rest);
    self->rest.async_wait([self](const error_code& cancelled) {
      if (!cancelled && !self->stopped) self->accept();
    });
  });
}

void Listener::State::accepted(Socket socket) {
  error_code ec;
  const Endpoint remote = socket.remote_endpoint(ec);
  if (ec) return;
  HttpSession::Options session{options.limits, options.subprotocol, nullptr, nullptr, nullptr};
  const std::string address = remote.address().to_string();
  const bool loopback = remote.address().is_loopback();
  if (!admission.enter(address, loopback)) {
    if (refusals >= refusals_max) return;
    ++refusals;
    session.slot = std::shared_ptr<void>(nullptr, [self = shared_from_this()](void*) { --self->refusals; });
    const HttpResponse busy{503, "text/plain; charset=utf-8", "The connection limit is reached; try again later.\n"};
    return remember(HttpSession::refuse(std::move(socket), std::move(session), busy));
  }
  session.slot = std::shared_ptr<void>(
      nullptr, [self = shared_from_this(), address, loopback](void*) { self->admission.leave(address, loopback); });
  session.on_request = [self = shared_from_this()](std::string_view path) {
    if (!self->options.on_http) return HttpResponse{404, "text/plain; charset=utf-8", "Nothing is served here.\n"};
    return self->options.on_http(path);
  };
  const std::int64_t since = Loop::steady_ms();
  session.on_upgrade = [self = shared_from_this(), since, slot = session.slot](Socket upgraded,
                                                                               const Upgrade& request) {
    self->upgrade(std::move(upgraded), request, since, slot);
  };
  remember(HttpSession::serve(std::move(socket), std::move(session)));
}

void Listener::State::upgrade(Socket socket, const Upgrade& request, std::int64_t since, std::shared_ptr<void> slot) {
  accept_websocket(loop, std::move(socket), request, options.subprotocol, options.limits, since, std::move(slot),
                   [self = shared_from_this()](ConnectionPtr connection) {
                     if (self->stopped) return connection->close(CloseCode::going_away, "the listener has stopped");
                     self->options.on_connection(std::move(connection));
                   });
}

void Listener::State::remember(const std::shared_ptr<HttpSession>& session) {
  if (sessions.size() >= prune_at) {
    std::erase_if(sessions, [](const auto& weak) { return weak.expired(); });
    prune_at = 2 * sessions.size() + 64;
  }
  sessions.push_back(session);
}

void Listener::State::stop() {
  stopped = true;
  error_code ignored;
  acceptor.close(ignored);
  rest.cancel();
  for (const auto& weak : std::exchange(sessions, {})) {
    if (const auto session = weak.lock()) session->abort();
  }
}

Listener::Listener(Loop& loop, Options options) : state_(std::make_shared<State>(loop, std::move(options))) {
  state_->listen();
  state_->accept();
}

Listener::~Listener() { stop(); }

std::string Listener::address() const {
  error_code ec;
  const Endpoint local = state_->acceptor.local_endpoint(ec);
  return ec ? state_->options.host + ":" + std::to_string(state_->options.port) : to_text(local);
}

void Listener::stop() {
  if (!state_->stopped) state_->stop();
}

}  // namespace tidemark::net
