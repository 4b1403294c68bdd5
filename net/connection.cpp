#include "net/connection.h"

#include <algorithm>
#include <boost/beast/websocket/stream.hpp>
#include <optional>

#include "hlc/assert.h"
#include "net/deadlines.h"
#include "net/linger.h"
#include "net/metered_socket.h"
#include "net/read_buffer.h"
#include "net/websocket.h"
#include "net/write_queue.h"

namespace tidemark::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

constexpr std::size_t mask_buffer_bytes = 64 * 1024;  // a client copies what it sends to mask it
constexpr std::size_t close_reason_bytes_max = 123;   // of RFC 6455: a control frame's 125, less the code
constexpr std::size_t answer_excerpt_bytes = 200;     // of a refusal's body, for the error
constexpr std::string_view client_subprotocol = "tidemark.v1";

// Whether the socket itself failed, rather than what came through it or we ourselves.
bool is_broken(const error_code& ec) {
  if (!ec || ec == asio::error::operation_aborted) return false;
  return ec.category() == asio::error::get_system_category() || ec.category() == asio::error::get_misc_category();
}

// Foreign bytes as one line that can be shown and sent.
std::string printable(std::string text) {
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.pop_back();
  for (char& c : text) c = c < ' ' || c > '~' ? '?' : c;
  return text;
}

// Cut to what a close frame can hold, between two characters.
std::string close_text(const std::string& reason) {
  std::size_t size = std::min(reason.size(), close_reason_bytes_max);
  while (size < reason.size() && size > 0 && (static_cast<unsigned char>(reason[size]) & 0xc0) == 0x80) --size;
  return reason.substr(0, size);
}

class WebSocketConnection final : public Connection, public std::enable_shared_from_this<WebSocketConnection> {
 public:
  static std::shared_ptr<WebSocketConnection> make(Loop& loop, Socket socket, Deadlines::Side side,
                                                   const Limits& limits, std::int64_t since) {
    auto connection = std::make_shared<WebSocketConnection>(loop, std::move(socket), side, limits, since);
    loop.context().connections[connection.get()] = connection;
    connection->reschedule();
    return connection;
  }

  WebSocketConnection(Loop& loop, Socket socket, Deadlines::Side side, const Limits& limits, std::int64_t since)
      : context_(loop.context()),
        limits_(limits),
        deadlines_(limits, side, since),
        stream_(std::move(socket)),
        timer_(context_.executor()),
        queue_(limits.write_queue_bytes_max) {
    TIDEMARK_ASSERT(limits.message_bytes_max > 0);
    error_code ec;
    const Endpoint remote = this->socket().remote_endpoint(ec);
    peer_ = ec ? "unknown" : to_text(remote);
    this->socket().set_option(asio::ip::tcp::no_delay(true), ec);
    stream_.next_layer().on_received = [this](ByteView raw) { on_received(raw); };
    stream_.auto_fragment(false);
    stream_.write_buffer_bytes(mask_buffer_bytes);
    stream_.read_message_max(limits.message_bytes_max);
    stream_.set_option(
        websocket::stream_base::timeout{websocket::stream_base::none(), websocket::stream_base::none(), false});
  }

  ~WebSocketConnection() override { context_.connections.erase(this); }

  void accept(const Upgrade& upgrade, const std::string& subprotocol, std::shared_ptr<void> slot,
              std::function<void(ConnectionPtr)> on_open);
  void handshake(const Url& url, std::function<void(ConnectionPtr)> on_open,
                 std::function<void(const Error&)> on_failed);

  void set_handlers(Handlers handlers) override {
    if (phase_ != Phase::ended) handlers_ = std::make_shared<const Handlers>(std::move(handlers));
  }
  void send(Frame frame) override;
  std::size_t queued_bytes() const override { return queue_.bytes(); }
  void close(CloseCode code, std::string reason) override;
  std::string peer() const override { return peer_; }

 private:
  // draining: close() was called and the queue is still being sent. closing: the close frame is next.
  enum class Phase { opening, open, draining, closing, ended };
  enum class Cut { now, lingering };

  Socket& socket() { return stream_.next_layer().socket(); }
  void opened();
  void opening_failed(const std::string& got, Retry retry, Cut cut = Cut::lingering);
  void read();
  void on_read(const error_code& ec, std::size_t bytes);
  void deliver();
  void write_next();
  void on_write(const error_code& ec);
  void on_received(ByteView raw);
  void reschedule();
  void on_timer();
  void fail(CloseCode code, std::string reason);
  void send_close();
  void on_stream_ended(const error_code& ec);
  void finish(Closed closed, Cut cut);

  Loop::Context& context_;
  Limits limits_;
  Deadlines deadlines_;
  websocket::stream<MeteredSocket, false> stream_;
  SteadyTimer timer_;
  std::optional<std::int64_t> armed_for_;
  std::string peer_;
  std::string url_;  // client only
  Phase phase_ = Phase::opening;
  ReadBuffer buffer_;
  WriteQueue queue_;
  bool pinging_ = false;
  Closed closed_;  // ours, from draining on
  std::shared_ptr<void> slot_;
  // Shared, so that a handler that replaces the handlers does not destroy itself while it runs.
  std::shared_ptr<const Handlers> handlers_;
  std::function<void(ConnectionPtr)> on_open_;
  std::function<void(const Error&)> on_failed_;
};

void WebSocketConnection::accept(const Upgrade& upgrade, const std::string& subprotocol, std::shared_ptr<void> slot,
                                 std::function<void(ConnectionPtr)> on_open) {
  slot_ = std::move(slot);
  on_open_ = std::move(on_open);
  stream_.set_option(websocket::stream_base::decorator([subprotocol](websocket::response_type& response) {
    response.set(http::field::server, "tidemark");
    response.set(http::field::sec_websocket_protocol, subprotocol);
    if (response.result() != http::status::switching_protocols) response.set(http::field::connection, "close");
  }));
  // Only what the answer depends on: the HTTP session has read and judged the real request.
  http::request<http::empty_body> request(http::verb::get, "/", 11);
  request.set(http::field::host, "-");
  request.set(http::field::connection, "upgrade");
  request.set(http::field::upgrade, "websocket");
  request.set(http::field::sec_websocket_key, upgrade.key);
  request.set(http::field::sec_websocket_version, upgrade.version);
  stream_.async_accept(request, [self = shared_from_this()](const error_code& ec) {
    if (ec) {
      self->opening_failed(ec.message(), Retry::never);
    } else {
      self->opened();
    }
  });
}

void WebSocketConnection::handshake(const Url& url, std::function<void(ConnectionPtr)> on_open,
                                    std::function<void(const Error&)> on_failed) {
  on_open_ = std::move(on_open);
  on_failed_ = std::move(on_failed);
  const bool ipv6 = url.host.find(':') != std::string::npos;
  const std::string host = (ipv6 ? "[" + url.host + "]" : url.host) + ":" + url.port;
  url_ = "ws://" + host + url.path;
  stream_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
    request.set(http::field::user_agent, "tidemark");
    request.set(http::field::sec_websocket_protocol, client_subprotocol);
  }));
  const auto response = std::make_shared<websocket::response_type>();
  stream_.async_handshake(*response, host, url.path, [self = shared_from_this(), response](const error_code& ec) {
    if (ec == websocket::error::upgrade_declined) {
      const unsigned status = response->result_int();
      const std::string body = printable(response->body().substr(0, answer_excerpt_bytes));
      const bool busy = status == 429 || status >= 500;
      self->opening_failed("HTTP " + std::to_string(status) + (body.empty() ? "" : ": " + body),
                           busy ? Retry::later : Retry::after_fix);
    } else if (ec) {
      const bool gone = is_broken(ec) || ec == http::error::end_of_stream || ec == http::error::partial_message;
      self->opening_failed(ec.message(), gone ? Retry::later : Retry::after_fix);
    } else if ((*response)[http::field::sec_websocket_protocol] != client_subprotocol) {
      self->opening_failed("a WebSocket without this subprotocol", Retry::after_fix);
    } else {
      self->opened();
    }
  });
}

void WebSocketConnection::opened() {
  if (phase_ == Phase::ended) return;
  phase_ = Phase::open;
  deadlines_.opened(Loop::steady_ms());
  const auto on_open = std::move(on_open_);
  on_open_ = nullptr;
  on_failed_ = nullptr;
  on_open(shared_from_this());
  reschedule();
  if (phase_ != Phase::ended) read();
}

void WebSocketConnection::opening_failed(const std::string& got, Retry retry, Cut cut) {
  if (phase_ == Phase::ended) return;
  const auto on_failed = std::move(on_failed_);
  deadlines_.closing(Loop::steady_ms());
  finish({}, cut);
  if (!on_failed) return;
  on_failed({"handshake_failed", url_, got, "a WebSocket of subprotocol " + std::string(client_subprotocol),
             "Check that the URL is that of a relay.", retry});
}

void WebSocketConnection::read() {
  // The stream's own hint asserts while a close is under way and has begun a frame, so the buffer only doubles.
  const auto room = buffer_.room(limits_.message_bytes_max);
  stream_.async_read_some(
      asio::buffer(room.data(), room.size()),
      [self = shared_from_this()](const error_code& ec, std::size_t bytes) { self->on_read(ec, bytes); });
}

void WebSocketConnection::on_read(const error_code& ec, std::size_t bytes) {
  if (phase_ == Phase::ended) return;
  if (ec) return on_stream_ended(ec);
  buffer_.filled(bytes);
  if (stream_.is_message_done()) deliver();
  if (phase_ != Phase::ended) read();
}

void WebSocketConnection::deliver() {
  Frame frame{stream_.got_text(), buffer_.take()};
  const auto handlers = handlers_;
  if (phase_ == Phase::open && handlers && handlers->on_frame) handlers->on_frame(std::move(frame));
}

void WebSocketConnection::send(Frame frame) {
  TIDEMARK_ASSERT(frame.bytes != nullptr);
  if (phase_ != Phase::open) return;
  if (queue_.push(std::move(frame))) return write_next();
  fail(CloseCode::busy, "more than " + std::to_string(limits_.write_queue_bytes_max) + " bytes wait to be sent");
}

void WebSocketConnection::write_next() {
  if (queue_.writing() || phase_ == Phase::ended) return;
  if (queue_.empty()) {
    if (phase_ == Phase::draining) send_close();
    return;
  }
  const Frame& frame = queue_.begin_write();
  deadlines_.write_began(Loop::steady_ms());
  reschedule();
  stream_.text(frame.text);
  stream_.async_write(asio::buffer(*frame.bytes),
                      [self = shared_from_this()](const error_code& ec, std::size_t) { self->on_write(ec); });
}

void WebSocketConnection::on_write(const error_code& ec) {
  queue_.end_write();
  deadlines_.write_ended();
  // Aborted means that the reading side has ended the stream; it knows why and reports it next.
  if (phase_ == Phase::ended || ec == asio::error::operation_aborted) return;
  if (ec) return on_stream_ended(ec);
  write_next();
  const auto handlers = handlers_;
  if (phase_ == Phase::open && queue_.empty() && handlers && handlers->on_drained) handlers->on_drained();
}

void WebSocketConnection::on_received(ByteView raw) {
  deadlines_.received(raw, Loop::steady_ms());
  if (phase_ != Phase::ended) reschedule();
}

// Arms the timer when something has become due earlier. What has moved away is found out when the timer
// runs, so a busy connection does not pay for a timer with every message.
void WebSocketConnection::reschedule() {
  const std::int64_t due = deadlines_.due();
  if (phase_ == Phase::ended || (armed_for_ && *armed_for_ <= due)) return;
  armed_for_ = due;
  timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::milliseconds(due)));
  timer_.async_wait([self = shared_from_this()](const error_code& ec) {
    if (!ec) self->on_timer();
  });
}

void WebSocketConnection::on_timer() {
  using Action = Deadlines::Verdict::Action;
  armed_for_.reset();
  if (phase_ == Phase::ended) return;
  const std::int64_t now = Loop::steady_ms();
  // The library answers a close or a bad frame by itself; that must not take for ever either.
  if (phase_ != Phase::opening && !stream_.is_open()) deadlines_.closing(now);
  const auto verdict = deadlines_.check(now);
  switch (verdict.action) {
    case Action::wait:
      break;
    case Action::close:
      fail(CloseCode::policy, verdict.reason);
      break;
    case Action::drop:
      if (phase_ == Phase::opening) return opening_failed(verdict.reason, Retry::later, Cut::now);
      return finish(closed_.code != 0 ? closed_ : Closed{1006, verdict.reason, false}, Cut::now);
    case Action::ping:
      deadlines_.pinged(now);
      if (pinging_ || phase_ != Phase::open) break;
      pinging_ = true;
      stream_.async_ping({}, [self = shared_from_this()](const error_code&) { self->pinging_ = false; });
      break;
  }
  reschedule();
}

void WebSocketConnection::close(CloseCode code, std::string reason) {
  if (phase_ == Phase::opening) return finish({}, Cut::now);
  if (phase_ != Phase::open) return;
  phase_ = Phase::draining;
  closed_ = {static_cast<std::uint16_t>(code), std::move(reason), false};
  deadlines_.closing(Loop::steady_ms());
  reschedule();
  write_next();
}

// Closes without sending the rest of the queue.
void WebSocketConnection::fail(CloseCode code, std::string reason) {
  if (phase_ != Phase::open) return;
  closed_ = {static_cast<std::uint16_t>(code), std::move(reason), false};
  queue_.clear_waiting();
  deadlines_.closing(Loop::steady_ms());
  reschedule();
  send_close();
}

void WebSocketConnection::send_close() {
  phase_ = Phase::closing;
  if (!stream_.is_open()) return;  // it is ending already, and the pending read will say so
  const websocket::close_reason reason(static_cast<websocket::close_code>(closed_.code), close_text(closed_.reason));
  stream_.async_close(reason, [self = shared_from_this()](const error_code& ec) {
    if (ec != asio::error::operation_aborted) self->on_stream_ended(ec);
  });
}

void WebSocketConnection::on_stream_ended(const error_code& ec) {
  if (phase_ == Phase::ended) return;
  deadlines_.closing(Loop::steady_ms());
  if (closed_.code != 0) return finish(closed_, is_broken(ec) ? Cut::now : Cut::lingering);
  if (ec == websocket::error::closed) {
    const auto& reason = stream_.reason();
    const std::uint16_t code = reason.code == websocket::close_code::none ? 1005 : reason.code;
    return finish({code, std::string(reason.reason.data(), reason.reason.size()), true}, Cut::lingering);
  }
  if (ec.category() == make_error_code(websocket::error::closed).category()) {
    const CloseCode code = ec == websocket::error::message_too_big     ? CloseCode::too_big
                           : ec == websocket::error::bad_frame_payload ? CloseCode::bad_payload
                                                                       : CloseCode::protocol;
    return finish({static_cast<std::uint16_t>(code), ec.message(), false}, Cut::lingering);
  }
  finish({1006, ec.message(), true}, Cut::now);
}

// The one way out. Lets go of everything that could own this connection.
void WebSocketConnection::finish(Closed closed, Cut cut) {
  const bool was_open = phase_ != Phase::opening;
  phase_ = Phase::ended;
  timer_.cancel();
  queue_.clear_waiting();
  on_open_ = nullptr;
  on_failed_ = nullptr;
  if (cut == Cut::now) {
    error_code ignored;
    socket().close(ignored);
    slot_.reset();
  } else {
    const std::int64_t left = std::max<std::int64_t>(0, deadlines_.due() - Loop::steady_ms());
    linger(socket(), shared_from_this(), std::chrono::milliseconds(left), [this] { slot_.reset(); });
  }
  const auto handlers = std::move(handlers_);
  handlers_ = nullptr;
  if (was_open && handlers && handlers->on_closed) handlers->on_closed(closed);
}

}  // namespace

void accept_websocket(Loop& loop, Socket socket, const Upgrade& upgrade, const std::string& subprotocol,
                      const Limits& limits, std::int64_t since, std::shared_ptr<void> slot,
                      std::function<void(ConnectionPtr)> on_open) {
  WebSocketConnection::make(loop, std::move(socket), Deadlines::Side::server, limits, since)
      ->accept(upgrade, subprotocol, std::move(slot), std::move(on_open));
}

ConnectionPtr connect_websocket(Loop& loop, Socket socket, const Url& url, const Limits& limits, std::int64_t since,
                                std::function<void(ConnectionPtr)> on_open,
                                std::function<void(const Error&)> on_failed) {
  auto connection = WebSocketConnection::make(loop, std::move(socket), Deadlines::Side::client, limits, since);
  connection->handshake(url, std::move(on_open), std::move(on_failed));
  return connection;
}

}  // namespace tidemark::net
