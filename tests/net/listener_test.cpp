#include "net/listener.h"

#include <doctest/doctest.h>

#include <system_error>

#include "tests/net/peers.h"

using namespace tidemark;
using namespace tidemark::test;
using std::chrono::milliseconds;

namespace {

// The whole answer to a request that may be anything.
std::string ask(const Server& server, const std::string& request) {
  RawSocket socket(server.address());
  socket.send(request);
  return socket.read_to_end();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string status(const std::string& answer) { return answer.substr(0, std::min<std::size_t>(12, answer.size())); }

}  // namespace

TEST_CASE("plain HTTP is answered on the same port, without its query, and closed") {
  Server server;
  const std::string found = ask(server, "GET /healthz?verbose=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status(found) == "HTTP/1.1 200");
  CHECK(has(found, "Content-Type: application/json\r\n"));
  CHECK(has(found, "Connection: close\r\n"));
  CHECK(has(found, "\r\n\r\n{\"ok\":true}"));
  CHECK(status(ask(server, "GET /other HTTP/1.1\r\nHost: x\r\n\r\n")) == "HTTP/1.1 404");
  CHECK(status(ask(server, "GET /healthz HTTP/1.0\r\n\r\n")) == "HTTP/1.1 200");
}

TEST_CASE("methods other than GET are refused with 405") {
  Server server;
  for (const std::string method : {"POST", "PUT", "HEAD", "DELETE", "OPTIONS"}) {
    CAPTURE(method);
    const std::string answer = ask(server, method + " /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    CHECK(status(answer) == "HTTP/1.1 405");
    CHECK(has(answer, "Allow: GET\r\n"));
  }
}

TEST_CASE("what is not HTTP is refused with 400, and the server goes on") {
  Server server;
  CHECK(status(ask(server, "hello\r\n\r\n")) == "HTTP/1.1 400");
  CHECK(status(ask(server, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) == "HTTP/1.1 400");
  CHECK(status(ask(server, "\x16\x03\x01\x02\r\n\r\n")) == "HTTP/1.1 400");
  CHECK(status(ask(server, "GET / HTTP/1.1\r\nno colon\r\n\r\n")) == "HTTP/1.1 400");
  CHECK(status(ask(server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")) == "HTTP/1.1 200");
}

TEST_CASE("a request head may be as long as the limit and not one byte longer") {
  Server server;
  const std::string begin = "GET /healthz HTTP/1.1\r\nHost: x\r\nFiller: ";
  for (const std::size_t size : {8191u, 8192u, 8193u}) {
    CAPTURE(size);
    const std::string request = begin + std::string(size - begin.size() - 4, 'f') + "\r\n\r\n";
    REQUIRE(request.size() == size);
    CHECK(status(ask(server, request)) == (size <= 8192 ? "HTTP/1.1 200" : "HTTP/1.1 431"));
  }
  CHECK(status(ask(server, "GET /" + std::string(100'000, 'x'))) == "HTTP/1.1 431");
}

TEST_CASE("an upgrade echoes the subprotocol") {
  Server server;
  RawSocket socket(server.address());
  socket.send(upgrade_request + "Sec-WebSocket-Protocol: chat, tidemark.v1\r\n\r\n");
  const std::string answer = socket.read_head();
  CHECK(status(answer) == "HTTP/1.1 101");
  CHECK(has(answer, "Sec-WebSocket-Protocol: tidemark.v1\r\n"));
  CHECK(has(answer, "Sec-WebSocket-Accept: ICX+Yqv66kxgM0FcWaLWlFLwTAI=\r\n"));
}

TEST_CASE("an upgrade that cannot be granted is refused with a sentence") {
  Server server;
  const std::string blank = "\r\n";
  CHECK(status(ask(server, upgrade_request + blank)) == "HTTP/1.1 400");
  CHECK(has(ask(server, upgrade_request + blank), "Offer the subprotocol tidemark.v1"));
  CHECK(status(ask(server, upgrade_request + "Sec-WebSocket-Protocol: tidemark.v10, chat\r\n\r\n")) == "HTTP/1.1 400");
  CHECK(status(ask(server, upgrade_request + offer_subprotocol + "Origin: https://example.org\r\n\r\n")) ==
        "HTTP/1.1 403");
  CHECK(status(ask(server, upgrade_request + offer_subprotocol + "Origin: null\r\n\r\n")) == "HTTP/1.1 403");
  CHECK(status(ask(server, upgrade_request + offer_subprotocol + blank + frame(2, "early"))) == "HTTP/1.1 400");
  const auto without = [](const std::string& line) {
    std::string request = upgrade_request + offer_subprotocol + "\r\n";
    const std::size_t at = request.find(line);
    return request.erase(at, request.find('\n', at) + 1 - at);
  };
  CHECK(status(ask(server, without("Sec-WebSocket-Key"))) == "HTTP/1.1 400");
  CHECK(status(ask(server, without("Connection"))) == "HTTP/1.1 400");
  CHECK(status(ask(server, without("Upgrade: "))) == "HTTP/1.1 404");
  CHECK(status(ask(server, without("Sec-WebSocket-Version"))) == "HTTP/1.1 426");
  std::string old = upgrade_request + offer_subprotocol + "\r\n";
  old.replace(old.find("Version: 13"), 11, "Version: 8");
  CHECK(status(ask(server, old)) == "HTTP/1.1 426");
  CHECK(server.closed_count() == 0);
}

TEST_CASE("a client that drips its request, or sends none, is cut at handshake_max") {
  Limits limits;
  limits.handshake_max = milliseconds(300);
  Server server(limits);
  RawSocket silent(server.address());
  RawSocket dripping(server.address());
  const std::string request = "GET /" + std::string(2'000, 'x');
  for (std::size_t i = 0; i < request.size() && !dripping.readable(10); ++i) {
    if (!dripping.send(request.substr(i, 1))) break;
  }
  CHECK(dripping.read_to_end().empty());
  CHECK(silent.read_to_end().empty());
}

TEST_CASE("connections beyond connections_max are refused with 503 until one leaves") {
  Limits limits;
  limits.connections_max = 2;
  Server server(limits);
  Client first(server.url());
  REQUIRE(first.open());
  RawSocket second(server.address());
  REQUIRE(second.upgrade() == 101);
  CHECK(RawSocket(server.address()).upgrade() == 503);
  CHECK(status(ask(server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")) == "HTTP/1.1 503");
  Client refused(server.url());
  CHECK_FALSE(refused.open());
  CHECK(refused.failed->code == "handshake_failed");
  CHECK(refused.failed->retry == Retry::later);
  second.close();
  CHECK(server.closed().code == 1006);
  CHECK(RawSocket(server.address()).upgrade() == 101);
  CHECK(first.echo("undisturbed") == "undisturbed");
}

TEST_CASE("HTTP requests give their places back") {
  Limits limits;
  limits.connections_max = 1;
  Server server(limits);
  for (int i = 0; i < 5; ++i) {
    std::string answer;
    for (int tries = 0; tries < 200 && status(answer) != "HTTP/1.1 200"; ++tries) {
      answer = ask(server, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    CHECK(status(answer) == "HTTP/1.1 200");
  }
}

TEST_CASE("a listener that stops accepts nothing more and leaves open connections alone") {
  Server server;
  Client client(server.url());
  REQUIRE(client.open());
  RawSocket undecided(server.address());
  REQUIRE(undecided.send("GET /heal"));
  CHECK(client.echo("before") == "before");
  server.run([&] { server.listener().stop(); });
  CHECK(undecided.read_to_end().empty());
  CHECK_THROWS_AS(RawSocket(server.address()), std::runtime_error);
  CHECK(client.echo("after") == "after");
}

TEST_CASE("an address in use and one that is not ours are errors that name it") {
  Server server;
  Loop loop;
  Listener::Options options;
  options.port = static_cast<std::uint16_t>(std::stoi(server.url().port));
  try {
    Listener second(loop, options);
    FAIL("bound twice");
  } catch (const std::system_error& error) {
    CHECK(error.code() == std::errc::address_in_use);
    CHECK(has(error.what(), "cannot listen on " + server.address()));
  }
  options.host = "192.0.2.1";
  CHECK_THROWS_AS(Listener(loop, options), std::system_error);
  options.host = "no-such-host.invalid";
  CHECK_THROWS_AS(Listener(loop, options), std::system_error);
}

TEST_CASE("address tells the real port, also of a host given by name") {
  Loop loop;
  Listener::Options options;
  options.host = "localhost";
  const Listener listener(loop, options);
  const auto url = net::parse_url("ws://" + listener.address());
  REQUIRE(url);
  CHECK(url->port != "0");
}
