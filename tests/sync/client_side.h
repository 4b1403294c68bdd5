// A ClientSession with short words for what scripts do to it.
#pragma once

#include <doctest/doctest.h>

#include "sync/client_session.h"
#include "tests/sync/samples.h"

namespace tidemark::sync {

inline void hear(ClientSession& client, const Message& message) { client.receive(encode_message(message)); }

inline void drop_frames(ClientSession& client) {
  while (client.next_frame()) {}
}

inline void go_live(ClientSession& client, const Hello& hello = hello_of(node_a), const Limits& limits = {}) {
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

}  // namespace tidemark::sync
