// Raw devices: connections that speak the protocol and keep nothing, so that a load costs the relay more than us.
// The same connections also speak to the plain server, which sends frames back without looking at them.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/dialer.h"
#include "sync/message.h"

namespace tidemark::bench {

// An event loop that is run until something is done, for at most a while.
class Network {
 public:
  // Throws std::runtime_error, which names what it waited for, if nothing calls done() within two minutes.
  void run(const std::string& what);
  void done();
  net::Loop& loop() { return loop_; }

 private:
  net::Loop loop_;
  net::Loop::Timer deadline_{loop_};
  bool running_ = false;
};

// A connection that dials at once. A failure, or an end that we did not ask for, leaves Network::run() as an exception.
class RawConnection {
 public:
  RawConnection(Network& network, const std::string& url, std::function<void()> on_open);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void send(net::Frame frame) { connection_->send(std::move(frame)); }
  void on_frame(std::function<void(const net::Frame&)> handler) { *handler_ = std::move(handler); }

 private:
  // Shared with the connection, which may outlive us; emptied when we go.
  std::shared_ptr<std::function<void(const net::Frame&)>> handler_;
  std::shared_ptr<bool> gone_;
  std::unique_ptr<net::Dialing> dialing_;
  net::ConnectionPtr connection_;
};

using RawConnections = std::deque<RawConnection>;

// May this process, and so its children, open so many files? Raises what it may raise; says so if not.
bool may_open(std::uint64_t files);
// Opens so many more, a few at a time, and waits for them.
void open_more(Network& network, RawConnections& connections, const std::string& url, std::uint64_t count);

struct Introduction {
  std::string space;
  Head own;                     // node, and what it has pushed
  std::vector<NodeId> others;  // further nodes that will be pushed, with nothing yet
};
// Says hello over each connection from `first` on, as a device without a cursor, and waits for the welcomes, which it
// gives in the connections' order. `delivered` gets what else comes meanwhile; afterwards no handler is set.
std::vector<sync::Welcome> greet(Network& network, RawConnections& connections, std::size_t first,
                                 const std::function<Introduction(std::size_t)>& introduce,
                                 const std::function<void(const net::Frame&)>& delivered = nullptr);

net::Frame push_frame(const std::vector<ByteView>& envelopes);
// What a relay sent. Throws if it is an error or cannot be understood.
sync::Message understood(const net::Frame& frame);
// So many entries, 0 of any other message.
std::uint64_t entries_in(const net::Frame& frame);

// Bundles of one event each that a node makes one after the other, in envelopes.
class OneEventChain {
 public:
  OneEventChain(std::string space, NodeId node) : space_(std::move(space)) { head_.node = node; }
  Bytes next();
  // Pushes of one bundle each.
  std::vector<net::Frame> frames(std::uint64_t count);
  const Head& head() const { return head_; }

 private:
  std::string space_;
  Head head_;
};

// Each connection sends its next frame when the one before it was answered.
struct ClosedLoop {
  double seconds = 0;
  std::vector<double> waits_s;  // from each frame to its answer
};
ClosedLoop run_closed_loop(Network& network, RawConnections& connections,
                           const std::vector<std::vector<net::Frame>>& loads,
                           const std::function<bool(const net::Frame&)>& answers);

}  // namespace tidemark::bench
