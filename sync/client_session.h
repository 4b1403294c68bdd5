// ClientSession: the replica's side of one connection, without I/O.
//
// It understands frames, knows which message is allowed when, keeps the window of pushed and unconfirmed bundles, and
// counts what moves. What to answer is decided by the replica, which owns the store: feed frames with receive(), drain
// next_event(), call the verbs, drain next_frame(). All transitions are in client_session.cpp.
//
//   idle --say_hello--> greeting --welcome--> live --say_hello--> greeting ...        any --bad frame--> broken
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "sync/message.h"

namespace tidemark::sync {

// What moved over one connection.
struct Traffic {
  std::uint64_t bytes_up = 0;  // of messages
  std::uint64_t bytes_down = 0;
  std::uint64_t bundle_bytes_up = 0;  // of envelopes in them
  std::uint64_t bundle_bytes_down = 0;
  std::uint64_t bundles_confirmed = 0;  // of those pushed over this connection
  std::uint64_t events_confirmed = 0;   // in them
  std::uint64_t round_trips = 0;        // times that something was sent and an answer came
};

class ClientSession {
 public:
  // --- from the relay ---
  // Binary messages keep their frame, since their views point into it.
  struct Delivered {
    Frame frame;
    Entries entries;
  };
  struct ChainCame {
    Frame frame;
    ChainPart part;
  };
  using Event = std::variant<Welcome, Delivered, ChainCame, Confirm, Want, Compared, ErrorMessage>;
  void receive(const Frame& frame);
  std::optional<Event> next_event();
  // Set when the relay sent what cannot be understood: the connection must go.
  const std::optional<Error>& broken() const { return broken_; }

  // --- verbs ---
  // Starts or restarts the delivery. What was in flight counts as unsent; confirms that still come are passed on.
  void say_hello(const Hello& hello);
  struct Outgoing {
    Head head;
    std::uint64_t events = 0;
    Bytes envelope;
  };
  // Pushes bundles in one frame. Only while live.
  void push(std::span<const Outgoing> bundles);
  // Bytes of envelopes that may still be pushed before something is confirmed. While nothing is in flight a whole bundle
  // fits, whatever limits the relay named.
  std::size_t room() const;
  std::size_t in_flight() const { return in_flight_bytes_; }
  // The node's bundles in flight will not be confirmed: the relay refused one of them.
  void forget_in_flight(NodeId node);
  void send(const Message& message);

  // --- to the relay ---
  std::optional<Frame> next_frame();

  bool live() const { return state_ == State::live; }
  const Hello& hello() const { return hello_; }
  const Traffic& traffic() const { return traffic_; }

 private:
  enum class State { idle, greeting, live, broken };
  struct Flight {
    NodeId node;
    std::uint64_t n;
    std::uint64_t events;
    std::size_t bytes;
  };

  void accept(Message&& message, const Frame& frame);
  void land(NodeId node, std::uint64_t up_to_n, bool confirmed);
  std::size_t window() const;
  void fail(Error error);
  void send_now(Frame frame);

  State state_ = State::idle;
  Hello hello_;
  Limits limits_;
  std::deque<Flight> flights_;
  std::size_t in_flight_bytes_ = 0;
  std::deque<Event> events_;
  std::deque<Frame> frames_;
  std::optional<Error> broken_;
  Traffic traffic_;
  bool unanswered_ = false;
};

}  // namespace tidemark::sync
