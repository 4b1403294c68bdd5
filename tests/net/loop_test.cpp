#include "net/loop.h"

#include <doctest/doctest.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>

using std::chrono::milliseconds;
using tidemark::net::Loop;

TEST_CASE("a loop with nothing to do returns, and can run again") {
  Loop loop;
  loop.run();
  int calls = 0;
  loop.post([&] { ++calls; });
  loop.run();
  CHECK(calls == 1);
}

TEST_CASE("tasks posted from other threads run on the loop's thread in the order of each poster") {
  Loop loop;
  Loop::Timer keeps_running(loop);
  keeps_running.arm(milliseconds(10'000), [&] { loop.stop(); });
  std::string seen;
  const auto here = std::this_thread::get_id();
  bool elsewhere = false;
  std::thread other([&] {
    for (char c = 'a'; c <= 'z'; ++c) {
      loop.post([&, c] {
        elsewhere = elsewhere || std::this_thread::get_id() != here;
        seen.push_back(c);
      });
    }
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  other.join();
  CHECK(seen == "abcdefghijklmnopqrstuvwxyz");
  CHECK_FALSE(elsewhere);
}

TEST_CASE("a stop from another thread ends the run, also when it comes before") {
  Loop loop;
  Loop::Timer keeps_running(loop);
  keeps_running.arm(milliseconds(10'000), [] { FAIL("was not stopped"); });
  loop.stop();
  loop.run();
  std::thread other([&] { loop.stop(); });
  loop.run();
  other.join();
}

TEST_CASE("timers fire in the order of their times") {
  Loop loop;
  std::string seen;
  Loop::Timer a(loop), b(loop), c(loop);
  c.arm(milliseconds(30), [&] { seen += 'c'; });
  a.arm(milliseconds(0), [&] { seen += 'a'; });
  b.arm(milliseconds(15), [&] { seen += 'b'; });
  loop.run();
  CHECK(seen == "abc");
}

TEST_CASE("a timer that is cancelled, armed again or destroyed does not run what it was armed with") {
  Loop loop;
  std::string seen;
  Loop::Timer cancelled(loop), rearmed(loop);
  cancelled.arm(milliseconds(1), [&] { seen += 'x'; });
  rearmed.arm(milliseconds(1), [&] { seen += 'y'; });
  {
    Loop::Timer destroyed(loop);
    destroyed.arm(milliseconds(0), [&] { seen += 'z'; });
  }
  cancelled.cancel();
  rearmed.arm(milliseconds(5), [&] { seen += 'r'; });
  loop.run();
  CHECK(seen == "r");
}

TEST_CASE("a timer that has expired but not yet run can still be cancelled") {
  Loop loop;
  bool ran = false;
  Loop::Timer victim(loop), killer(loop);
  killer.arm(milliseconds(0), [&] {
    std::this_thread::sleep_for(milliseconds(5));
    victim.cancel();
  });
  victim.arm(milliseconds(1), [&] { ran = true; });
  loop.run();
  CHECK_FALSE(ran);
}

TEST_CASE("a timer can be moved while armed, and may destroy itself in its task") {
  Loop loop;
  bool ran = false;
  auto owner = std::make_unique<Loop::Timer>(loop);
  Loop::Timer armed(loop);
  armed.arm(milliseconds(1), [&] {
    owner.reset();
    ran = true;
  });
  *owner = std::move(armed);
  loop.run();
  CHECK(ran);
}

TEST_CASE("what a task throws leaves run, and the loop goes on afterwards") {
  Loop loop;
  int calls = 0;
  loop.post([] { throw std::runtime_error("broken"); });
  loop.post([&] { ++calls; });
  CHECK_THROWS_AS(loop.run(), std::runtime_error);
  loop.run();
  CHECK(calls == 1);
}

TEST_CASE("SIGTERM and SIGINT call the termination handler each time") {
  Loop loop;
  int calls = 0;
  loop.on_termination([&] {
    if (++calls == 1) {
      std::raise(SIGINT);
    } else {
      loop.stop();
    }
  });
  loop.post([] { std::raise(SIGTERM); });
  loop.run();
  CHECK(calls == 2);
}

TEST_CASE("steady_ms does not go back") {
  const auto before = Loop::steady_ms();
  CHECK(Loop::steady_ms() >= before);
}
