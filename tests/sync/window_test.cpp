// What a replica may have in flight, what confirms do to it, and what is counted.
#include "tests/sync/client_side.h"

namespace tidemark::sync {
namespace {

ClientSession::Outgoing outgoing(const ChainLink& link) { return {link.head, 1, link.envelope}; }

void push(ClientSession& client, const std::vector<ChainLink>& chain, std::size_t from, std::size_t to) {
  std::vector<ClientSession::Outgoing> bundles;
  for (std::size_t i = from; i < to; ++i) bundles.push_back(outgoing(chain[i]));
  client.push(bundles);
}

Confirm confirm_of(NodeId node, std::uint64_t n) { return {node, n, n, "durable", std::int64_t(sample_ms), true}; }

}  // namespace

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
