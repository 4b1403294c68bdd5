#include "net/deadlines.h"

#include <doctest/doctest.h>

#include "tests/support/raw_socket.h"

using namespace tidemark;
using net::Deadlines;
using net::Limits;
using test::frame;
using test::frame_header;
using Action = Deadlines::Verdict::Action;
using Side = Deadlines::Side;

namespace {

// A connection whose times the test gives; checks run exactly when they are due.
struct Peer {
  explicit Peer(const Limits& limits = {}, Side side = Side::server) : deadlines(limits, side, 1000) {
    deadlines.opened(1000);
    if (side == Side::client) hear("\r\n\r\n", 1000);
    hear(frame(2, "first"), 1000);
  }

  void hear(std::string_view bytes, std::int64_t now) {
    deadlines.received({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, now);
  }

  // Goes on until the time, pinging when told to; the first verdict that ends the connection.
  Deadlines::Verdict until(std::int64_t end) {
    while (deadlines.due() <= end) {
      const std::int64_t now = at = deadlines.due();
      const auto verdict = deadlines.check(now);
      if (verdict.action == Action::close || verdict.action == Action::drop) return verdict;
      if (verdict.action == Action::ping) {
        ++pings;
        deadlines.pinged(now);
      }
    }
    return {};
  }

  Deadlines deadlines;
  std::int64_t at = 0;
  int pings = 0;
};

}  // namespace

TEST_CASE("the opening handshake has handshake_max, counted from the TCP connection") {
  Deadlines deadlines(Limits{}, Side::server, 500);
  CHECK(deadlines.due() == 10'500);
  CHECK(deadlines.check(10'499).action == Action::wait);
  CHECK(deadlines.check(10'500).action == Action::drop);
}

TEST_CASE("the first message must be complete within first_message_max, on the server only") {
  Deadlines server(Limits{}, Side::server, 0);
  server.opened(0);
  CHECK(server.due() == 5'000);
  const auto verdict = server.check(5'000);
  CHECK(verdict.action == Action::close);
  CHECK(verdict.reason == "no complete first message within 5000 ms");
  Deadlines client(Limits{}, Side::client, 0);
  client.opened(0);
  CHECK(client.due() == 25'000);
}

TEST_CASE("silence is answered by pings after ping_interval each and ended after idle_max") {
  for (const Side side : {Side::server, Side::client}) {
    Peer peer(Limits{}, side);
    const auto verdict = peer.until(1'000'000);
    CHECK(verdict.action == Action::drop);
    CHECK(peer.at == 61'000);
    CHECK(peer.pings == 2);
  }
}

TEST_CASE("a pong now and then keeps a silent connection for ever") {
  Peer peer;
  for (std::int64_t now = 30'000; now < 2'000'000; now += 30'000) {
    CHECK(peer.until(now).action == Action::wait);
    peer.hear(frame(10, ""), now);
  }
  CHECK(peer.pings > 50);
}

TEST_CASE("a message that drips below the byte rate is ended after the window, wherever it drips") {
  const std::string header = frame_header(2, 100'000);
  for (const std::size_t sent : {std::size_t{1}, header.size() - 1, header.size()}) {
    CAPTURE(sent);
    Peer peer;
    peer.hear(header.substr(0, sent), 2'000);
    std::int64_t now = 2'000;
    Deadlines::Verdict verdict;
    while (verdict.action == Action::wait && now < 60'000) {
      now += 300;
      verdict = peer.until(now);
      if (sent == header.size()) peer.hear("x", now);
    }
    CHECK(verdict.action == Action::close);
    CHECK(verdict.reason == "less than 1024 bytes a second");
    CHECK(peer.at == 12'000);
  }
}

TEST_CASE("the byte rate is met at the limit and missed one byte below") {
  for (const int bytes : {10'239, 10'240, 10'241}) {
    CAPTURE(bytes);
    Peer peer;
    peer.hear(frame_header(2, 1'000'000), 2'000);
    peer.hear(std::string(static_cast<std::size_t>(bytes), 'x'), 3'000);
    CHECK((peer.until(12'000).action == Action::close) == (bytes < 10'240));
  }
}

TEST_CASE("a message that is fast enough but never ends is ended at message_max") {
  Peer peer;
  peer.hear(frame_header(2, 1'000'000), 2'000);
  Deadlines::Verdict verdict;
  for (std::int64_t now = 2'000; verdict.action == Action::wait && now < 60'000; now += 500) {
    verdict = peer.until(now);
    peer.hear(std::string(1024, 'x'), now);
  }
  CHECK(verdict.action == Action::close);
  CHECK(verdict.reason == "a message was not complete within 30000 ms");
  CHECK(peer.at == 32'000);
}

TEST_CASE("messages in a row have a deadline each, also when one ends and the next begins in one read") {
  Peer peer;
  const std::string half = std::string(10'000, 'x');
  const std::string next = half + frame_header(2, 20'000) + half;
  peer.hear(frame_header(2, 20'000) + half, 1'000);
  for (std::int64_t now = 9'000; now < 200'000; now += 8'000) {
    CHECK(peer.until(now).action == Action::wait);
    peer.hear(next, now);
  }
}

TEST_CASE("control frames that are never whole at the end of a read do not hide a message that never comes") {
  Peer peer;
  const std::string ping = frame(9, "ping");
  Deadlines::Verdict verdict;
  peer.hear(frame(2, "begun", false), 2'000);
  for (std::int64_t now = 2'000; verdict.action == Action::wait && now < 60'000; now += 1'000) {
    peer.hear(ping.substr(3) + ping + ping.substr(0, 3), now);
    verdict = peer.until(now);
  }
  CHECK(verdict.action == Action::close);
}

TEST_CASE("a message may have fragments_per_message_max frames, empty ones included, and no more") {
  for (const int frames : {1'023, 1'024, 1'025}) {
    CAPTURE(frames);
    Peer peer;
    std::string bytes = frame(2, "", false);
    for (int i = 2; i < frames; ++i) bytes += frame(0, "", false);
    bytes += frame(0, "");
    peer.hear(bytes, 2'000);
    const bool flood = frames > 1'024;
    CHECK((peer.deadlines.due() <= 2'000) == flood);
    CHECK((peer.deadlines.check(2'000).action == Action::close) == flood);
  }
}

TEST_CASE("the peer may send control_frames_per_window_max pings within a window, and again in the next") {
  for (const int extra : {-1, 0, 1}) {
    CAPTURE(extra);
    Peer peer;
    std::string pings;
    for (int i = 0; i < 1'000; ++i) pings += frame(9, "");
    peer.hear(pings.substr(0, pings.size() - (extra < 0 ? frame(9, "").size() : 0)), 2'000);
    if (extra > 0) peer.hear(frame(9, ""), 3'000);
    CHECK((peer.deadlines.check(3'000).action == Action::close) == (extra > 0));
  }
  Peer steady;
  for (std::int64_t now = 2'000; now < 100'000; now += 20) {
    steady.hear(frame(9, ""), now);
    CHECK(steady.until(now).action == Action::wait);
  }
}

TEST_CASE("a message that the peer does not take is ended at message_max") {
  Peer peer;
  peer.deadlines.write_began(2'000);
  for (std::int64_t now = 3'000; now < 32'000; now += 1'000) {
    CHECK(peer.until(now).action == Action::wait);
    peer.hear(frame(2, "still talking"), now);
  }
  CHECK(peer.until(40'000).action == Action::close);
  CHECK(peer.at == 32'000);
  Peer taken;
  taken.deadlines.write_began(2'000);
  taken.deadlines.write_ended();
  CHECK(taken.until(40'000).action == Action::wait);
}

TEST_CASE("closing is cut after close_max, counted from its first call, whatever the peer does") {
  Peer peer;
  peer.deadlines.closing(2'000);
  peer.deadlines.closing(4'000);
  peer.hear(frame(2, "more"), 4'500);
  CHECK(peer.deadlines.due() == 5'000);
  CHECK(peer.deadlines.check(4'999).action == Action::wait);
  CHECK(peer.deadlines.check(5'000).action == Action::drop);
}

TEST_CASE("a check that comes late blames the process first and the peer only the second time") {
  Peer peer;
  peer.hear(frame_header(2, 100'000), 2'000);
  CHECK(peer.deadlines.due() == 12'000);
  CHECK(peer.deadlines.check(40'000).action == Action::wait);
  CHECK(peer.deadlines.due() == 40'200);
  SUBCASE("what had waited in the socket saves the peer") {
    peer.hear(std::string(100'000, 'x'), 40'010);
    CHECK(peer.until(42'000).action == Action::wait);
  }
  SUBCASE("nothing had waited") { CHECK(peer.deadlines.check(90'000).action == Action::close); }
}
