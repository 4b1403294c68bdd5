// The `tidemark-bench-plain` program: what stands beside the relay, a WebSocket server that knows nothing of bundles:
// Boost.Beast used by hand, on one thread, with what is known to be fast (no extension, no fragments, TCP_NODELAY).
//
//   tidemark-bench-plain echo           sends each message back
//   tidemark-bench-plain durable FILE   the same when it is durable: a thread commits all that wait in one transaction
//   tidemark-bench-plain fan-out        sends each message to everybody else, from one buffer
//
// The first line on stdout is {"listening":"HOST:PORT"}, as a relay's. SIGTERM ends it.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "bench/plain.h"

namespace tidemark::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using beast::error_code;
// Bound to their executor's type, so that nothing is called through a pointer that need not be.
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;
using Acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
using Message = std::shared_ptr<const std::string>;

class Session;
using SessionPtr = std::shared_ptr<Session>;

// What a server does with messages. Everything is called on the loop's thread.
class Mode {
 public:
  virtual ~Mode() = default;
  virtual void opened(const SessionPtr&) {}
  virtual void closed(const SessionPtr&) {}
  virtual void came(const SessionPtr& from, Message message) = 0;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, Mode& mode) : stream_(std::move(socket)), mode_(mode) {
    stream_.next_layer().set_option(tcp::no_delay(true));
    stream_.auto_fragment(false);
    stream_.binary(true);
    stream_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(beast::http::field::sec_websocket_protocol, "tidemark.v1");
    }));
  }

  void start() {
    stream_.async_accept([self = shared_from_this()](error_code failed) {
      if (failed) return;
      self->mode_.opened(self);
      self->read();
    });
  }

  void send(Message message) {
    queue_.push_back(std::move(message));
    if (queue_.size() == 1) write();
  }

 private:
  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](error_code failed, std::size_t size) {
      if (failed) return self->mode_.closed(self);
      const auto* bytes = static_cast<const char*>(self->buffer_.data().data());
      self->mode_.came(self, std::make_shared<const std::string>(bytes, size));
      self->buffer_.consume(size);
      self->read();
    });
  }

  void write() {
    stream_.async_write(asio::buffer(*queue_.front()), [self = shared_from_this()](error_code failed, std::size_t) {
      if (failed) return;
      self->queue_.pop_front();
      if (!self->queue_.empty()) self->write();
    });
  }

  websocket::stream<Socket, false> stream_;
  Mode& mode_;
  beast::flat_buffer buffer_;
  std::deque<Message> queue_;
};

class Echo : public Mode {
 public:
  void came(const SessionPtr& from, Message message) override { from->send(std::move(message)); }
};

class FanOut : public Mode {
 public:
  void opened(const SessionPtr& session) override { sessions_.insert(session); }
  void closed(const SessionPtr& session) override { sessions_.erase(session); }
  void came(const SessionPtr& from, Message message) override {
    for (const SessionPtr& session : sessions_) {
      if (session != from) session->send(message);
    }
  }

 private:
  std::unordered_set<SessionPtr> sessions_;
};

class Durable : public Mode {
 public:
  Durable(asio::io_context& loop, const std::string& path) : loop_(loop), database_(path, PlainDatabase::Sync::full) {
    database_.run("CREATE TABLE messages(seq INTEGER PRIMARY KEY, data)");
    writer_ = std::thread([this] { commit_until_stopped(); });
  }
  ~Durable() override {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    more_.notify_one();
    writer_.join();
  }

  void came(const SessionPtr& from, Message message) override {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({from, std::move(message)});
    more_.notify_one();
  }

 private:
  struct Waiting {
    SessionPtr from;
    Message message;
  };

  void commit_until_stopped() {
    PlainStatement insert(database_, "INSERT INTO messages(data) VALUES(?)");
    while (true) {
      std::vector<Waiting> batch;
      {
        std::unique_lock lock(mutex_);
        more_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
        if (stopped_) return;
        batch.swap(waiting_);
      }
      database_.run("BEGIN IMMEDIATE");
      for (const Waiting& one : batch) insert.bind(1, *one.message).step();
      database_.run("COMMIT");
      asio::post(loop_, [done = std::move(batch)] {
        for (const Waiting& one : done) one.from->send(one.message);
      });
    }
  }

  asio::io_context& loop_;
  PlainDatabase database_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::vector<Waiting> waiting_;
  bool stopped_ = false;
  std::thread writer_;
};

void accept_next(Acceptor& acceptor, Mode& mode) {
  acceptor.async_accept([&](error_code failed, Socket socket) {
    if (failed) return;
    std::make_shared<Session>(std::move(socket), mode)->start();
    accept_next(acceptor, mode);
  });
}

int serve(const std::string& mode_name, const std::string& path) {
  asio::io_context loop(1);
  std::unique_ptr<Mode> mode;
  if (mode_name == "echo") mode = std::make_unique<Echo>();
  if (mode_name == "fan-out") mode = std::make_unique<FanOut>();
  if (mode_name == "durable") mode = std::make_unique<Durable>(loop, path);
  if (!mode) return 2;
  asio::signal_set signals(loop, SIGTERM, SIGINT);
  signals.async_wait([&](error_code, int) { loop.stop(); });
  Acceptor acceptor(loop, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  accept_next(acceptor, *mode);
  std::printf("{\"listening\":\"127.0.0.1:%u\"}\n", unsigned(acceptor.local_endpoint().port()));
  std::fflush(stdout);
  loop.run();
  return 0;
}

}  // namespace
}  // namespace tidemark::bench

int main(int count, char** words) {
  try {
    return tidemark::bench::serve(count > 1 ? words[1] : "", count > 2 ? words[2] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tidemark-bench-plain: %s\n", error.what());
    return 1;
  }
}
