// A RelaySession with short words for what scripts do to it.
#pragma once

#include <doctest/doctest.h>

#include "sync/relay_session.h"
#include "tests/sync/samples.h"

namespace tidemark::sync {

struct RelaySide {
  explicit RelaySide(const Limits& limits = {}) : session(limits) {}

  void hear(const Message& said_to_it) { session.receive(encode_message(said_to_it)); }

  // A hello was heard and answered: what follows is in the state that the verdict leads to.
  void greet(const Hello& hello, Verdict verdict = Verdict::ok, std::uint64_t after_seq = 0,
             bool compare_first = false) {
    hear(hello);
    REQUIRE(std::holds_alternative<Hello>(ask()));
    session.welcome(welcome_to(hello, verdict), after_seq, compare_first);
    REQUIRE(std::holds_alternative<Welcome>(said()));
  }

  RelaySession::Ask ask() {
    auto next = session.next_ask();
    REQUIRE(next);
    return std::move(*next);
  }
  bool asks() { return session.next_ask().has_value(); }

  // The next frame as a message; it keeps the frame, because views point into it.
  const Message& said() {
    auto next = session.next_frame();
    REQUIRE(next);
    frame = *next;
    Result<Message> decoded = decode_message(frame);
    REQUIRE(decoded);
    message = std::move(*decoded);
    return message;
  }
  bool silent() { return !session.next_frame(); }
  std::string error_code() {
    const auto* error = std::get_if<ErrorMessage>(&said());
    return error ? error->error.code : name_of(message);
  }

  // "open", or the close code with the reason.
  std::string closing() const {
    const auto& closing = session.closing();
    return closing ? std::to_string(int(closing->code)) + " " + closing->reason : "open";
  }

  std::vector<RelaySession::Item> items(const std::vector<ChainLink>& chain) const {
    std::vector<RelaySession::Item> made;
    for (const ChainLink& link : chain) made.push_back({&link.head, link.envelope});
    return made;
  }

  RelaySession session;
  Frame frame;
  Message message;
};

}  // namespace tidemark::sync
