// How a relay's session packs the log into frames.
#include "tests/sync/relay_side.h"

namespace tidemark::sync {
namespace {

Limits small_frames(std::size_t delivery_bytes) {
  Limits limits;
  limits.delivery_bytes = delivery_bytes;
  return limits;
}

struct Packed {
  std::uint64_t first_seq;
  std::size_t entries;
  friend bool operator==(const Packed&, const Packed&) = default;
};

// All the frames of entries that wait.
std::vector<Packed> packed(RelaySide& relay) {
  std::vector<Packed> frames;
  while (auto frame = relay.session.next_frame()) {
    const auto message = decode_message(*frame);
    REQUIRE(message);
    const auto& entries = std::get<Entries>(*message);
    frames.push_back({entries.first_seq, entries.entries.size()});
  }
  return frames;
}

}  // namespace

TEST_CASE("entries carry the bundles as they are stored, from the seq after the last") {
  const auto chain = chain_of(node_b, 3);
  RelaySide relay;
  relay.greet(hello_of(node_a), Verdict::ok, 41);
  relay.session.feed(relay.items(chain));
  const auto& entries = std::get<Entries>(relay.said());
  CHECK(entries.first_seq == 42);
  REQUIRE(entries.entries.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK_FALSE(entries.entries[i].held);
    CHECK(bytes_of(entries.entries[i].envelope) == chain[i].envelope);
  }
  CHECK(relay.session.fed_seq() == 44);
  CHECK(relay.silent());
}

TEST_CASE("a frame is closed by the bundle that fills it") {
  const auto chain = chain_of(node_b, 4);
  const std::size_t one = chain[0].envelope.size() + 6;
  struct Case {
    std::size_t delivery_bytes;
    std::vector<Packed> expected;
  };
  const Case cases[] = {{1, {{1, 1}, {2, 1}, {3, 1}, {4, 1}}},
                        {one - 1, {{1, 1}, {2, 1}, {3, 1}, {4, 1}}},
                        {one, {{1, 1}, {2, 1}, {3, 1}, {4, 1}}},
                        {one + 1, {{1, 2}, {3, 2}}},
                        {2 * one, {{1, 2}, {3, 2}}},
                        {2 * one + 1, {{1, 3}, {4, 1}}},
                        {100 * one, {{1, 4}}}};
  for (const Case& each : cases) {
    CAPTURE(each.delivery_bytes);
    RelaySide relay(small_frames(each.delivery_bytes));
    relay.greet(hello_of(node_a));
    relay.session.feed(relay.items(chain));
    CHECK(packed(relay) == each.expected);
    CHECK(relay.session.fed_seq() == 4);
  }
}

TEST_CASE("with the default limits the fullest frame still fits a message") {
  Bytes largest(max_bundle_bytes + 1);
  const Head head = head_of(node_b, 1);
  const Bytes nearly(delivery_frame_bytes - 7);
  RelaySide relay;
  relay.greet(hello_of(node_a));
  const RelaySession::Item items[] = {{&head, nearly}, {&head, largest}, {&head, largest}};
  relay.session.feed(items);
  const Frame first = *relay.session.next_frame();
  CHECK(first.bytes->size() > max_bundle_bytes + delivery_frame_bytes - 10);
  CHECK(decode_message(first));
  CHECK(relay.session.next_frame()->bytes->size() < max_message_bytes);
}

TEST_CASE("nothing to feed makes no frame") {
  RelaySide relay;
  relay.greet(hello_of(node_a));
  relay.session.feed({});
  CHECK(relay.silent());
  CHECK(relay.session.hungry());
}

TEST_CASE("bundles that the replica holds travel as heads") {
  const auto own = chain_of(node_a, 3);
  const auto other = chain_of(node_b, 1);
  RelaySide relay;
  relay.greet(hello_of(node_a));
  relay.session.knows(node_a, 2);
  relay.session.knows(node_a, 1);  // never less than before
  CHECK(relay.session.holds(own[1].head));
  CHECK_FALSE(relay.session.holds(own[2].head));
  CHECK_FALSE(relay.session.holds(other[0].head));
  auto items = relay.items(own);
  items.push_back({&other[0].head, other[0].envelope});
  relay.session.feed(items);
  const auto& entries = std::get<Entries>(relay.said()).entries;
  REQUIRE(entries.size() == 4);
  CHECK(entries[0].held == own[0].head);
  CHECK(entries[1].held == own[1].head);
  CHECK_FALSE(entries[2].held);
  CHECK_FALSE(entries[3].held);
}

TEST_CASE("a hello forgets what was known of an earlier one") {
  RelaySide relay;
  relay.greet(hello_of(node_a));
  relay.session.knows(node_b, 9);
  relay.greet(hello_of(node_a));
  CHECK_FALSE(relay.session.holds(head_of(node_b, 1)));
}

TEST_CASE("a session is hungry when it is live, compared and drained") {
  const auto chain = chain_of(node_b, 1);
  RelaySide relay;
  CHECK_FALSE(relay.session.hungry());
  relay.greet(hello_of(node_a));
  CHECK(relay.session.hungry());
  relay.session.feed(relay.items(chain));
  CHECK_FALSE(relay.session.hungry());
  relay.session.drained();
  CHECK(relay.session.hungry());
  relay.hear(hello_of(node_a));
  CHECK_FALSE(relay.session.hungry());
}

TEST_CASE("a shared frame moves the session on and is not copied") {
  const auto chain = chain_of(node_b, 2);
  RelaySide relay;
  relay.greet(hello_of(node_a), Verdict::ok, 5);
  const Frame frame =
      encode_message(Entries{6, {{std::nullopt, chain[0].envelope}, {std::nullopt, chain[1].envelope}}});
  relay.session.feed_shared(frame, 7);
  CHECK(relay.session.fed_seq() == 7);
  CHECK_FALSE(relay.session.hungry());
  CHECK(relay.session.next_frame()->bytes.get() == frame.bytes.get());
  relay.session.drained();
  relay.session.feed(relay.items(chain));
  CHECK(std::get<Entries>(relay.said()).first_seq == 8);
}

TEST_CASE("a plain session gets every bundle uncompressed, and shares no frames") {
  const auto chain = chain_of(node_b, 3, 20'000);
  REQUIRE(chain[0].envelope[0] == 1);
  Hello hello = hello_of(node_a);
  hello.plain = true;
  RelaySide relay(small_frames(30'000));
  relay.greet(hello);
  CHECK_FALSE(relay.session.shares_frames());
  relay.session.feed(relay.items(chain));
  // Packed by what travels: two of 20 KB fill a frame of 30,000 bytes.
  for (const std::size_t count : {2u, 1u}) {
    const auto& entries = std::get<Entries>(relay.said());
    REQUIRE(entries.entries.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(bytes_of(entries.entries[i].envelope) == plain_envelope(chain[entries.first_seq - 1 + i].envelope));
    }
  }
  CHECK(relay.silent());
  relay.greet(hello_of(node_a));
  CHECK(relay.session.shares_frames());
}

TEST_CASE("a plain session gets chains uncompressed too, and what does not fit when it wants on") {
  const auto chain = chain_of(node_b, 3, 20'000);
  Hello hello = hello_of(node_a);
  hello.plain = true;
  RelaySide relay(small_frames(30'000));
  relay.greet(hello);
  relay.session.send(ChainPart{envelopes_of(chain), true});
  const auto& part = std::get<ChainPart>(relay.said());
  REQUIRE(part.envelopes.size() == 2);
  CHECK_FALSE(part.complete);
  CHECK(bytes_of(part.envelopes[1]) == plain_envelope(chain[1].envelope));
  const std::vector<ByteView> rest{chain[2].envelope};
  relay.session.send(ChainPart{rest, true});
  CHECK(std::get<ChainPart>(relay.said()).complete);
  relay.session.send(ChainPart{{}, true});
  CHECK(std::get<ChainPart>(relay.said()).complete);
  CHECK(relay.closing() == "open");
}

}  // namespace tidemark::sync
