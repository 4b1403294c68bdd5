// The two real peers of net's tests: a server on a thread of its own, a client on the test's thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/dialer.h"
#include "net/listener.h"
#include "tests/support/raw_socket.h"

namespace tidemark::test {

using net::CloseCode;
using net::Closed;
using net::Connection;
using net::ConnectionPtr;
using net::Frame;
using net::Limits;
using net::Listener;
using net::Loop;

// Message deadlines short enough to meet in a test. Only for tests that want to meet them: on a busy
// machine an honest peer may miss them too.
inline Limits short_limits() {
  using std::chrono::milliseconds;
  Limits limits;
  limits.message_max = milliseconds(1000);
  limits.rate_window = milliseconds(300);
  limits.close_max = milliseconds(300);
  return limits;
}

inline Frame binary(const std::string& bytes) {
  return {false, std::make_shared<const Bytes>(bytes.begin(), bytes.end())};
}
inline Frame text(const std::string& bytes) {
  return {true, std::make_shared<const Bytes>(bytes.begin(), bytes.end())};
}

// Echoes every frame unless told otherwise, and remembers how connections ended.
class Server {
 public:
  explicit Server(Limits limits = {}, std::function<void(ConnectionPtr)> on_connection = nullptr,
                  std::string subprotocol = "tidemark.v1") {
    Listener::Options options;
    options.limits = limits;
    options.subprotocol = std::move(subprotocol);
    options.on_http = [](std::string_view path) {
      return path == "/healthz" ? net::HttpResponse{200, "application/json", "{\"ok\":true}"}
                                : net::HttpResponse{404, "text/plain", "no\n"};
    };
    options.on_connection = [this, custom = std::move(on_connection)](ConnectionPtr connection) {
      Connection::Handlers handlers;
      handlers.on_frame = [raw = connection.get()](Frame frame) { raw->send(std::move(frame)); };
      handlers.on_closed = [this, connection](const Closed& closed) { ended(closed); };
      connection->set_handlers(std::move(handlers));
      if (custom) custom(connection);
    };
    listener_.emplace(loop_, std::move(options));
    address_ = listener_->address();
    thread_ = std::thread([this] { loop_.run(); });
  }

  ~Server() {
    loop_.stop();
    thread_.join();
  }

  const std::string& address() const { return address_; }
  net::Url url() const { return *net::parse_url("ws://" + address_); }
  Loop& loop() { return loop_; }
  Listener& listener() { return *listener_; }  // on the loop's thread only

  // The connection that ended as number `index`; one that never ends is code 0.
  Closed closed(std::size_t index = 0) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return closed_.size() > index; });
    return closed_.size() > index ? closed_[index] : Closed{};
  }
  // Waits until some connection has ended with this code.
  bool saw(std::uint16_t code) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return std::any_of(closed_.begin(), closed_.end(), [&](const Closed& closed) { return closed.code == code; });
    });
  }
  std::size_t closed_count() {
    std::lock_guard lock(mutex_);
    return closed_.size();
  }
  // Runs the task on the server's thread and waits for it.
  void run(const std::function<void()>& task) {
    std::unique_lock lock(mutex_);
    bool done = false;
    loop_.post([&] {
      task();
      std::lock_guard inner(mutex_);
      done = true;
      changed_.notify_all();
    });
    changed_.wait(lock, [&] { return done; });
  }
  void ended(const Closed& closed) {
    std::lock_guard lock(mutex_);
    closed_.push_back(closed);
    changed_.notify_all();
  }

 private:
  Loop loop_;
  std::optional<Listener> listener_;
  std::string address_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Closed> closed_;
};

// Dials and collects; everything on the thread that calls run_until().
class Client {
 public:
  explicit Client(const net::Url& url, const Limits& limits = {}) : guard_(loop_) {
    dialing_ = net::dial(
        loop_, url, limits,
        [this](ConnectionPtr opened) {
          connection = std::move(opened);
          Connection::Handlers handlers;
          handlers.on_frame = [this](Frame frame) {
            frames.push_back(std::move(frame));
            step();
          };
          handlers.on_drained = [this] {
            ++drained;
            step();
          };
          handlers.on_closed = [this](const Closed& how) {
            closed = how;
            ++closed_calls;
            step();
          };
          connection->set_handlers(std::move(handlers));
          step();
        },
        [this](const Error& error) {
          failed = error;
          step();
        });
  }

  // True when it became true; false after ten seconds, or when nothing is left that could change it.
  bool run_until(std::function<bool()> wanted) {
    wanted_ = std::move(wanted);
    if (wanted_()) return true;
    guard_.arm(std::chrono::seconds(10), [this] { loop_.stop(); });
    loop_.run();
    guard_.cancel();
    return wanted_();
  }
  bool open() {
    return run_until([this] { return connection || failed; }) && connection;
  }
  // Lets the loop go on for a while without waiting for anything.
  void run_for(std::chrono::milliseconds time) {
    wanted_ = [] { return false; };
    guard_.arm(time, [this] { loop_.stop(); });
    loop_.run();
  }
  std::string echo(const std::string& bytes) {
    const std::size_t before = frames.size();
    connection->send(binary(bytes));
    if (!run_until([&] { return frames.size() > before || closed; }) || frames.size() == before) return "no echo";
    return std::string(frames.back().as_text());
  }
  void cancel() { dialing_.reset(); }
  Loop& loop() { return loop_; }

 private:
  Loop loop_;
  Loop::Timer guard_;
  std::unique_ptr<net::Dialing> dialing_;
  std::function<bool()> wanted_;

  void step() {
    if (wanted_ && wanted_()) loop_.stop();
  }

 public:
  ConnectionPtr connection;
  std::vector<Frame> frames;
  std::optional<Closed> closed;
  std::optional<Error> failed;
  int drained = 0;
  int closed_calls = 0;
};

}  // namespace tidemark::test
