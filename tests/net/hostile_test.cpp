// Peers that break the rules, each against a live server that must go on serving another.
#include <doctest/doctest.h>

#include "tests/net/peers.h"

using namespace tidemark;
using namespace tidemark::test;
using std::chrono::milliseconds;

namespace {

// Sends the bytes one by one until the server answers or ends, while another client is served.
RawFrame drip(Server& server, RawSocket& peer, const std::string& bytes) {
  Client other(server.url());
  REQUIRE(other.open());
  for (std::size_t i = 0; i < 600 && !peer.readable(10); ++i) {
    if (!peer.send(bytes.substr(i % bytes.size(), 1))) break;
    if (i % 10 == 0) CHECK(other.echo("going on") == "going on");
  }
  const RawFrame end = peer.read_close();
  CHECK(other.echo("still going on") == "still going on");
  return end;
}

}  // namespace

TEST_CASE("a peer that drips one payload byte at a time is closed with 1008") {
  Server server(short_limits());
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  REQUIRE(peer.send(frame(2, "hello") + frame_header(2, 100'000)));
  CHECK(peer.read_frame()->payload == "hello");
  const RawFrame end = drip(server, peer, "x");
  CHECK(end.close_code() == 1008);
  CHECK(end.close_reason() == "less than 1024 bytes a second");
  CHECK(server.saw(1008));
}

TEST_CASE("a peer that drips a frame header is closed with 1008") {
  Server server(short_limits());
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  CHECK(drip(server, peer, frame_header(2, 100'000)).close_code() == 1008);
}

TEST_CASE("a peer that drips pings, which are never whole, is closed with 1008") {
  Server server(short_limits());
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  REQUIRE(peer.send(frame(9, std::string(125, 'p')).substr(0, 20)));
  CHECK(drip(server, peer, "p").close_code() == 1008);
}

TEST_CASE("a message that begins and stops is closed with 1008") {
  Server server(short_limits());
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  REQUIRE(peer.send(frame(2, "some", false)));
  CHECK(peer.read_close().close_code() == 1008);
}

TEST_CASE("floods of empty or tiny fragments and of pings are ended, while another client is served") {
  Server server(short_limits());
  Client other(server.url());
  REQUIRE(other.open());
  std::string expected_reason = "more than 1024 fragments in one message";
  std::string first = frame(2, "", false);
  std::string repeated;
  SUBCASE("empty continuations") { repeated = frame(0, "", false); }
  SUBCASE("fragments of one byte") { repeated = frame(0, "x", false); }
  SUBCASE("pings") {
    expected_reason = "more than 1000 control frames within 300 ms";
    first.clear();
    repeated = frame(9, "");
  }
  std::string flood = first;
  for (int i = 0; i < 2'000; ++i) flood += repeated;
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  for (int i = 0; i < 50 && peer.send(flood); ++i) {
    flood.erase(0, first.size());
    first.clear();
  }
  const Closed ended = server.closed();
  CHECK(ended.code == 1008);
  CHECK(ended.reason == expected_reason);
  CHECK(other.echo("still going on") == "still going on");
}

TEST_CASE("frames that are not WebSocket frames are closed with 1002") {
  std::string bad;
  SUBCASE("unmasked") { bad = frame(2, "hello", true, false); }
  SUBCASE("reserved bit") { bad = frame(2 | 0x40, "hello"); }
  SUBCASE("unknown opcode") { bad = frame(3, "hello"); }
  SUBCASE("unknown control opcode") { bad = frame(11, ""); }
  SUBCASE("continuation of nothing") { bad = frame(0, "hello"); }
  SUBCASE("a second message inside a fragmented one") { bad = frame(2, "a", false) + frame(2, "b"); }
  SUBCASE("fragmented ping") { bad = frame(9, "p", false); }
  SUBCASE("long ping") { bad = frame(9, std::string(126, 'p')); }
  SUBCASE("length not in its shortest form") { bad = std::string("\x82\xfe\x00\x05\0\0\0\0hello", 13); }
  Server server;
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  REQUIRE(peer.send(bad + std::string(200'000, 'x')));
  CHECK(peer.read_close().close_code() == 1002);
  CHECK(server.closed().code == 1002);
  CHECK_FALSE(server.closed().by_peer);
}

TEST_CASE("text that is not UTF-8 is closed with 1007, also when cut inside a character") {
  std::string bad;
  SUBCASE("a byte that cannot be") { bad = frame(1, "a\xff"); }
  SUBCASE("a surrogate") { bad = frame(1, "\xed\xa0\x80"); }
  SUBCASE("ended inside a character") { bad = frame(1, "gr\xc3"); }
  SUBCASE("over two frames") { bad = frame(1, "gr\xc3", false) + frame(0, "x"); }
  Server server;
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  REQUIRE(peer.send(bad));
  CHECK(peer.read_close().close_code() == 1007);
  CHECK(server.closed().code == 1007);
}

TEST_CASE("lengths above the limit are closed with 1009 before their payload comes") {
  std::string bad;
  SUBCASE("one byte too many") { bad = frame_header(2, max_message_bytes + 1); }
  SUBCASE("2^62") { bad = frame_header(2, std::uint64_t{1} << 62); }
  SUBCASE("2^64 - 1") { bad = frame_header(2, ~std::uint64_t{0}); }
  SUBCASE("over two frames") { bad = frame(2, "a", false) + frame_header(0, max_message_bytes); }
  Server server;
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  REQUIRE(peer.send(bad));
  CHECK(peer.read_close().close_code() == 1009);
  CHECK(server.closed().code == 1009);
}

TEST_CASE("a peer that opens and says nothing is closed at first_message_max") {
  Limits limits = short_limits();
  limits.first_message_max = milliseconds(200);
  Server server(limits);
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  const RawFrame end = peer.read_close();
  CHECK(end.close_code() == 1008);
  CHECK(end.close_reason() == "no complete first message within 200 ms");
}

TEST_CASE("a peer that is gone without a word is dropped at idle_max after unanswered pings") {
  Limits limits = short_limits();
  limits.ping_interval = milliseconds(80);
  limits.idle_max = milliseconds(300);
  Server server(limits);
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  REQUIRE(peer.send(frame(2, "hello")));
  const Closed ended = server.closed();
  CHECK(ended.code == 1006);
  CHECK(ended.reason == "nothing heard within 300 ms");
  CHECK_FALSE(ended.by_peer);
  CHECK(peer.read_frame()->payload == "hello");
  CHECK(peer.read_frame()->opcode == 9);
}

TEST_CASE("a peer that never reads meets the write queue's bound while others are served") {
  Limits limits = short_limits();
  limits.message_max = milliseconds(60'000);
  limits.write_queue_bytes_max = 8 * 1024 * 1024;
  Server server(limits);
  Client other(server.url());
  REQUIRE(other.open());
  RawSocket peer(server.address(), 4096);
  REQUIRE(peer.upgrade() == 101);
  const std::string message = frame(2, std::string(1'000'000, 'x'));
  for (int i = 0; i < 200 && server.closed_count() == 0; ++i) {
    if (!peer.send(message)) break;
  }
  const Closed ended = server.closed();
  CHECK(ended.code == 1013);
  CHECK_FALSE(ended.by_peer);
  CHECK(other.echo("still going on") == "still going on");
}

TEST_CASE("a peer that takes nothing of one message is closed at message_max") {
  Limits limits = short_limits();
  limits.message_bytes_max = 64 * 1024 * 1024;
  limits.write_queue_bytes_max = 64 * 1024 * 1024;
  Server server(limits,
                [](const ConnectionPtr& connection) { connection->send(binary(std::string(32'000'000, 'x'))); });
  RawSocket peer(server.address(), 4096);
  REQUIRE(peer.upgrade() == 101);
  const Closed ended = server.closed();
  CHECK(ended.code == 1008);
  CHECK(ended.reason == "a message was not taken within 1000 ms");
}

TEST_CASE("a peer that never answers our close frame is cut, with our code and once") {
  Server server(short_limits(),
                [](const ConnectionPtr& connection) { connection->close(CloseCode::going_away, "bye"); });
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  SUBCASE("silent") {}
  SUBCASE("talking on") {
    for (int i = 0; i < 20; ++i) {
      if (!peer.send(frame(2, std::string(10'000, 'x')))) break;
      std::this_thread::sleep_for(milliseconds(10));
    }
  }
  SUBCASE("inside a frame") { peer.send(frame_header(2, 1'000'000)); }
  CHECK(peer.read_close().close_code() == 1001);
  const Closed ended = server.closed();
  CHECK(ended.code == 1001);
  CHECK(ended.reason == "bye");
  CHECK(peer.read_to_end().empty());
  CHECK(server.closed_count() == 1);
}

TEST_CASE("a peer that asks to close and never ends its socket is let go") {
  Server server;
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  std::string close;
  int code = 0;
  SUBCASE("with a code") {
    close = frame(8, "\x03\xe9leaving");
    code = 1001;
  }
  SUBCASE("without one") {
    close = frame(8, "");
    code = 1005;
  }
  REQUIRE(peer.send(close));
  CHECK(peer.read_frame()->opcode == 8);
  CHECK_FALSE(peer.read_frame().has_value());
  CHECK(server.closed().code == code);
  CHECK(server.closed().by_peer);
}

TEST_CASE("close frames that make no sense are closed with 1002") {
  std::string payload;
  SUBCASE("one byte") { payload = "\x03"; }
  SUBCASE("code 999") { payload = "\x03\xe7"; }
  SUBCASE("code 1005") { payload = "\x03\xed"; }
  SUBCASE("reason not UTF-8") { payload = "\x03\xe8\xff"; }
  Server server;
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  REQUIRE(peer.send(frame(8, payload)));
  CHECK(peer.read_close().close_code() == 1002);
  CHECK_FALSE(server.closed().by_peer);
}

TEST_CASE("a socket that breaks or ends inside a frame is code 1006") {
  Server server;
  RawSocket peer(server.address());
  REQUIRE(peer.upgrade() == 101);
  REQUIRE(peer.send(frame(2, "hello") + frame_header(2, 100)));
  CHECK(peer.read_frame()->payload == "hello");
  SUBCASE("reset") { peer.reset(); }
  SUBCASE("ended") { peer.close(); }
  SUBCASE("half-closed, then silent") { peer.end_sending(); }
  const Closed ended = server.closed();
  CHECK(ended.code == 1006);
  CHECK(ended.by_peer);
  CHECK(!ended.reason.empty());
}
