// One file, several writers.
#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <set>

#include "store/sync_lock.h"
#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};

// Runs the body in a process of its own. A child must not return into the test runner.
template <class Body>
pid_t in_child(Body&& body) {
  const pid_t child = fork();
  TIDEMARK_ASSERT(child >= 0);
  if (child != 0) return child;
  try {
    body();
    _exit(0);
  } catch (...) {
    _exit(1);
  }
}

bool succeeded(pid_t child) {
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST_CASE("two objects on one file write in turns without repeating a stamp, and see each other") {
  const Folder folder;
  Store one = Store::create(folder.file(), "notes", node_a, unsynced());
  Store two = Store::open(folder.file(), unsynced());
  Stamp last;
  for (int i = 0; i < 20; ++i) {
    Store& writer = i % 2 == 0 ? one : two;
    const Stamp next = put(writer, "e" + std::to_string(i / 3), "a" + std::to_string(i), number(i), 50 - i);
    CHECK(last < next);
    last = next;
    CHECK(one.last_stamp() == last);
    CHECK(two.last_stamp() == last);
  }
  CHECK(dump(one) == dump(two));
  CHECK(one.tail(node_a, 1000).changes.size() == 20);
  seal_all(two, node_a);
  put(one, "e", "late", number(1), 60);
  CHECK(two.tail(node_a, 10).changes.size() == 1);
  CHECK(problems(one) == "");
}

TEST_CASE("a write by somebody else is noticed once, an own one never") {
  const Folder folder;
  Store one = Store::create(folder.file(), "notes", node_a, unsynced());
  Store two = Store::open(folder.file(), unsynced());
  CHECK_FALSE(one.changed_elsewhere());
  put(one, "e", "a", number(1), 1);
  CHECK_FALSE(one.changed_elsewhere());
  CHECK(two.changed_elsewhere());
  CHECK_FALSE(two.changed_elsewhere());
  std::int64_t row = one.last_row();
  CHECK(one.cells_after(row).empty());
  put(two, "f", "b", number(2), 2);
  put(two, "e", "a", number(2), 2);
  put(two, "e", "a", number(3), 2);
  put(one, "e", "c", number(3), 3);  // an own write does not hide the other's
  CHECK(one.changed_elsewhere());
  CHECK(one.cells_after(row) == std::vector<Cell>{{"e", "a"}, {"e", "c"}, {"f", "b"}});
  CHECK(row == one.last_row());
  CHECK(one.cells_after(row).empty());
}

TEST_CASE("a fork that one object begins is what the other stamps by from then on") {
  const Folder folder;
  Store one = Store::create(folder.file(), "notes", node_a, unsynced());
  Store two = Store::open(folder.file(), unsynced());
  one.begin_fork({0xf});
  CHECK(two.node() == node_a);
  CHECK(put(two, "e", "a", number(1), 1).node == NodeId{0xf});
  CHECK(two.node() == NodeId{0xf});
}

TEST_CASE("two processes writing at once lose nothing and repeat no stamp") {
  const Folder folder;
  constexpr int each = 150;
  Store::create(folder.file(), "notes", node_a, unsynced());
  std::vector<pid_t> children;
  for (const char* who : {"x", "y"}) {
    children.push_back(in_child([&] {
      Store store = Store::open(folder.file(), unsynced());
      for (int i = 0; i < each; ++i) put(store, who + std::to_string(i), "shared", number(i), 5);
    }));
  }
  for (const pid_t child : children) CHECK(succeeded(child));
  Store store = Store::open(folder.file(), unsynced());
  std::set<Stamp> stamps;
  store.for_each_event([&](const HistoryRow& row) { return stamps.insert(row.stamp), true; });
  CHECK(stamps.size() == 2 * each);
  CHECK(store.counts().entities == 2 * each);
  CHECK(store.tail(node_a, 10'000).changes.size() == 2 * each);
  CHECK(problems(store) == "");
}

TEST_CASE("who waits too long for another's write is told so, and can go on later") {
  const Folder folder;
  Options options = unsynced();
  options.busy_timeout_ms = 1;
  Store store = Store::create(folder.file(), "notes", node_a, options);
  {
    SQLite::Database other(folder.file(), SQLite::OPEN_READWRITE);
    SQLite::Transaction holding(other, SQLite::TransactionBehavior::IMMEDIATE);
    try {
      put(store, "e", "a", number(1), 1);
      FAIL("the write went through");
    } catch (const StoreError& error) {
      CHECK(error.failure() == Failure::busy);
      CHECK(std::string(error.what()).find("recording changes") != std::string::npos);
    }
    CHECK(get(store, "e", "a") == "nothing");
  }
  put(store, "e", "a", number(1), 1);
  CHECK(get(store, "e", "a") == "1");
}

TEST_CASE("one syncing process a file: the next one is told who it is, by whatever name it knows the file") {
  const Folder folder;
  Store::create(folder.file(), "notes", node_a, unsynced());
  std::filesystem::create_symlink(folder.file(), folder.file("link"));
  {
    const SyncLock lock(folder.file());
    for (const char* name : {"notes.tidemark", "link"}) {
      try {
        const SyncLock second(folder.file(name));
        FAIL("both hold it");
      } catch (const StoreError& error) {
        CHECK(error.failure() == Failure::locked);
        CHECK(std::string(error.what()).find("process " + std::to_string(getpid())) != std::string::npos);
      }
    }
    SyncLock moved = SyncLock(folder.file("other"));
    moved = SyncLock(folder.file("third"));
    const SyncLock again(folder.file("other"));
  }
  const SyncLock free_again(folder.file());
  const SyncLock memory(":memory:");
  const SyncLock no_file(":memory:");
}

TEST_CASE("the sync lock goes with its owner, however that ends") {
  const Folder folder;
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = in_child([&] {
    const SyncLock lock(folder.file());
    REQUIRE(write(ready[1], "x", 1) == 1);
    for (;;) pause();
  });
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  try {
    const SyncLock mine(folder.file());
    FAIL("both hold it");
  } catch (const StoreError& error) {
    CHECK(std::string(error.what()).find("process " + std::to_string(child)) != std::string::npos);
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  const SyncLock mine(folder.file());
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("a sync lock in a place that is not there says so") {
  const Folder folder;
  try {
    const SyncLock lock(folder.file("no/such/folder"));
    FAIL("it locked nothing");
  } catch (const StoreError& error) {
    CHECK(error.failure() == Failure::not_found);
  }
}

}  // namespace
}  // namespace tidemark::store
