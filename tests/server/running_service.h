// A service on a thread of its own, and a device that talks to it in raw messages.
#pragma once

#include <string>
#include <thread>

#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "hlc/wall_clock.h"
#include "server/service.h"
#include "sync/message.h"
#include "tests/net/peers.h"
#include "tests/support/temp_dir.h"

namespace tidemark::server::testing {

class RunningService {
 public:
  explicit RunningService(ServiceOptions options) {
    [[maybe_unused]] static const bool quiet = (set_up_event_log(LogLevel::off, LogFormat::text), true);
    options.wall_clock = system_wall_ms;
    options.random = [number = std::uint64_t{1}]() mutable { return number++; };
    options.version = "1.2.3";
    service_.emplace(loop_, std::move(options));
    address_ = service_->address();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~RunningService() {
    if (thread_.joinable()) {
      loop_.stop();
      thread_.join();
    }
    service_.reset();
  }

  const std::string& address() const { return address_; }
  net::Url url() const { return *net::parse_url("ws://" + address_); }
  void stop() {
    loop_.post([this] { service_->stop([this] { loop_.stop(); }); });
  }
  void wait_until_stopped() { thread_.join(); }

  std::string get(const std::string& path) const {
    test::RawSocket socket(address_);
    socket.send("GET " + path + " HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n");
    return socket.read_to_end();
  }

 private:
  net::Loop loop_;
  std::optional<Service> service_;
  std::string address_;
  std::thread thread_;
};

// One node of one space, with its own chain.
class Device {
 public:
  Device(const net::Url& url, std::string space, std::uint64_t node, std::string credential = "")
      : client(url), space_(std::move(space)), head_{NodeId{node}, 0, {}}, credential_(std::move(credential)) {}

  // False if no connection came about.
  bool hello() {
    if (!client.open()) return false;
    sync::Hello message;
    message.space = space_;
    message.own = head_;
    message.credential = credential_;
    message.clock_ms = system_wall_ms();
    client.connection->send(sync::encode_message(message));
    return true;
  }
  // Sends the next bundle, one change of one cell.
  void push(const std::string& value) {
    Change change;
    change.stamp = {static_cast<std::uint64_t>(system_wall_ms()), static_cast<std::uint16_t>(head_.n + 1), head_.node};
    change.events.push_back({{"note", "title"}, *Value::text(value), std::nullopt});
    const auto encoded = encode_bundle({head_.node, head_.n + 1, {change}}, head_.hash, space_);
    head_ = encoded.head;
    const Bytes envelope = pack_envelope(encoded.bytes);
    client.connection->send(sync::encode_message(sync::Push{{envelope}}));
  }

  // The next message of this kind; others before it are dropped.
  template <class Kind>
  std::optional<Kind> next() {
    for (;;) {
      if (!client.run_until([this] { return taken_ < client.frames.size() || client.closed; })) return std::nullopt;
      if (taken_ == client.frames.size()) return std::nullopt;
      last_ = client.frames[taken_++];
      const auto message = sync::decode_message(last_);
      if (!message) continue;
      if (const auto* found = std::get_if<Kind>(&*message)) return *found;
    }
  }
  // The close code of the connection.
  int closed() {
    client.run_until([this] { return client.closed.has_value(); });
    return client.closed ? client.closed->code : 0;
  }
  const Head& head() const { return head_; }

  test::Client client;

 private:
  std::string space_;
  Head head_;
  std::string credential_;
  std::size_t taken_ = 0;
  net::Frame last_;  // keeps what views of the last message point into
};

}  // namespace tidemark::server::testing
