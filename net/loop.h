// Loop: one thread's event loop, so that the rest of the tree never names Boost.
//
// Everything in net runs on the thread that calls run(); handlers are called there and may call
// anything in net. Only post() and stop() may be called from other threads. Nothing that was made on
// a loop (timers, listeners, dialings, connections) may be used after it is gone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace tidemark::net {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop(), or until nothing is left to do; an armed timer, a listener and a termination
  // handler are something to do. A stop() that comes before run() makes that run() return at once.
  // What a handler throws leaves run(), which may then be called again.
  void run();
  void stop();

  // Runs the function on the loop's thread, soon. From any thread.
  void post(std::function<void()> task);

  // A one-shot timer. Destroying or re-arming it cancels what was armed; a cancelled function never runs.
  class Timer {
   public:
    explicit Timer(Loop& loop);
    ~Timer();
    Timer(Timer&&) noexcept;
    Timer& operator=(Timer&&) noexcept;
    void arm(std::chrono::milliseconds after, std::function<void()> task);
    void cancel();

   private:
    struct State;
    std::shared_ptr<State> state_;
  };

  // Calls the function for every SIGINT and SIGTERM from now on.
  void on_termination(std::function<void()> task);

  // Monotonic milliseconds, for deadlines only.
  static std::int64_t steady_ms();

  struct Context;  // the Boost side; complete only inside net's .cpp files
  Context& context() { return *context_; }

 private:
  std::unique_ptr<Context> context_;
};

}  // namespace tidemark::net
