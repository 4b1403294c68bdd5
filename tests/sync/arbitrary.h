// Generators of messages for property tests.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "sync/message.h"
#include "tests/hlc/arbitrary.h"

namespace tidemark::sync {

// Characters that JSON escapes, and of every length in UTF-8.
inline rc::Gen<std::string> arbitrary_name(std::size_t characters_min = 0) {
  const auto character = rc::gen::elementOf(
      std::vector<std::string>{"a", "Z", " ", "\"", "\\", "/", "\n", "\x01", "\x7f", "\u00e9", "\u2028", "\U0001F600"});
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(character),
                      [=](std::vector<std::string> characters) {
                        if (characters.size() > 60) characters.resize(60);
                        while (characters.size() < characters_min) characters.push_back("n");
                        std::string text;
                        for (const std::string& one : characters) text += one;
                        return text;
                      });
}

inline rc::Gen<std::uint64_t> arbitrary_number() {
  return rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 300), rc::gen::inRange<std::uint64_t>(0, max_number + 1),
                        rc::gen::elementOf(std::vector<std::uint64_t>{max_number, 127, 128, 16'383, 16'384}));
}

inline rc::Gen<std::int64_t> arbitrary_ms() {
  return rc::gen::map(arbitrary_number(), [](std::uint64_t number) {
    return number % 2 == 0 ? std::int64_t(number) : -std::int64_t(number);
  });
}

inline rc::Gen<Head> arbitrary_head(std::uint64_t n_min = 0) {
  return rc::gen::map(
      rc::gen::construct<Head>(rc::gen::arbitrary<NodeId>(), arbitrary_number(), rc::gen::arbitrary<Hash>()),
      [n_min](Head head) {
        head.n = std::max(head.n, n_min);
        if (head.n == 0) head.hash = {};
        return head;
      });
}

inline rc::Gen<std::vector<Head>> arbitrary_heads(std::size_t most) {
  return rc::gen::map(rc::gen::container<std::vector<Head>>(arbitrary_head()), [most](std::vector<Head> heads) {
    if (heads.size() > most) heads.resize(most);
    return heads;
  });
}

template <class T>
std::optional<T> maybe(rc::Gen<T> gen) {
  if (*rc::gen::arbitrary<bool>()) return *gen;
  return std::nullopt;
}

inline rc::Gen<Hello> arbitrary_hello() {
  return rc::gen::exec([] {
    Hello hello;
    hello.space = *arbitrary_name(1);
    hello.own = *arbitrary_head();
    hello.others = *arbitrary_heads(max_other_nodes);
    hello.cursor =
        maybe(rc::gen::construct<Cursor>(rc::gen::arbitrary<LogId>(), arbitrary_number(), rc::gen::arbitrary<Hash>()));
    hello.digest = *rc::gen::arbitrary<Hash>();
    hello.refill = maybe(rc::gen::arbitrary<LogId>());
    hello.credential = *arbitrary_name();
    hello.clock_ms = *arbitrary_ms();
    hello.plain = *rc::gen::arbitrary<bool>();
    return hello;
  });
}

inline rc::Gen<Welcome> arbitrary_welcome() {
  return rc::gen::exec([] {
    Welcome welcome;
    welcome.log = *rc::gen::arbitrary<LogId>();
    welcome.first_seq = std::max<std::uint64_t>(1, *arbitrary_number());
    welcome.seq = *arbitrary_number();
    welcome.time_ms = *arbitrary_ms();
    welcome.time_trusted = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) welcome.limits.message_bytes = *arbitrary_number();
    if (*rc::gen::arbitrary<bool>()) welcome.limits.bundle_bytes = *arbitrary_number();
    if (*rc::gen::arbitrary<bool>()) welcome.limits.in_flight_bytes = *arbitrary_number();
    welcome.heads = *arbitrary_heads(max_other_nodes + 1);
    welcome.digest = *rc::gen::arbitrary<Hash>();
    welcome.verdict = *rc::gen::element(Verdict::ok, Verdict::fork, Verdict::log_changed, Verdict::trimmed);
    return welcome;
  });
}

inline rc::Gen<Confirm> arbitrary_confirm() {
  return rc::gen::exec([] {
    return Confirm{*rc::gen::arbitrary<NodeId>(),
                   *arbitrary_number(),
                   *arbitrary_number(),
                   *rc::gen::element<std::string>("durable", "", "replicated"),
                   *arbitrary_ms(),
                   *rc::gen::arbitrary<bool>()};
  });
}

inline rc::Gen<ErrorMessage> arbitrary_error() {
  return rc::gen::exec([] {
    ErrorMessage message;
    message.error = {*rc::gen::element<std::string>("fork", "gap", "x"),
                     *arbitrary_name(),
                     *arbitrary_name(),
                     *arbitrary_name(),
                     *arbitrary_name(),
                     *rc::gen::element(Retry::never, Retry::later, Retry::after_fix)};
    message.head = maybe(arbitrary_head());
    message.time_ms = *arbitrary_ms();
    return message;
  });
}

// Any bytes will do: messages do not look into envelopes.
inline rc::Gen<std::vector<Bytes>> arbitrary_envelopes() {
  return rc::gen::nonEmpty(rc::gen::container<std::vector<Bytes>>(rc::gen::nonEmpty<Bytes>()));
}

inline rc::Gen<HeadsPage> arbitrary_page() {
  return rc::gen::exec([] {
    HeadsPage page;
    page.heads = *rc::gen::container<std::vector<Head>>(arbitrary_head(1));
    std::sort(page.heads.begin(), page.heads.end(), [](const Head& a, const Head& b) { return a.node < b.node; });
    const auto same = [](const Head& a, const Head& b) { return a.node == b.node; };
    page.heads.erase(std::unique(page.heads.begin(), page.heads.end(), same), page.heads.end());
    page.last = page.heads.empty() || *rc::gen::arbitrary<bool>();
    return page;
  });
}

}  // namespace tidemark::sync
