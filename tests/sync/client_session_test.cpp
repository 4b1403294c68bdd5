// What a replica's session takes in which state, its window, and its counters.
#include "sync/client_session.h"

#include <doctest/doctest.h>

#include <functional>
#include <map>

#include "tests/sync/samples.h"

namespace tidemark::sync {
namespace {

void hear(ClientSession& client, const Message& message) { client.receive(encode_message(message)); }

void drop_frames(ClientSession& client) {
  while (client.next_frame()) {
  }
}

void go_live(ClientSession& client, const Hello& hello = hello_of(node_a), const Limits& limits = {}) {
  client.say_hello(hello);
  drop_frames(client);
  Welcome welcome = welcome_to(hello);
  welcome.limits = limits;
  hear(client, welcome);
  const auto event = client.next_event();
  REQUIRE(event);
  REQUIRE(std::holds_alternative<Welcome>(*event));
  REQUIRE(client.live());
}

using Step = std::function<void(ClientSession&)>;

const std::map<std::string, Step>& ways() {
  static const std::map<std::string, Step> all = {
      {"idle", [](ClientSession&) {}},
      {"greeting", [](ClientSession& client) { client.say_hello(std::get<Hello>(one_of_each()[0])); }},
      {"live", [](ClientSession& client) { go_live(client, std::get<Hello>(one_of_each()[0])); }},
      {"greeting again",
       [](ClientSession& client) {
         go_live(client);
         client.say_hello(std::get<Hello>(one_of_each()[0]));
       }}};
  return all;
}

std::string outcome(ClientSession& client, const Message& message) {
  hear(client, message);
  if (client.broken()) {
    CHECK_FALSE(client.next_event());
    CHECK_FALSE(client.live());
    return client.broken()->code;
  }
  static constexpr const char* names[] = {"welcome", "delivered", "chain came", "confirm", "want", "compared", "error"};
  const auto event = client.next_event();
  return event ? names[event->index()] : "ignored";
}

ClientSession::Outgoing outgoing(const ChainLink& link) { return {link.head, 1, link.envelope}; }

void push(ClientSession& client, const std::vector<ChainLink>& chain, std::size_t from, std::size_t to) {
  std::vector<ClientSession::Outgoing> bundles;
  for (std::size_t i = from; i < to; ++i) bundles.push_back(outgoing(chain[i]));
  client.push(bundles);
}

Confirm confirm_of(NodeId node, std::uint64_t n) { return {node, n, n, "durable", std::int64_t(sample_ms), true}; }

}  // namespace

TEST_CASE("every message of a relay in every state leads where the protocol says") {
  const std::map<std::string, std::map<std::string, std::string>> allowed = {
      {"idle", {{"error", "error"}}},
      {"greeting",
       {{"welcome", "welcome"}, {"confirm", "confirm"}, {"error", "error"}, {"entries", "ignored"}, {"chain", "ignored"},
        {"want", "ignored"}, {"compared", "ignored"}}},
      {"live",
       {{"confirm", "confirm"}, {"error", "error"}, {"entries", "delivered"}, {"chain", "chain came"}, {"want", "want"},
        {"compared", "compared"}}}};
  for (const auto& [state, way] : ways()) {
    for (const Message& message : one_of_each()) {
      CAPTURE(state);
      CAPTURE(name_of(message));
      ClientSession client;
      way(client);
      const auto& row = allowed.at(state == "greeting again" ? "greeting" : state);
      const auto cell = row.find(name_of(message));
      CHECK(outcome(client, message) == (cell == row.end() ? "out_of_state" : cell->second));
    }
  }
}

TEST_CASE("a frame that cannot be understood breaks the session for good") {
  for (const auto& [state, way] : ways()) {
    CAPTURE(state);
    ClientSession client;
    way(client);
    drop_frames(client);
    client.receive(text_frame("{}"));
    REQUIRE(client.broken());
    CHECK(client.broken()->code == "bad_message");
    hear(client, welcome_to(hello_of(node_a)));
    client.say_hello(hello_of(node_a));
    client.send(Lack{head_of(node_a, 1)});
    CHECK_FALSE(client.next_event());
    CHECK_FALSE(client.next_frame());
    CHECK_FALSE(client.live());
    CHECK(client.broken()->code == "bad_message");
  }
}

TEST_CASE("a welcome has one head for each node of the hello") {
  Hello hello = hello_of(node_a);
  hello.others = {head_of(node_b, 1)};
  for (const std::size_t heads : {0u, 1u, 2u, 3u}) {
    ClientSession client;
    client.say_hello(hello);
    Welcome welcome = welcome_to(hello);
    welcome.heads.resize(heads);
    hear(client, welcome);
    CHECK(client.live() == (heads == 2));
    CHECK(client.broken().has_value() == (heads != 2));
  }
}

TEST_CASE("a second hello voids what was delivered before its welcome") {
  const auto chain = chain_of(node_b, 1);
  const Entries entries{1, {{std::nullopt, chain[0].envelope}}};
  ClientSession client;
  go_live(client);
  // One waits unread, one is on the wire.
  hear(client, entries);
  hear(client, confirm_of(node_a, 1));
  hear(client, ErrorMessage{{"gap", "", "", "", "", Retry::after_fix}, head_of(node_a, 1), 0});
  client.say_hello(hello_of(node_a, 1));
  CHECK_FALSE(client.live());
  hear(client, entries);
  hear(client, welcome_to(hello_of(node_a, 1)));
  hear(client, entries);
  CHECK(std::holds_alternative<Confirm>(*client.next_event()));
  CHECK(std::holds_alternative<ErrorMessage>(*client.next_event()));
  CHECK(std::holds_alternative<Welcome>(*client.next_event()));
  CHECK(std::holds_alternative<ClientSession::Delivered>(*client.next_event()));
  CHECK_FALSE(client.next_event());
}

TEST_CASE("deliveries keep the frame that their views point into") {
  const auto chain = chain_of(node_b, 2);
  ClientSession client;
  go_live(client);
  hear(client, Entries{1, {{std::nullopt, chain[0].envelope}, {head_of(node_a, 1), {}}}});
  hear(client, ChainPart{envelopes_of(chain), true});
  const auto first = std::get<ClientSession::Delivered>(*client.next_event());
  CHECK(bytes_of(first.entries.entries[0].envelope) == chain[0].envelope);
  CHECK(first.entries.entries[1].held == head_of(node_a, 1));
  const auto second = std::get<ClientSession::ChainCame>(*client.next_event());
  CHECK(second.part.complete);
  CHECK(bytes_of(second.part.envelopes[1]) == chain[1].envelope);
}

TEST_CASE("a push is one frame with its bundles in order") {
  const auto chain = chain_of(node_a, 3);
  ClientSession client;
  go_live(client);
  push(client, chain, 0, 3);
  const Frame frame = *client.next_frame();
  CHECK(*frame.bytes == *encode_message(Push{envelopes_of(chain)}).bytes);
  CHECK_FALSE(client.next_frame());
}

TEST_CASE("what is pushed takes room until it is confirmed, and confirms are cumulative") {
  const auto chain = chain_of(node_a, 4);
  const auto other = chain_of(node_b, 1);
  ClientSession client;
  go_live(client);
  push(client, chain, 0, 4);
  push(client, other, 0, 1);
  std::size_t in_flight = other[0].envelope.size();
  for (const ChainLink& link : chain) in_flight += link.envelope.size();
  CHECK(client.in_flight() == in_flight);
  CHECK(client.room() == max_in_flight_bytes - 4 - in_flight);

  hear(client, confirm_of(node_a, 3));
  CHECK(client.in_flight() == chain[3].envelope.size() + other[0].envelope.size());
  CHECK(client.traffic().bundles_confirmed == 3);
  hear(client, confirm_of(node_a, 2));  // late, says nothing new
  hear(client, confirm_of(node_c, 9));  // of a node that nothing was pushed of
  CHECK(client.in_flight() == chain[3].envelope.size() + other[0].envelope.size());
  hear(client, confirm_of(node_b, 1));
  hear(client, confirm_of(node_a, 100));
  CHECK(client.in_flight() == 0);
  CHECK(client.traffic().bundles_confirmed == 5);
  CHECK(client.traffic().events_confirmed == 5);
}

TEST_CASE("a confirm of another level than durable confirms nothing") {
  const auto chain = chain_of(node_a, 1);
  ClientSession client;
  go_live(client);
  push(client, chain, 0, 1);
  Confirm confirm = confirm_of(node_a, 1);
  for (const char* level : {"", "received", "Durable"}) {
    confirm.level = level;
    hear(client, confirm);
    CHECK_FALSE(client.next_event());
    CHECK(client.in_flight() > 0);
    CHECK_FALSE(client.broken());
  }
}

TEST_CASE("room ends where the relay's window ends") {
  const auto chain = chain_of(node_a, 3);
  const std::size_t one = chain[0].envelope.size();
  for (const std::size_t window : {one - 1, one, one + 1, 2 * one - 1, 2 * one, 3 * one}) {
    ClientSession client;
    Limits limits;
    limits.in_flight_bytes = window + 4;
    go_live(client, hello_of(node_a), limits);
    push(client, chain, 0, 1);
    CHECK(client.room() == (window > one ? window - one : 0));
    push(client, chain, 1, 2);
    CHECK(client.room() == (window > 2 * one ? window - 2 * one : 0));
  }
}

TEST_CASE("a whole bundle may go while nothing is in flight, whatever the relay's limits") {
  const auto chain = chain_of(node_a, 1);
  for (const std::size_t bytes : {std::size_t(0), std::size_t(3), std::size_t(4), std::size_t(5), max_bundle_bytes}) {
    ClientSession client;
    Limits limits;
    limits.in_flight_bytes = bytes;
    go_live(client, hello_of(node_a), limits);
    CHECK(client.room() == max_bundle_bytes + 1);
    push(client, chain, 0, 1);
    CHECK(client.room() == (bytes > 4 + chain[0].envelope.size() ? bytes - 4 - chain[0].envelope.size() : 0));
  }
  ClientSession client;
  Limits limits;
  limits.message_bytes = 600'000;
  go_live(client, hello_of(node_a), limits);
  CHECK(client.room() == 600'000 - 4);
}

TEST_CASE("a node that was refused takes no room any more and counts as unconfirmed") {
  const auto chain = chain_of(node_a, 2);
  const auto other = chain_of(node_b, 1);
  ClientSession client;
  go_live(client);
  push(client, chain, 0, 2);
  push(client, other, 0, 1);
  client.forget_in_flight(node_a);
  CHECK(client.in_flight() == other[0].envelope.size());
  hear(client, confirm_of(node_a, 2));
  CHECK(client.traffic().bundles_confirmed == 0);
}

TEST_CASE("a hello counts what was in flight as unsent, its confirm still comes through") {
  const auto chain = chain_of(node_a, 1);
  ClientSession client;
  go_live(client);
  push(client, chain, 0, 1);
  client.say_hello(hello_of(node_a, 1));
  CHECK(client.in_flight() == 0);
  CHECK(client.hello().own.n == 1);
  hear(client, confirm_of(node_a, 1));
  CHECK(std::get<Confirm>(*client.next_event()).n == 1);
  CHECK(client.traffic().bundles_confirmed == 0);
}

TEST_CASE("the counters say what moved") {
  const auto own = chain_of(node_a, 2);
  const auto other = chain_of(node_b, 1);
  ClientSession client;
  std::size_t up = 0;
  std::size_t down = 0;
  const auto sent = [&] {
    while (const auto frame = client.next_frame()) up += frame->bytes->size();
  };
  const auto heard = [&](const Message& message) {
    const Frame frame = encode_message(message);
    down += frame.bytes->size();
    client.receive(frame);
  };
  client.say_hello(hello_of(node_a, 2));
  sent();
  heard(welcome_to(hello_of(node_a, 2)));
  CHECK(client.traffic().round_trips == 1);
  CHECK(client.traffic().bundle_bytes_up == 0);
  heard(Entries{1, {{std::nullopt, other[0].envelope}, {own[0].head, {}}}});
  CHECK(client.traffic().round_trips == 1);
  push(client, own, 0, 2);
  client.send(Want{head_of(node_c, 1)});
  sent();
  heard(confirm_of(node_a, 2));
  heard(ChainPart{envelopes_of(other), true});
  const Traffic& traffic = client.traffic();
  CHECK(traffic.round_trips == 2);
  CHECK(traffic.bytes_up == up);
  CHECK(traffic.bytes_down == down);
  CHECK(traffic.bundle_bytes_up == own[0].envelope.size() + own[1].envelope.size());
  CHECK(traffic.bundle_bytes_down == 2 * other[0].envelope.size());
}

}  // namespace tidemark::sync
