#include "bench/raw_device.h"

#include <sys/resource.h>

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "bench/bench.h"
#include "bench/stopwatch.h"
#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "hlc/wall_clock.h"

namespace tidemark::bench {

void Network::run(const std::string& what) {
  bool late = false;
  deadline_.arm(std::chrono::minutes(2), [&] {
    late = true;
    loop_.stop();
  });
  running_ = true;
  loop_.run();
  running_ = false;
  deadline_.cancel();
  if (late) throw std::runtime_error("no answer within two minutes: " + what);
}

void Network::done() {
  if (std::exchange(running_, false)) loop_.stop();
}

RawConnection::RawConnection(Network& network, const std::string& url, std::function<void()> on_open)
    : handler_(std::make_shared<std::function<void(const net::Frame&)>>()), gone_(std::make_shared<bool>(false)) {
  net::Limits limits;
  limits.write_queue_bytes_max = std::size_t(1) << 30;
  const auto opened = [this, opened_then = std::move(on_open)](net::ConnectionPtr connection) {
    connection_ = std::move(connection);
    net::Connection::Handlers handlers;
    handlers.on_frame = [handler = handler_](const net::Frame& frame) {
      if (*handler) (*handler)(frame);
    };
    handlers.on_drained = [] {};
    handlers.on_closed = [gone = gone_](const net::Closed& closed) {
      if (!*gone) throw std::runtime_error("a connection ended: " + closed.reason);
    };
    connection_->set_handlers(std::move(handlers));
    opened_then();
  };
  dialing_ = net::dial(network.loop(), *net::parse_url(url), limits, opened,
                       [](const Error& error) { throw std::runtime_error("no connection: " + to_string(error)); });
}

RawConnection::~RawConnection() {
  *gone_ = true;
  *handler_ = nullptr;
  if (connection_) connection_->close(net::CloseCode::normal, "");
}

bool may_open(std::uint64_t files) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= files) return true;
  limit.rlim_cur = std::min<rlim_t>(files, limit.rlim_max);
  if (limit.rlim_cur >= files && ::setrlimit(RLIMIT_NOFILE, &limit) == 0) return true;
  std::cerr << "tidemark-bench: this system allows no " << files << " open files; left out\n";
  return false;
}

void open_more(Network& network, RawConnections& connections, const std::string& url, std::uint64_t count) {
  constexpr std::uint64_t at_once = 64;  // shorter than any queue of connections that wait to be accepted
  while (count > 0) {
    std::uint64_t waiting = std::min(count, at_once);
    count -= waiting;
    for (std::uint64_t i = waiting; i > 0; --i) {
      connections.emplace_back(network, url, [&] {
        if (--waiting == 0) network.done();
      });
    }
    network.run("opening connections");
  }
}

std::vector<sync::Welcome> greet(Network& network, RawConnections& connections, std::size_t first,
                                 const std::function<Introduction(std::size_t)>& introduce,
                                 const std::function<void(const net::Frame&)>& delivered) {
  std::size_t waiting = connections.size() - first;
  std::vector<sync::Welcome> welcomes(waiting);
  for (std::size_t i = first; i < connections.size(); ++i) {
    RawConnection& connection = connections[i];
    connection.on_frame([&, i](const net::Frame& frame) {
      const sync::Message message = understood(frame);
      const auto* welcome = std::get_if<sync::Welcome>(&message);
      if (!welcome) {
        if (delivered) delivered(frame);
        return;
      }
      require(welcome->verdict == sync::Verdict::ok, "the verdict of a welcome");
      welcomes[i - first] = *welcome;
      if (--waiting == 0) network.done();
    });
    const Introduction introduction = introduce(i);
    sync::Hello hello;
    hello.space = introduction.space;
    hello.own = introduction.own;
    for (const NodeId node : introduction.others) hello.others.push_back({node, 0, {}});
    hello.clock_ms = system_wall_ms();
    connection.send(sync::encode_message(hello));
  }
  network.run("welcomes");
  for (std::size_t i = first; i < connections.size(); ++i) connections[i].on_frame(nullptr);
  return welcomes;
}

net::Frame push_frame(const std::vector<ByteView>& envelopes) { return sync::encode_message(sync::Push{envelopes}); }

sync::Message understood(const net::Frame& frame) {
  Result<sync::Message> message = sync::decode_message(frame);
  if (!message) throw std::runtime_error("the relay sent what cannot be understood: " + to_string(message.error()));
  if (const auto* error = std::get_if<sync::ErrorMessage>(&*message))
    throw std::runtime_error("the relay refused: " + to_string(error->error));
  return std::move(*message);
}

std::uint64_t entries_in(const net::Frame& frame) {
  const sync::Message message = understood(frame);
  const auto* entries = std::get_if<sync::Entries>(&message);
  return entries ? entries->entries.size() : 0;
}

Bytes OneEventChain::next() {
  constexpr std::uint64_t first_ms = 1'767'225'600'000;  // 2026-01-01: behind every relay's clock
  const std::uint64_t n = head_.n + 1;
  const Cell cell{"note-" + std::to_string(n % 1'000), "title"};
  Bundle bundle;
  bundle.node = head_.node;
  bundle.n = n;
  bundle.changes = {{Stamp{first_ms + n, 0, head_.node}, {{cell, *Value::text("milk, bread, butter"), {}}}, {}, {}}};
  const EncodedBundle encoded = encode_bundle(bundle, head_.hash, space_);
  head_ = encoded.head;
  return pack_envelope(encoded.bytes);
}

std::vector<net::Frame> OneEventChain::frames(std::uint64_t count) {
  std::vector<net::Frame> frames;
  for (std::uint64_t i = 0; i < count; ++i) frames.push_back(push_frame({next()}));
  return frames;
}

ClosedLoop run_closed_loop(Network& network, RawConnections& connections,
                           const std::vector<std::vector<net::Frame>>& loads,
                           const std::function<bool(const net::Frame&)>& answers) {
  struct Turn {
    std::size_t next = 0;
    double sent_s = 0;
  };
  ClosedLoop outcome;
  std::vector<Turn> turns(connections.size());
  std::size_t busy = connections.size();
  const auto go_on = [&](std::size_t i) {
    Turn& turn = turns[i];
    if (turn.next == loads[i].size()) {
      if (--busy == 0) network.done();
      return;
    }
    turn.sent_s = Stopwatch::now().wall_s;
    connections[i].send(loads[i][turn.next++]);
  };
  for (std::size_t i = 0; i < connections.size(); ++i) {
    connections[i].on_frame([&, i](const net::Frame& frame) {
      if (!answers(frame)) return;
      outcome.waits_s.push_back(Stopwatch::now().wall_s - turns[i].sent_s);
      go_on(i);
    });
  }
  const double began = Stopwatch::now().wall_s;
  for (std::size_t i = 0; i < connections.size(); ++i) go_on(i);
  network.run("answers");
  outcome.seconds = Stopwatch::now().wall_s - began;
  for (RawConnection& connection : connections) connection.on_frame(nullptr);
  return outcome;
}

}  // namespace tidemark::bench
