#include "net/loop.h"

#include <boost/asio/post.hpp>
#include <csignal>
#include <vector>

#include "net/context.h"

namespace tidemark::net {

Loop::Loop() : context_(std::make_unique<Context>()) {}

Loop::~Loop() {
  std::vector<ConnectionPtr> alive;
  for (const auto& [key, connection] : context_->connections) alive.push_back(connection.lock());
  for (const auto& connection : alive) {
    if (connection) connection->set_handlers({});
  }
}

void Loop::run() {
  // Restarting after the run and not before it keeps a stop() that another thread called too early.
  struct Restart {
    asio::io_context& io;
    ~Restart() { io.restart(); }
  } restart{context_->io};
  context_->io.run();
}

void Loop::stop() { context_->io.stop(); }

void Loop::post(std::function<void()> task) { asio::post(context_->io, std::move(task)); }

void TerminationWatch::wait() {
  signals.async_wait([this](const error_code& ec, int) {
    if (ec) return;
    wait();
    task();
  });
}

void Loop::on_termination(std::function<void()> task) {
  auto& watch = context_->terminations.emplace_back(context_->io, std::move(task));
  watch.signals.add(SIGINT);
  watch.signals.add(SIGTERM);
  watch.wait();
}

std::int64_t Loop::steady_ms() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

struct Loop::Timer::State {
  explicit State(Loop& loop) : timer(loop.context().executor()) {}

  SteadyTimer timer;
  std::uint64_t armings = 0;
};

Loop::Timer::Timer(Loop& loop) : state_(std::make_shared<State>(loop)) {}

Loop::Timer::~Timer() {
  if (state_) cancel();
}

Loop::Timer::Timer(Timer&&) noexcept = default;

Loop::Timer& Loop::Timer::operator=(Timer&& other) noexcept {
  if (this != &other) {
    if (state_) cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

void Loop::Timer::arm(std::chrono::milliseconds after, std::function<void()> task) {
  // Asio cannot take back a wait that has already expired and only waits for its turn; the count can.
  const std::uint64_t arming = ++state_->armings;
  state_->timer.expires_after(after);
  state_->timer.async_wait([state = state_, arming, task = std::move(task)](const error_code& ec) {
    if (!ec && state->armings == arming) task();
  });
}

void Loop::Timer::cancel() {
  ++state_->armings;
  state_->timer.cancel();
}

}  // namespace tidemark::net
