// What a replica's session takes in which state.
#include <functional>
#include <map>

#include "tests/sync/client_side.h"

namespace tidemark::sync {
namespace {

using Step = std::function<void(ClientSession&)>;

const std::map<std::string, Step>& ways() {
  static const std::map<std::string, Step> all = {
      {"idle", [](ClientSession&) {}},
      {"greeting", [](ClientSession& client) { client.say_hello(std::get<Hello>(one_of_each()[0])); }},
      {"live", [](ClientSession& client) { go_live(client, std::get<Hello>(one_of_each()[0])); }},
      {"greeting again", [](ClientSession& client) {
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

Confirm confirm_of(NodeId node, std::uint64_t n) { return {node, n, n, "durable", std::int64_t(sample_ms), true}; }

}  // namespace

TEST_CASE("every message of a relay in every state leads where the protocol says") {
  const std::map<std::string, std::map<std::string, std::string>> allowed = {{"idle", {{"error", "error"}}},
                                                                             {"greeting",
                                                                              {{"welcome", "welcome"},
                                                                               {"confirm", "confirm"},
                                                                               {"error", "error"},
                                                                               {"entries", "ignored"},
                                                                               {"chain", "ignored"},
                                                                               {"want", "ignored"},
                                                                               {"compared", "ignored"}}},
                                                                             {"live",
                                                                              {{"confirm", "confirm"},
                                                                               {"error", "error"},
                                                                               {"entries", "delivered"},
                                                                               {"chain", "chain came"},
                                                                               {"want", "want"},
                                                                               {"compared", "compared"}}}};
  for (const auto& each : ways()) {
    const auto& state = each.first;
    const auto& way = each.second;
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
  for (const auto& each : ways()) {
    const auto& state = each.first;
    const auto& way = each.second;
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

}  // namespace tidemark::sync
