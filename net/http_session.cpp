#include "net/http_session.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "net/linger.h"

namespace tidemark::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

using Request = http::request<http::empty_body>;

constexpr std::size_t key_chars = 24;  // base64 of 16 bytes

HttpResponse sentence(unsigned status, std::string text) { return {status, "text/plain; charset=utf-8", text + "\n"}; }

// Whether any of the fields of this name lists the token.
template <class Equal>
bool lists(const Request& request, http::field name, std::string_view token, Equal equal) {
  const auto [begin, end] = request.equal_range(name);
  for (auto at = begin; at != end; ++at) {
    for (const beast::string_view listed : http::token_list(at->value())) {
      if (equal(listed, beast::string_view(token.data(), token.size()))) return true;
    }
  }
  return false;
}

class Session final : public HttpSession, public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, Options options)
      : options_(std::move(options)),
        socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        buffer_(options_.limits.http_header_bytes_max) {
    parser_.header_limit(static_cast<std::uint32_t>(options_.limits.http_header_bytes_max));
    error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  }

  void start_timer() {
    timer_.expires_after(options_.limits.handshake_max);
    timer_.async_wait([self = shared_from_this()](const error_code& ec) {
      if (!ec) self->abort();
    });
  }

  void read() {
    http::async_read_header(socket_, buffer_, parser_,
                            [self = shared_from_this()](const error_code& ec, std::size_t bytes) {
                              // Beast counts the request line apart from the fields; the limit is for both.
                              const bool too_long = !ec && bytes > self->options_.limits.http_header_bytes_max;
                              self->on_head(too_long ? make_error_code(http::error::header_limit) : ec);
                            });
  }

  void answer(const HttpResponse& response);

  void abort() override {
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
    options_.slot.reset();
  }

 private:
  void on_head(const error_code& ec);
  void on_upgrade(const Request& request);

  Options options_;
  Socket socket_;
  SteadyTimer timer_;
  beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  http::response<http::string_body> response_;
};

void Session::on_head(const error_code& ec) {
  if (!socket_.is_open()) return;
  if (ec == http::error::header_limit || ec == http::error::buffer_overflow) {
    return answer(sentence(
        431, "The request header is longer than " + std::to_string(options_.limits.http_header_bytes_max) + " bytes."));
  }
  if (ec == http::error::end_of_stream || ec == http::error::partial_message) return abort();
  if (ec && ec.category() == make_error_code(http::error::bad_method).category()) {
    return answer(sentence(400, "This is not an HTTP/1.1 request: " + ec.message() + "."));
  }
  if (ec) return abort();

  const Request& request = parser_.get();
  if (request.method() != http::verb::get) return answer(sentence(405, "Only GET is served here."));
  if (lists(request, http::field::upgrade, "websocket", beast::iequals)) return on_upgrade(request);
  const std::string target(request.target().data(), request.target().size());
  const std::string path = target.substr(0, target.find('?'));
  answer(options_.on_request ? options_.on_request(path) : sentence(404, "Nothing is served here."));
}

void Session::on_upgrade(const Request& request) {
  if (request.count(http::field::origin) > 0) {
    return answer(sentence(403, "WebSockets from web pages (with an Origin) are not accepted."));
  }
  if (!beast::websocket::is_upgrade(request)) {
    return answer(sentence(400, "A WebSocket upgrade needs HTTP/1.1 and the header Connection: Upgrade."));
  }
  if (!lists(request, http::field::sec_websocket_protocol, options_.subprotocol, std::equal_to<>())) {
    return answer(sentence(400, "Offer the subprotocol " + options_.subprotocol + " in Sec-WebSocket-Protocol."));
  }
  const auto key = request[http::field::sec_websocket_key];
  if (key.size() != key_chars || request.count(http::field::sec_websocket_key) != 1) {
    return answer(sentence(400, "Send one Sec-WebSocket-Key of 16 bytes in base64."));
  }
  if (buffer_.size() > 0) return answer(sentence(400, "Wait for the answer to the upgrade before sending more."));
  const auto version = request[http::field::sec_websocket_version];
  timer_.cancel();
  options_.on_upgrade(std::move(socket_),
                      {std::string(key.data(), key.size()), std::string(version.data(), version.size())});
  options_.slot.reset();
}

void Session::answer(const HttpResponse& response) {
  if (!socket_.is_open()) return;  // on_request may have stopped the listener
  response_.version(11);
  response_.result(response.status);
  response_.set(http::field::server, "tidemark");
  response_.set(http::field::content_type, response.content_type);
  response_.set(http::field::cache_control, "no-store");
  response_.set(http::field::connection, "close");
  if (response.status == 405) response_.set(http::field::allow, "GET");
  response_.body() = response.body;
  response_.prepare_payload();
  http::async_write(socket_, response_, [self = shared_from_this()](const error_code& ec, std::size_t) {
    self->timer_.cancel();
    if (ec || !self->socket_.is_open()) return self->abort();
    linger(self->socket_, self, self->options_.limits.close_max, [self] { self->options_.slot.reset(); });
  });
}

}  // namespace

std::shared_ptr<HttpSession> HttpSession::serve(Socket socket, Options options) {
  const auto session = std::make_shared<Session>(std::move(socket), std::move(options));
  session->start_timer();
  session->read();
  return session;
}

std::shared_ptr<HttpSession> HttpSession::refuse(Socket socket, Options options, const HttpResponse& response) {
  const auto session = std::make_shared<Session>(std::move(socket), std::move(options));
  session->start_timer();
  session->answer(response);
  return session;
}

}  // namespace tidemark::net
