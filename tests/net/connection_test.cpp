#include "net/connection.h"

#include <doctest/doctest.h>

#include "tests/net/peers.h"

using namespace tidemark;
using namespace tidemark::test;
using std::chrono::milliseconds;

TEST_CASE("what is sent comes back as it was, text as text and binary as binary") {
  Server server;
  Client client(server.url());
  REQUIRE(client.open());
  CHECK(client.connection->peer() == server.address());
  client.connection->send(text("gr\xc3\xbc\xc3\x9f"));
  client.connection->send(binary(std::string("\0\xff", 2)));
  client.connection->send(text(""));
  REQUIRE(client.run_until([&] { return client.frames.size() == 3; }));
  CHECK(client.frames[0].text);
  CHECK(client.frames[0].as_text() == "gr\xc3\xbc\xc3\x9f");
  CHECK_FALSE(client.frames[1].text);
  CHECK(client.frames[1].as_text() == std::string_view("\0\xff", 2));
  CHECK(client.frames[2].text);
  CHECK(client.frames[2].bytes->empty());
}

TEST_CASE("a message may be as long as the limit and not one byte longer") {
  Limits limits;
  limits.message_bytes_max = 100'000;
  Server server(limits);
  for (const std::size_t size : {99'999u, 100'000u, 100'001u}) {
    CAPTURE(size);
    Client client(server.url());
    REQUIRE(client.open());
    const std::string sent(size, 'm');
    const std::string got = client.echo(sent);
    if (size <= 100'000) {
      CHECK(got == sent);
      continue;
    }
    REQUIRE(client.run_until([&] { return client.closed.has_value(); }));
    CHECK(client.closed->code == 1009);
    CHECK(client.closed->by_peer);
    CHECK(server.saw(1009));
  }
}

TEST_CASE("a megabyte echoes with the default limits") {
  Server server;
  Client client(server.url());
  REQUIRE(client.open());
  std::string sent(max_message_bytes, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 2654435761u >> 13);
  CHECK(client.echo(sent) == sent);
}

TEST_CASE("many queued messages keep their order and bytes, and on_drained says when they are out") {
  Server server;
  Client client(server.url());
  REQUIRE(client.open());
  std::vector<std::string> sent;
  for (std::size_t i = 0; i < 2'000; ++i) sent.push_back(std::to_string(i) + std::string(i % 900, 'q'));
  std::size_t bytes = 0;
  for (const auto& message : sent) {
    client.connection->send(binary(message));
    bytes += message.size();
  }
  CHECK(client.connection->queued_bytes() == bytes);
  CHECK(client.drained == 0);
  REQUIRE(client.run_until([&] { return client.frames.size() == sent.size() && client.drained > 0; }));
  CHECK(client.drained == 1);
  CHECK(client.connection->queued_bytes() == 0);
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (client.frames[i].as_text() != sent[i]) FAIL("message " << i << " differs");
  }
}

TEST_CASE("a queue that would exceed its limit closes the connection with 1013") {
  Limits limits;
  limits.write_queue_bytes_max = 1'000;
  for (const std::size_t size : {999u, 1'000u, 1'001u}) {
    CAPTURE(size);
    Server server;
    Client client(server.url(), limits);
    REQUIRE(client.open());
    client.connection->send(binary(std::string(size, 'q')));
    if (size <= 1'000) {
      REQUIRE(client.run_until([&] { return client.frames.size() == 1; }));
      continue;
    }
    CHECK(client.closed_calls == 0);
    REQUIRE(client.run_until([&] { return client.closed.has_value(); }));
    CHECK(client.closed->code == 1013);
    CHECK_FALSE(client.closed->by_peer);
    CHECK(client.closed_calls == 1);
    const Closed seen = server.closed();
    CHECK(seen.code == 1013);
    CHECK(seen.by_peer);
    CHECK(seen.reason == "more than 1000 bytes wait to be sent");
  }
}

TEST_CASE("closing sends the queue first, and each side learns the code once") {
  Server server;
  Client client(server.url());
  REQUIRE(client.open());
  for (int i = 0; i < 50; ++i) client.connection->send(binary(std::string(10'000, 'q')));
  client.connection->close(CloseCode::going_away, "moving on");
  client.connection->close(CloseCode::internal, "the second call does nothing");
  client.connection->send(binary("too late"));
  CHECK(client.closed_calls == 0);
  REQUIRE(client.run_until([&] { return client.closed.has_value(); }));
  client.run_for(milliseconds(20));
  CHECK(client.closed_calls == 1);
  CHECK(client.closed->code == 1001);
  CHECK(client.closed->reason == "moving on");
  CHECK_FALSE(client.closed->by_peer);
  const Closed seen = server.closed();
  CHECK(seen.code == 1001);
  CHECK(seen.reason == "moving on");
  CHECK(seen.by_peer);
  CHECK(client.frames.empty());
}

TEST_CASE("all queued messages arrive before the close frame") {
  std::mutex mutex;
  std::size_t received = 0;
  Server counting({}, [&](const ConnectionPtr& connection) {
    Connection::Handlers handlers;
    handlers.on_frame = [&](const Frame& frame) {
      std::lock_guard lock(mutex);
      received += frame.bytes->size();
    };
    handlers.on_closed = [&, connection](const Closed& closed) { counting.ended(closed); };
    connection->set_handlers(std::move(handlers));
  });
  Client client(counting.url());
  REQUIRE(client.open());
  for (int i = 0; i < 100; ++i) client.connection->send(binary(std::string(20'000, 'q')));
  client.connection->close(CloseCode::normal, "done");
  REQUIRE(client.run_until([&] { return client.closed.has_value(); }));
  CHECK(counting.closed().code == 1000);
  std::lock_guard lock(mutex);
  CHECK(received == 2'000'000);
}

TEST_CASE("both sides closing at once end with their own codes") {
  Server server({}, [](const ConnectionPtr& connection) { connection->close(CloseCode::busy, "theirs"); });
  Client client(server.url());
  REQUIRE(client.open());
  client.connection->close(CloseCode::normal, "ours");
  REQUIRE(client.run_until([&] { return client.closed.has_value(); }));
  CHECK(client.closed->code == 1000);
  CHECK(server.closed().code == 1013);
}

TEST_CASE("closing while the other side goes on sending ends in order, wherever the frames are cut") {
  for (const std::size_t size : {100u, 1'500u, 4'090u, 20'000u, 70'000u}) {
    Server server({}, [size](ConnectionPtr connection) {
      for (int i = 0; i < 30; ++i) connection->send(binary(std::string(size, 'x')));
    });
    for (std::size_t after : {1u, 2u, 3u}) {
      Client client(server.url());
      REQUIRE(client.run_until([&] { return client.frames.size() >= after; }));
      client.connection->close(CloseCode::normal, "done");
      REQUIRE(client.run_until([&] { return client.closed.has_value(); }));
      CHECK(client.closed->code == 1000);
    }
  }
}

TEST_CASE("a long close reason is cut between two characters") {
  Server server;
  Client client(server.url());
  REQUIRE(client.open());
  std::string reason = "x";
  for (int i = 0; i < 100; ++i) reason += "\xc3\xbc";
  client.connection->close(CloseCode::normal, reason);
  REQUIRE(client.run_until([&] { return client.closed.has_value(); }));
  const Closed seen = server.closed();
  CHECK(seen.code == 1000);
  CHECK(seen.reason == reason.substr(0, 123));
}

TEST_CASE("closing from inside on_frame and letting everything go there is safe") {
  Server server({}, [](const ConnectionPtr& connection) {
    Connection::Handlers handlers;
    handlers.on_frame = [connection, big = std::string(1000, 'c')](const Frame&) {
      connection->close(CloseCode::policy, "seen enough");
      connection->set_handlers({});
      CHECK(big.size() == 1000);
    };
    connection->set_handlers(std::move(handlers));
  });
  Client client(server.url());
  REQUIRE(client.open());
  client.connection->send(text("hello"));
  REQUIRE(client.run_until([&] { return client.closed.has_value(); }));
  CHECK(client.closed->code == 1008);
  CHECK(client.closed->reason == "seen enough");
  CHECK(client.closed->by_peer);
}

TEST_CASE("handlers are let go after on_closed, so a session that owns its connection dies") {
  std::weak_ptr<int> session;
  Server server;
  {
    Client client(server.url());
    REQUIRE(client.open());
    auto owned = std::make_shared<int>(1);
    session = owned;
    Connection::Handlers handlers;
    handlers.on_closed = [owned, connection = client.connection, &client](const Closed&) { client.loop().stop(); };
    client.connection->set_handlers(std::move(handlers));
    owned.reset();
    client.connection->close(CloseCode::normal, "");
    client.run_until([&] { return session.expired(); });
    CHECK(session.expired());
  }
  CHECK(server.closed().code == 1000);
}

TEST_CASE("a loop that goes with open connections lets their handlers go") {
  Server server;
  std::weak_ptr<int> session;
  {
    Client client(server.url());
    REQUIRE(client.open());
    auto owned = std::make_shared<int>(1);
    session = owned;
    Connection::Handlers handlers;
    handlers.on_frame = [owned, connection = client.connection](const Frame&) {};
    client.connection->set_handlers(std::move(handlers));
    client.connection.reset();
  }
  CHECK(session.expired());
  CHECK(server.closed().code == 1006);
}

TEST_CASE("pings keep a silent connection open") {
  Limits limits;
  limits.first_message_max = milliseconds(20'000);
  limits.ping_interval = milliseconds(60);
  limits.idle_max = milliseconds(400);
  Server server(limits);
  Client client(server.url());
  REQUIRE(client.open());
  client.run_for(milliseconds(1'200));
  CHECK_FALSE(client.closed.has_value());
  CHECK(client.echo("still there") == "still there");
}
