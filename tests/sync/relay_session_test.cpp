// What a relay's session takes in which state, and how it ends.
#include "tests/sync/relay_side.h"

#include <functional>
#include <map>

namespace tidemark::sync {
namespace {

using Step = std::function<void(RelaySide&)>;

// Every state, by the way into it.
const std::map<std::string, Step>& ways() {
  static const std::map<std::string, Step> all = {
      {"new", [](RelaySide&) {}},
      {"greeting",
       [](RelaySide& relay) {
         relay.hear(hello_of(node_a));
         relay.ask();
       }},
      {"live", [](RelaySide& relay) { relay.greet(hello_of(node_a)); }},
      {"comparing", [](RelaySide& relay) { relay.greet(hello_of(node_a), Verdict::ok, 0, true); }},
      {"forked", [](RelaySide& relay) { relay.greet(hello_of(node_a), Verdict::fork); }},
      {"log changed", [](RelaySide& relay) { relay.greet(hello_of(node_a), Verdict::log_changed); }},
      {"trimmed", [](RelaySide& relay) { relay.greet(hello_of(node_a), Verdict::trimmed); }}};
  return all;
}

// What a message leads to: the ask, "ignored", or how the connection closes.
std::string outcome(RelaySide& relay, const Message& message) {
  relay.hear(message);
  if (relay.session.closing()) {
    CHECK_FALSE(relay.asks());
    CHECK_FALSE(relay.session.live());
    return relay.closing();
  }
  const auto ask = relay.session.next_ask();
  static constexpr const char* names[] = {"asks hello", "asks pushed", "asks compare", "asks want", "asks lack"};
  return ask ? names[ask->index()] : "ignored";
}

}  // namespace

TEST_CASE("every message in every state leads where the protocol says") {
  const std::string no = "1002 out_of_state";
  const std::map<std::string, std::map<std::string, std::string>> allowed = {{"new", {{"hello", "asks hello"}}},
                                                                             {"greeting", {}},
                                                                             {"live",
                                                                              {{"hello", "asks hello"},
                                                                               {"push", "asks pushed"},
                                                                               {"want", "asks want"},
                                                                               {"lack", "asks lack"},
                                                                               {"error", "ignored"}}},
                                                                             {"comparing",
                                                                              {{"hello", "asks hello"},
                                                                               {"push", "asks pushed"},
                                                                               {"want", "asks want"},
                                                                               {"lack", "asks lack"},
                                                                               {"error", "ignored"},
                                                                               {"heads", "asks compare"}}},
                                                                             {"forked", {{"hello", "asks hello"}}},
                                                                             {"log changed", {{"hello", "asks hello"}}},
                                                                             {"trimmed", {{"hello", "asks hello"}}}};
  for (const auto& each : ways()) {
    const auto& state = each.first;
    const auto& way = each.second;
    for (const Message& message : one_of_each()) {
      CAPTURE(state);
      CAPTURE(name_of(message));
      RelaySide relay;
      way(relay);
      const auto& row = allowed.at(state);
      const auto cell = row.find(name_of(message));
      CHECK(outcome(relay, message) == (cell == row.end() ? no : cell->second));
    }
  }
}

TEST_CASE("what is out of state is answered with an error that names it, then nothing more is heard") {
  for (const auto& each : ways()) {
    const auto& way = each.second;
    RelaySide relay;
    way(relay);
    relay.hear(Compared{});
    CHECK(relay.error_code() == "out_of_state");
    const ErrorMessage error = std::get<ErrorMessage>(relay.message);
    CHECK(error.error.got == "compared");
    CHECK(error.error.retry == Retry::never);
    CHECK_FALSE(error.error.limit.empty());
    CHECK(relay.closing() == "1002 out_of_state");
    // Closed is a state as well: nothing gets in, out or further.
    for (const Message& message : one_of_each()) relay.hear(message);
    relay.session.send(Compared{});
    relay.session.welcome(welcome_to(hello_of(node_a)), 0, false);
    relay.session.fail({"other", "", "", "", "", Retry::never}, CloseCode::internal);
    CHECK(relay.silent());
    CHECK_FALSE(relay.asks());
    CHECK_FALSE(relay.session.hungry());
    CHECK(relay.closing() == "1002 out_of_state");
  }
}

TEST_CASE("frames that cannot be understood close with the code for their kind") {
  struct Case {
    Frame frame;
    const char* closing;
  };
  const Case cases[] = {{text_frame("{"), "1002 bad_message"},
                        {text_frame(R"({"type":"goodbye"})"), "1002 unknown_type"},
                        {text_frame("\xff"), "1007 bad_utf8"},
                        {binary_frame({}), "1002 unknown_type"},
                        {binary_frame({9}), "1002 unknown_type"},
                        {binary_frame({1}), "1002 bad_message"},
                        {text_frame(std::string(max_control_bytes + 1, ' ')), "1009 too_large"},
                        {binary_frame(Bytes(max_message_bytes + 1, 1)), "1009 too_large"}};
  for (const auto& each : ways()) {
    const auto& state = each.first;
    const auto& way = each.second;
    for (const Case& one : cases) {
      CAPTURE(state);
      RelaySide relay;
      way(relay);
      relay.session.receive(one.frame);
      CHECK(relay.closing() == one.closing);
      CHECK(relay.error_code() == std::string(one.closing).substr(5));
      CHECK_FALSE(relay.asks());
    }
  }
}

TEST_CASE("a hello has at most 16 KiB, the first and every other") {
  const std::string hello(encode_message(hello_of(node_a)).as_text());
  for (const std::size_t size : {max_hello_bytes - 1, max_hello_bytes, max_hello_bytes + 1}) {
    const Frame padded = text_frame(hello + std::string(size - hello.size(), ' '));
    const std::string expected = size <= max_hello_bytes ? "open" : "1009 too_large";
    RelaySide first;
    first.session.receive(padded);
    CHECK(first.closing() == expected);
    RelaySide again;
    again.greet(hello_of(node_a));
    again.session.receive(padded);
    CHECK(again.closing() == expected);
  }
}

TEST_CASE("before hello nothing large is even looked at") {
  RelaySide relay;
  relay.session.receive(binary_frame(Bytes(max_hello_bytes + 1, 0xff)));
  CHECK(relay.closing() == "1009 too_large");
  RelaySide small;
  small.session.receive(binary_frame(Bytes(max_hello_bytes, 0xff)));
  CHECK(small.closing() == "1002 unknown_type");
}

TEST_CASE("a hello of another protocol is refused with the number that is spoken here") {
  RelaySide relay;
  relay.session.receive(text_frame(R"({"type":"hello","protocol":2})"));
  CHECK(relay.error_code() == "unsupported_protocol");
  const Error error = std::get<ErrorMessage>(relay.message).error;
  CHECK(error.got == "2");
  CHECK(error.limit == "1");
  CHECK(error.retry == Retry::after_fix);
  CHECK(relay.closing() == "1008 unsupported_protocol");
}

TEST_CASE("a connection serves one space") {
  RelaySide relay;
  relay.greet(hello_of(node_a));
  Hello other = hello_of(node_a);
  other.space = "letters";
  relay.hear(other);
  CHECK(relay.closing() == "1002 out_of_state");
}

TEST_CASE("a verdict other than ok waits for another hello") {
  for (const Verdict verdict : {Verdict::fork, Verdict::log_changed, Verdict::trimmed}) {
    RelaySide relay;
    relay.greet(hello_of(node_a), verdict);
    CHECK_FALSE(relay.session.live());
    CHECK_FALSE(relay.session.hungry());
    relay.greet(hello_of(node_b), Verdict::ok, 7);
    CHECK(relay.session.live());
    CHECK(relay.session.hungry());
    CHECK(relay.session.fed_seq() == 7);
    CHECK(relay.session.hello().own.node == node_b);
  }
}

TEST_CASE("a hello names the nodes that are the replica's own, the next one anew") {
  RelaySide relay;
  Hello hello = hello_of(node_a);
  hello.others = {head_of(node_b, 2)};
  relay.greet(hello);
  CHECK(relay.session.is_own(node_a));
  CHECK(relay.session.is_own(node_b));
  CHECK_FALSE(relay.session.is_own(node_c));
  relay.greet(hello_of(node_c));
  CHECK_FALSE(relay.session.is_own(node_a));
  CHECK(relay.session.is_own(node_c));
}

TEST_CASE("pushed bundles are asked about one by one, decoded, in their order") {
  const auto chain = chain_of(node_a, 3);
  RelaySide relay;
  relay.greet(hello_of(node_a));
  relay.hear(Push{envelopes_of(chain)});
  for (const ChainLink& link : chain) {
    const auto pushed = std::get<Pushed>(relay.ask());
    CHECK(pushed.header.node == node_a);
    CHECK(pushed.header.n == link.head.n);
    CHECK(pushed.canonical == link.canonical);
    CHECK(*pushed.envelope == link.envelope);
  }
  CHECK_FALSE(relay.asks());
  CHECK(relay.silent());
}

TEST_CASE("a push with a damaged envelope closes, and nothing of it is taken") {
  const auto chain = chain_of(node_a, 1);
  struct Case {
    Bytes envelope;
    const char* closing;
  };
  const Case cases[] = {{{7, 1, 2}, "1002 bad_envelope"},
                        {{0}, "1002 truncated"},
                        {{1, 0x80}, "1002 truncated"},
                        {{0, 1, 0, 1}, "1002 truncated"},
                        {{1, 5, 1, 2, 3}, "1002 bad_envelope"}};
  for (const Case& one : cases) {
    RelaySide relay;
    relay.greet(hello_of(node_a));
    relay.hear(Push{{chain[0].envelope, one.envelope, chain[0].envelope}});
    CHECK(relay.closing() == one.closing);
    CHECK_FALSE(relay.asks());
  }
}

TEST_CASE("a bundle with an inside that no replica could read is refused by its place, the others are taken") {
  const auto chain = chain_of(node_a, 2);
  Bytes later = chain[1].envelope;
  later[1] = 2;  // a version to come
  RelaySide relay;
  relay.greet(hello_of(node_a));
  relay.hear(Push{{chain[0].envelope, later}});
  CHECK(relay.error_code() == "unsupported_version");
  CHECK(std::get<ErrorMessage>(relay.message).head == Head{node_a, 2, {}});
  CHECK(relay.closing() == "open");
  CHECK(std::get<Pushed>(relay.ask()).header.n == 1);
  CHECK_FALSE(relay.asks());
}

TEST_CASE("a bundle whose number no answer could name closes the connection") {
  for (const std::uint64_t n : {max_number, max_number + 1, ~std::uint64_t(0)}) {
    const Bundle bundle{node_a, n, {one_event({sample_ms, 0, node_a}, "note", "body", text_value("far"))}};
    const Bytes envelope = pack_envelope(encode_bundle(bundle, Hash{}, sample_space).bytes);
    RelaySide relay;
    relay.greet(hello_of(node_a));
    relay.hear(Push{{envelope}});
    CHECK(relay.closing() == (n == max_number ? "open" : "1002 bad_header"));
  }
}

TEST_CASE("a welcome that nobody waits for is not sent") {
  RelaySide relay;
  relay.session.welcome(welcome_to(hello_of(node_a)), 0, false);
  CHECK(relay.silent());
  CHECK_FALSE(relay.session.live());
  relay.greet(hello_of(node_a));
  relay.session.welcome(welcome_to(hello_of(node_a)), 9, false);
  CHECK(relay.silent());
  CHECK(relay.session.fed_seq() == 0);
}

TEST_CASE("a refusal leaves the session as it is") {
  RelaySide relay;
  relay.greet(hello_of(node_a));
  relay.session.refuse({{"gap", "bundle n", "9", "3", "", Retry::after_fix}, head_of(node_a, 2), 0});
  CHECK(relay.error_code() == "gap");
  CHECK(relay.session.live());
  CHECK(relay.closing() == "open");
}

}  // namespace tidemark::sync
