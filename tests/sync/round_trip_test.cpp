// Every message says the same after it travelled.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "tests/sync/arbitrary.h"
#include "tests/sync/samples.h"

namespace tidemark::sync {
namespace {

bool same(const Limits& a, const Limits& b) {
  return a.message_bytes == b.message_bytes && a.bundle_bytes == b.bundle_bytes &&
         a.in_flight_bytes == b.in_flight_bytes;
}
bool same(const Hello& a, const Hello& b) {
  return a.protocol == b.protocol && a.space == b.space && a.own == b.own && a.others == b.others &&
         a.cursor == b.cursor && a.digest == b.digest && a.refill == b.refill && a.credential == b.credential &&
         a.clock_ms == b.clock_ms && a.plain == b.plain;
}
bool same(const Welcome& a, const Welcome& b) {
  return a.log == b.log && a.first_seq == b.first_seq && a.seq == b.seq && a.time_ms == b.time_ms &&
         a.time_trusted == b.time_trusted && same(a.limits, b.limits) && a.heads == b.heads && a.digest == b.digest &&
         a.verdict == b.verdict;
}
bool same(const Confirm& a, const Confirm& b) {
  return a.node == b.node && a.n == b.n && a.seq == b.seq && a.level == b.level && a.time_ms == b.time_ms &&
         a.time_trusted == b.time_trusted;
}
bool same(const Want& a, const Want& b) { return a.have == b.have; }
bool same(const Lack& a, const Lack& b) { return a.have == b.have; }
bool same(const Compared& a, const Compared& b) { return a.digest == b.digest && a.seq == b.seq; }
bool same(const ErrorMessage& a, const ErrorMessage& b) {
  return a.error.code == b.error.code && a.error.field == b.error.field && a.error.got == b.error.got &&
         a.error.limit == b.error.limit && a.error.hint == b.error.hint && a.error.retry == b.error.retry &&
         a.head == b.head && a.time_ms == b.time_ms;
}
bool same(const std::vector<ByteView>& a, const std::vector<ByteView>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](ByteView x, ByteView y) { return bytes_of(x) == bytes_of(y); });
}
bool same(const Push& a, const Push& b) { return same(a.envelopes, b.envelopes); }
bool same(const ChainPart& a, const ChainPart& b) { return a.complete == b.complete && same(a.envelopes, b.envelopes); }
bool same(const Entries& a, const Entries& b) {
  const auto same_entry = [](const Entries::Entry& x, const Entries::Entry& y) {
    return x.held == y.held && bytes_of(x.envelope) == bytes_of(y.envelope);
  };
  return a.first_seq == b.first_seq &&
         std::equal(a.entries.begin(), a.entries.end(), b.entries.begin(), b.entries.end(), same_entry);
}
bool same(const HeadsPage& a, const HeadsPage& b) { return a.last == b.last && a.heads == b.heads; }

template <class T>
void travels(const T& message, bool text) {
  const Frame frame = encode_message(message);
  RC_ASSERT(frame.text == text);
  const Result<Message> decoded = decode_message(frame);
  RC_ASSERT(bool(decoded));
  RC_ASSERT(std::holds_alternative<T>(*decoded));
  RC_ASSERT(same(std::get<T>(*decoded), message));
  RC_ASSERT(*encode_message(*decoded).bytes == *frame.bytes);
}

std::vector<ByteView> views(const std::vector<Bytes>& all) { return {all.begin(), all.end()}; }

}  // namespace

TEST_CASE("control messages travel as text and come back the same") {
  rc::check("hello", [] { travels(*arbitrary_hello(), true); });
  rc::check("welcome", [] { travels(*arbitrary_welcome(), true); });
  rc::check("confirm", [] { travels(*arbitrary_confirm(), true); });
  rc::check("want", [] { travels(Want{*arbitrary_head()}, true); });
  rc::check("lack", [] { travels(Lack{*arbitrary_head()}, true); });
  rc::check("compared", [] { travels(Compared{*rc::gen::arbitrary<Hash>(), *rc::gen::arbitrary<std::uint32_t>()}, true); });
  rc::check("error", [] { travels(*arbitrary_error(), true); });
}

TEST_CASE("messages with bundles and heads travel as bytes and come back the same") {
  rc::check("push", [] {
    const auto envelopes = *arbitrary_envelopes();
    travels(Push{views(envelopes)}, false);
  });
  rc::check("chain", [](bool complete) {
    const auto envelopes = *arbitrary_envelopes();
    travels(ChainPart{views(envelopes), complete}, false);
  });
  rc::check("a chain of nothing", [](bool complete) { travels(ChainPart{{}, complete}, false); });
  rc::check("entries", [] {
    const auto envelopes = *arbitrary_envelopes();
    Entries entries{
        std::max<std::uint64_t>(1, *rc::gen::oneOf(arbitrary_number(), rc::gen::arbitrary<std::uint64_t>())), {}};
    for (const Bytes& envelope : envelopes) {
      if (*rc::gen::arbitrary<bool>())
        entries.entries.push_back({std::nullopt, envelope});
      else
        entries.entries.push_back({*arbitrary_head(1), {}});
    }
    travels(entries, false);
  });
  rc::check("heads", [] { travels(*arbitrary_page(), false); });
}

TEST_CASE("each message has its own name, form and count of bundle bytes") {
  const char* names[] = {"hello", "welcome", "confirm", "want",  "lack", "compared",
                         "error", "push",    "entries", "chain", "heads"};
  const auto chain = chain_of(node_a, 2);
  const std::size_t both = chain[0].envelope.size() + chain[1].envelope.size();
  const std::size_t bytes[] = {0, 0, 0, 0, 0, 0, 0, both, chain[0].envelope.size(), both, 0};
  const std::vector<Message> all = one_of_each();
  REQUIRE(all.size() == std::variant_size_v<Message>);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].index() == i);
    CHECK(name_of(all[i]) == std::string(names[i]));
    CHECK(bundle_bytes(all[i]) == bytes[i]);
    const Frame frame = encode_message(all[i]);
    CHECK(frame.text == (i < 7));
    const auto decoded = decode_message(frame);
    REQUIRE(decoded);
    CHECK(decoded->index() == i);
    // The same bytes in the other kind of frame mean nothing.
    CHECK_FALSE(decode_message({!frame.text, frame.bytes}));
  }
}

TEST_CASE("numbers at the edge of what JSON carries travel, the next ones do not") {
  Want want{head_of(node_a, max_number)};
  CHECK(code_of(decode_message(encode_message(want))) == "ok");
  want.have.n += 1;
  CHECK(code_of(decode_message(encode_message(want))) == "bad_message");
  Hello hello = hello_of(node_a);
  for (const std::int64_t clock : {std::int64_t(max_number), -std::int64_t(max_number)}) {
    hello.clock_ms = clock;
    const auto decoded = decode_message(encode_message(hello));
    REQUIRE(decoded);
    CHECK(std::get<Hello>(*decoded).clock_ms == clock);
    hello.clock_ms += clock > 0 ? 1 : -1;
    CHECK(code_of(decode_message(encode_message(hello))) == "bad_message");
  }
}

TEST_CASE("a long error text is cut between characters and still travels") {
  for (const std::size_t size : {1023u, 1024u, 1025u, 5000u}) {
    ErrorMessage message;
    message.error.code = "bad_message";
    message.error.got = std::string(size, 'x');
    message.error.hint = std::string(size - 1, 'x') + "\u00e9";
    message.error.limit = "not \xff text";
    const auto decoded = decode_message(encode_message(message));
    REQUIRE(decoded);
    const Error& error = std::get<ErrorMessage>(*decoded).error;
    CHECK(error.got.size() == std::min<std::size_t>(size, 1024));
    CHECK(error.hint == (size < 1024 ? message.error.hint : std::string(std::min<std::size_t>(size - 1, 1024), 'x')));
    CHECK(error.limit == "not ");
  }
}

}  // namespace tidemark::sync
