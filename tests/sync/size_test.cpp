// What an idle replica costs: one hello, one welcome.
#include <doctest/doctest.h>

#include "tests/sync/samples.h"

namespace tidemark::sync {
namespace {

std::size_t size_of(const Message& message) { return encode_message(message).bytes->size(); }

// A replica that has been synced for a while: some thousand entries, some hundred bundles of its own.
Hello usual_hello() {
  Hello hello = hello_of(sample_node, 345);
  hello.cursor = Cursor{log_of(0x5a), 12'345, hash_of(0xcd)};
  hello.digest = hash_of(0xef);
  return hello;
}

Welcome usual_welcome(const Hello& hello) {
  Welcome welcome = welcome_to(hello);
  welcome.seq = 12'345;
  welcome.digest = hash_of(0xef);
  return welcome;
}

}  // namespace

TEST_CASE("hello and welcome of an idle replica stay under 1 KiB together") {
  const Hello hello = usual_hello();
  const Welcome welcome = usual_welcome(hello);
  CHECK(size_of(hello) == 388);
  CHECK(size_of(welcome) == 303);
  CHECK(size_of(hello) + size_of(welcome) < 1024);
}

TEST_CASE("each further node of its own costs a hello and a welcome little more than its head") {
  Hello hello = usual_hello();
  const std::size_t before = size_of(hello) + size_of(usual_welcome(hello));
  hello.others.push_back(head_of(other_node, 345));
  CHECK(size_of(hello) + size_of(usual_welcome(hello)) - before <= 2 * 120 + 12);
}

TEST_CASE("the largest hello fits what a relay reads of a stranger") {
  Hello hello = usual_hello();
  hello.space = std::string(max_space_bytes, 's');
  hello.credential = std::string(max_credential_bytes, 'c');
  hello.own.n = hello.cursor->seq = (std::uint64_t(1) << 53) - 1;
  hello.refill = log_of(1);
  hello.plain = true;
  for (std::uint64_t i = 0; i < max_other_nodes; ++i) hello.others.push_back(head_of(NodeId{~i}, hello.own.n));
  CHECK(size_of(hello) <= max_hello_bytes);
}

TEST_CASE("one small bundle costs a push six bytes at most") {
  const auto chain = chain_of(sample_node, 1);
  CHECK(size_of(Push{envelopes_of(chain)}) <= chain[0].envelope.size() + 6);
}

}  // namespace tidemark::sync
