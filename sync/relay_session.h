// RelaySession: the relay's side of one connection, without I/O.
//
// It understands frames, knows which message is allowed when, remembers what the replica holds and how far it was fed,
// and packs entries. What it cannot answer alone it asks of the relay: feed frames with receive(), drain next_ask(), call
// the answers, drain next_frame(). All transitions are in relay_session.cpp.
//
//   awaiting_hello --hello--> greeting --welcome(ok)--> live            (a hello is allowed in every state but greeting)
//                                      --welcome(other)--> awaiting_hello
//   live: push, want, lack; heads pages if the welcome asked to compare
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <variant>
#include <vector>

#include "bundles/bundle.h"
#include "sync/message.h"

namespace tidemark::sync {

// One bundle that was pushed: decoded, checked for form, not yet for its place in a chain.
struct Pushed {
  BundleHeader header;
  Bytes canonical;
  SharedBytes envelope;
};

// Everything a replica holds, complete, ascending by node.
struct Compare {
  std::vector<Head> heads;
};

class RelaySession {
 public:
  explicit RelaySession(const Limits& limits) : limits_(limits) {}

  // --- from the peer ---
  using Ask = std::variant<Hello, Pushed, Compare, Want, Lack>;
  void receive(const Frame& frame);
  std::optional<Ask> next_ask();

  // --- answers ---
  // `compare_first`: the replica will send its heads now, and is fed only when they are here.
  void welcome(const Welcome& welcome, std::uint64_t after_seq, bool compare_first);
  void send(const Message& message);
  // An error that leaves the session as it is.
  void refuse(ErrorMessage message);
  // An error after which the connection is closed.
  void fail(Error error, CloseCode code);
  // The replica holds the node's bundles up to n, and they are those of the log.
  void knows(NodeId node, std::uint64_t n);

  // --- feeding ---
  struct Item {
    const Head* head;
    ByteView envelope;
  };
  bool hungry() const;  // live, drained, and may be fed
  std::uint64_t fed_seq() const { return fed_seq_; }
  bool holds(const Head& head) const;
  // The next entries of the log; the first has seq fed_seq() + 1.
  void feed(std::span<const Item> items);
  // The same as an encoded frame that other sessions get too; the caller knows that this one holds none of them and
  // shares_frames().
  void feed_shared(Frame frame, std::uint64_t last_seq);
  void drained() { busy_ = false; }

  // --- to the peer ---
  std::optional<Frame> next_frame();
  struct Closing {
    CloseCode code;
    std::string reason;
  };
  const std::optional<Closing>& closing() const { return closing_; }

  // --- facts ---
  bool live() const { return state_ == State::live; }
  const Hello& hello() const { return hello_; }
  bool shares_frames() const { return !hello_.plain; }
  bool is_own(NodeId node) const { return own_.count(node) != 0; }  // named in the hello as the replica's own

 private:
  enum class State { awaiting_hello, greeting, live, closed };

  void on(Hello message);
  void on(const Push& message);
  void on(HeadsPage message);
  void push_one(ByteView envelope);
  void send_plain(const ChainPart& part);
  void out_of_state(const char* message);
  void finish_frame(Entries& entries);

  Limits limits_;
  State state_ = State::awaiting_hello;
  Hello hello_;
  std::set<NodeId> own_;
  std::map<NodeId, std::uint64_t> known_;
  bool comparing_ = false;
  std::vector<Head> compared_;
  std::uint64_t fed_seq_ = 0;
  bool busy_ = false;
  std::deque<Ask> asks_;
  std::deque<Frame> frames_;
  std::optional<Closing> closing_;
};

}  // namespace tidemark::sync
