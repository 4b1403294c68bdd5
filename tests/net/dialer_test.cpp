#include "net/dialer.h"

#include <doctest/doctest.h>

#include <thread>

#include "tests/net/peers.h"

using namespace tidemark;
using namespace tidemark::test;
using std::chrono::milliseconds;

namespace {

net::Url local(const std::string& port) { return {"127.0.0.1", port, "/"}; }

Limits impatient() {
  Limits limits;
  limits.handshake_max = milliseconds(300);
  return limits;
}

// Dials a server that gives this answer to whatever was asked.
Error refused_by(const std::string& answer, bool close = true, const Limits& limits = {}) {
  RawListener listener;
  std::thread server([&] {
    RawSocket socket = listener.accept();
    socket.read_head();
    socket.send(answer);
    if (!close) socket.read_to_end();
  });
  Client client(local(listener.port()), limits);
  client.run_until([&] { return client.failed || client.connection; });
  server.join();
  return client.failed.value_or(Error{});
}

}  // namespace

TEST_CASE("a port where nobody listens is connect_failed, to be tried later") {
  std::string port;
  {
    RawListener gone;
    port = gone.port();
  }
  Client client(local(port));
  CHECK_FALSE(client.open());
  REQUIRE(client.failed);
  CHECK(client.failed->code == "connect_failed");
  CHECK(client.failed->field == "127.0.0.1:" + port);
  CHECK(client.failed->retry == Retry::later);
}

TEST_CASE("a name that nobody has is connect_failed") {
  Client client({"no-such-host.invalid", "7700", "/"});
  CHECK_FALSE(client.open());
  REQUIRE(client.failed);
  CHECK(client.failed->code == "connect_failed");
  CHECK(client.failed->retry == Retry::later);
}

TEST_CASE("a host can be dialled by name") {
  Server server;
  Client client({"localhost", server.url().port, "/some/path?x=y"});
  CHECK(client.open());
  CHECK(client.echo("hello") == "hello");
}

TEST_CASE("a server that refuses the upgrade is handshake_failed with its status and words") {
  const Error missing = refused_by("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot here\n");
  CHECK(missing.code == "handshake_failed");
  CHECK(missing.got == "HTTP 404: not here");
  CHECK(missing.retry == Retry::after_fix);
  const Error busy = refused_by("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  CHECK(busy.got == "HTTP 503");
  CHECK(busy.retry == Retry::later);
  const Error page = refused_by("HTTP/1.1 200 OK\r\n\r\n" + std::string(50'000, 'p'));
  CHECK(page.got == "HTTP 200: " + std::string(200, 'p'));
}

TEST_CASE("a server that is no HTTP server, or goes away, is handshake_failed") {
  const Error garbage = refused_by("220 mail.example ESMTP\r\n\r\n");
  CHECK(garbage.code == "handshake_failed");
  CHECK(garbage.retry == Retry::after_fix);
  const Error gone = refused_by("");
  CHECK(gone.code == "handshake_failed");
  CHECK(gone.retry == Retry::later);
  const Error wrong_key = refused_by(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Accept: AAAA\r\nSec-WebSocket-Protocol: tidemark.v1\r\n\r\n");
  CHECK(wrong_key.code == "handshake_failed");
}

TEST_CASE("a server that never answers, or never to the end, is handshake_failed at handshake_max") {
  for (const std::string begun : {"", "HTTP/1.1 101 Switch"}) {
    const Error error = refused_by(begun, false, impatient());
    CHECK(error.code == "handshake_failed");
    CHECK(error.got == "no opening handshake within 300 ms");
    CHECK(error.retry == Retry::later);
  }
}

TEST_CASE("a relay of another subprotocol refuses, and the error carries its sentence") {
  Server server({}, nullptr, "other.v1");
  Client client(server.url());
  CHECK_FALSE(client.open());
  REQUIRE(client.failed);
  CHECK(client.failed->code == "handshake_failed");
  CHECK(client.failed->got == "HTTP 400: Offer the subprotocol other.v1 in Sec-WebSocket-Protocol.");
}

TEST_CASE("a cancelled dial calls nothing") {
  Server server;
  RawListener mute;
  SUBCASE("at once") {
    Client client(server.url());
    client.cancel();
    client.run_for(milliseconds(100));
    CHECK_FALSE(client.connection);
    CHECK_FALSE(client.failed);
  }
  SUBCASE("while the name is looked up") {
    Client client({"localhost", server.url().port, "/"});
    client.cancel();
    client.run_for(milliseconds(100));
    CHECK_FALSE(client.connection);
    CHECK_FALSE(client.failed);
  }
  SUBCASE("during the handshake") {
    Client client(local(mute.port()), impatient());
    client.run_for(milliseconds(100));
    client.cancel();
    client.run_for(milliseconds(300));
    CHECK_FALSE(client.connection);
    CHECK_FALSE(client.failed);
    RawSocket accepted = mute.accept();
    accepted.read_head();
    CHECK(accepted.read_to_end().empty());
  }
}

TEST_CASE("dropping the dialing after it has opened leaves the connection open") {
  Server server;
  Client client(server.url());
  REQUIRE(client.open());
  client.cancel();
  CHECK(client.echo("hello") == "hello");
}

TEST_CASE("a loop that goes in the middle of a dial lets its functions go") {
  RawListener mute;
  const auto token = std::make_shared<int>(1);
  for (const bool connected : {false, true}) {
    Loop loop;
    const auto dialing = net::dial(
        loop, local(mute.port()), {}, [token](const ConnectionPtr&) {}, [token](const Error&) {});
    Loop::Timer stop(loop);
    stop.arm(milliseconds(connected ? 100 : 0), [&] { loop.stop(); });
    loop.run();
  }
  CHECK(token.use_count() == 1);
}
