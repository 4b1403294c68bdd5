#include "server/log_thread.h"

#include <doctest/doctest.h>

#include "server/log_error.h"
#include "tests/server/log_world.h"

using namespace tidemark;
using namespace tidemark::server;
using namespace tidemark::server::testing;

namespace {

// A LogThread and somebody who sleeps until it has something.
class Waiting {
 public:
  explicit Waiting(const std::string& path)
      : log({path, ""}, [this] {
          const std::lock_guard lock(mutex_);
          ++notified_;
          wake_.notify_one();
        }) {}

  std::vector<Done> wait_for(std::size_t count) {
    std::vector<Done> done;
    while (done.size() < count) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return notified_ > 0; });
      notified_ = 0;
      lock.unlock();
      log.poll(done);
    }
    return done;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  int notified_ = 0;

 public:
  LogThread log;
};

}  // namespace

TEST_CASE("every call to a log on its own thread is answered, in order") {
  const TempDir directory;
  Waiting waiting(directory / "relay.db");
  waiting.log.load(0, "notes", log_id(7));
  Planner planner("notes");
  constexpr Ticket commits = 300;
  for (Ticket ticket = 1; ticket <= commits; ++ticket) waiting.log.commit(ticket, {planner.plan({head(1, ticket)})});
  waiting.log.read(commits + 1, "notes", 0, 1 << 20);
  const auto done = waiting.wait_for(commits + 2);
  for (Ticket ticket = 0; ticket < done.size(); ++ticket) {
    CHECK(done[ticket].ticket == ticket);
    CHECK(done[ticket].outcome == Outcome::committed);
  }
  CHECK(std::get<ReadDone>(done.back().payload).page.entries.size() == commits);
  CHECK(waiting.log.stats().plans == commits);
  CHECK(waiting.log.stats().groups <= commits);
}

TEST_CASE("every kind of call crosses to the thread") {
  const TempDir directory;
  Waiting waiting(directory / "relay.db");
  auto& log = waiting.log;
  Planner planner("notes");
  log.load(0, "notes", log_id(7));
  log.watch("notes", true);
  log.commit(1, {planner.plan({head(1, 1), head(1, 2)})});
  log.acc_at(2, "notes", 2);
  log.hashes_at(3, "notes", {{NodeId{1}, 2}});
  log.chain(4, "notes", NodeId{1}, 1, 100);
  log.trim(5, "notes", 1);
  log.load(6, "notes", log_id(8));
  const auto done = waiting.wait_for(7);
  CHECK(std::get<AccAt>(done[2].payload).acc == planner.end().acc);
  CHECK(std::get<HashesAt>(done[3].payload).hashes.at(0) == head(1, 2).hash);
  CHECK(std::get<Chain>(done[4].payload).entries.size() == 1);
  CHECK(std::get<Committed>(done[5].payload).outcomes.at(0) == Outcome::committed);
  CHECK(std::get<Loaded>(done[6].payload).state.first_seq == 2);
}

TEST_CASE("what waits when a log is closed is still committed") {
  const TempDir directory;
  Planner planner("notes");
  {
    LogThread log({directory / "relay.db", ""}, [] {});
    log.load(0, "notes", log_id(7));
    for (Ticket ticket = 1; ticket <= 50; ++ticket) log.commit(ticket, {planner.plan({head(1, ticket)})});
  }
  SqliteLog log({directory / "relay.db", ""});
  CHECK(load(log, "notes").end == planner.end());
}

TEST_CASE("a log that cannot be opened says so where it is made") {
  const TempDir directory;
  CHECK_THROWS_AS(LogThread({directory / "missing/relay.db", ""}, [] {}), LogError);
}
