#include "sync/client_session.h"

#include <algorithm>

#include "hlc/assert.h"

namespace tidemark::sync {
namespace {

// The message's type and the length in front of an envelope.
constexpr std::size_t framing_bytes = 4;
// Everything is one promise today; others, weaker or stronger, may come beside it.
constexpr const char* durable = "durable";

}  // namespace

void ClientSession::receive(const Frame& frame) {
  if (state_ == State::broken) return;
  traffic_.bytes_down += frame.bytes->size();
  if (unanswered_) {
    ++traffic_.round_trips;
    unanswered_ = false;
  }
  Result<Message> message = decode_message(frame);
  if (!message) return fail(message.error());
  traffic_.bundle_bytes_down += bundle_bytes(*message);
  accept(std::move(*message), frame);
}

void ClientSession::accept(Message&& message, const Frame& frame) {
  switch (state_) {
    case State::greeting:
      if (auto* welcome = std::get_if<Welcome>(&message)) {
        if (welcome->heads.size() != 1 + hello_.others.size()) {
          return fail({"bad_message", "welcome heads", std::to_string(welcome->heads.size()) + " heads",
                       "one for each in hello", "", Retry::never});
        }
        state_ = State::live;
        limits_ = welcome->limits;
        events_.push_back(std::move(*welcome));
        return;
      }
      // What the relay sent before it saw a repeated hello is void, but a confirm stays true, and errors are heard.
      if (std::holds_alternative<Entries>(message) || std::holds_alternative<ChainPart>(message) ||
          std::holds_alternative<Want>(message) || std::holds_alternative<Compared>(message)) {
        return;
      }
      break;
    case State::live:
      if (auto* entries = std::get_if<Entries>(&message))
        return events_.push_back(Delivered{frame, std::move(*entries)});
      if (auto* part = std::get_if<ChainPart>(&message)) return events_.push_back(ChainCame{frame, std::move(*part)});
      if (auto* want = std::get_if<Want>(&message)) return events_.push_back(*want);
      if (auto* compared = std::get_if<Compared>(&message)) return events_.push_back(*compared);
      break;
    case State::idle:
    case State::broken:
      break;
  }
  if (auto* confirm = std::get_if<Confirm>(&message); confirm && state_ != State::idle) {
    if (confirm->level != durable) return;
    land(confirm->node, confirm->n, true);
    return events_.push_back(std::move(*confirm));
  }
  if (auto* error = std::get_if<ErrorMessage>(&message)) return events_.push_back(std::move(*error));
  fail({"out_of_state", "message", name_of(message), "what docs/protocol.md allows here", "", Retry::later});
}

void ClientSession::land(NodeId node, std::uint64_t up_to_n, bool confirmed) {
  const auto landed = [&](const Flight& flight) {
    if (flight.node != node || flight.n > up_to_n) return false;
    in_flight_bytes_ -= flight.bytes;
    traffic_.bundles_confirmed += confirmed ? 1 : 0;
    traffic_.events_confirmed += confirmed ? flight.events : 0;
    return true;
  };
  flights_.erase(std::remove_if(flights_.begin(), flights_.end(), landed), flights_.end());
}

void ClientSession::forget_in_flight(NodeId node) { land(node, ~std::uint64_t(0), false); }

std::optional<ClientSession::Event> ClientSession::next_event() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void ClientSession::say_hello(const Hello& hello) {
  if (state_ == State::broken) return;
  hello_ = hello;
  state_ = State::greeting;
  flights_.clear();
  in_flight_bytes_ = 0;
  // Deliveries that wait here belong to the old start; those still on the wire are dropped in accept().
  const auto is_delivery = [](const Event& event) {
    return !std::holds_alternative<Confirm>(event) && !std::holds_alternative<ErrorMessage>(event);
  };
  events_.erase(std::remove_if(events_.begin(), events_.end(), is_delivery), events_.end());
  send_now(encode_message(hello_));
}

void ClientSession::push(std::span<const Outgoing> bundles) {
  TIDEMARK_ASSERT(live());
  Push message;
  for (const Outgoing& bundle : bundles) {
    message.envelopes.push_back(bundle.envelope);
    flights_.push_back({bundle.head.node, bundle.head.n, bundle.events, bundle.envelope.size()});
    in_flight_bytes_ += bundle.envelope.size();
    traffic_.bundle_bytes_up += bundle.envelope.size();
  }
  send_now(encode_message(message));
}

std::size_t ClientSession::window() const {
  const std::size_t bytes = std::min(limits_.in_flight_bytes, limits_.message_bytes);
  return bytes > framing_bytes ? bytes - framing_bytes : 0;
}

std::size_t ClientSession::room() const {
  // What is sealed cannot be split, so one bundle may always go, whatever the relay's limits say.
  if (flights_.empty()) return std::max(window(), max_bundle_bytes + 1);
  return window() > in_flight_bytes_ ? window() - in_flight_bytes_ : 0;
}

void ClientSession::send(const Message& message) {
  if (state_ != State::broken) send_now(encode_message(message));
}

void ClientSession::send_now(Frame frame) {
  traffic_.bytes_up += frame.bytes->size();
  unanswered_ = true;
  frames_.push_back(std::move(frame));
}

std::optional<Frame> ClientSession::next_frame() {
  if (frames_.empty()) return std::nullopt;
  Frame frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

void ClientSession::fail(Error error) {
  state_ = State::broken;
  broken_ = std::move(error);
  events_.clear();
}

}  // namespace tidemark::sync
