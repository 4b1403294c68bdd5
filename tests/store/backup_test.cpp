#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>

#include <fstream>

#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};

// With SQLite's own file system, since only there a backup gets its name when it is whole.
Options relaxed() {
  Options options;
  options.durability = Durability::relaxed;
  return options;
}

TEST_CASE("a backup is a whole replica that needs a node of its own") {
  const Folder folder;
  Store store = Store::create(folder.file(), "notes", node_a, relaxed());
  for (int i = 0; i < 20; ++i) put(store, "e" + std::to_string(i), "a", text(std::string(800, 'x')), i);
  seal_all(store, node_a);
  put(store, "e", "late", number(1), 30);
  std::uint64_t last_done = 0;
  std::uint64_t last_total = 0;
  store.backup(folder.file("copy"), [&](std::uint64_t done, std::uint64_t total) {
    last_done = done;
    last_total = total;
  });
  CHECK(last_total > 0);
  CHECK(last_done == last_total);
  CHECK_FALSE(store.needs_new_node());
  {
    Store copy = Store::open(folder.file("copy"), relaxed());
    CHECK(copy.needs_new_node());
    CHECK(dump(copy) == dump(store));
    CHECK(problems(copy) == "");
    copy.begin_fork({0xc});
    CHECK_FALSE(copy.needs_new_node());
    CHECK(put(copy, "e", "mine", number(1), 40).node == NodeId{0xc});
  }
  CHECK_FALSE(Store::open(folder.file("copy"), relaxed()).needs_new_node());
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(folder.file()).parent_path())) {
    CAPTURE(entry.path().string());
    ++files;
  }
  CHECK(files == 4);  // the open original has its log beside it, the copy is one file
}

TEST_CASE("a backup never overwrites, and a place that is not there is told") {
  const Folder folder;
  Store store = Store::create(folder.file(), "notes", node_a, relaxed());
  const auto failure = [&](const std::string& path) {
    try {
      store.backup(path);
      return std::string("none");
    } catch (const StoreError& error) {
      return std::string(code(error.failure()));
    }
  };
  std::ofstream(folder.file("taken")) << "x";
  std::ofstream(folder.file("log-wal")) << "a log that would be taken for the copy's";
  CHECK(failure(folder.file("taken")) == "exists");
  CHECK(failure(folder.file()) == "exists");
  CHECK(failure(folder.file("log")) == "exists");
  CHECK(failure(folder.file("no/such/folder")) == "not_found");
  CHECK(failure(folder.file("free")) == "none");
  CHECK(failure(folder.file("free")) == "exists");
}

TEST_CASE("a replica in memory can be saved") {
  const Folder folder;
  Store store = Store::create(":memory:", "notes", node_a);
  put(store, "e", "a", number(1), 1);
  store.backup(folder.file("saved"));
  CHECK(dump(Store::open(folder.file("saved"))) == dump(store));
}

TEST_CASE("a backup into a file system that only SQLite knows works without renaming") {
  const Folder folder;
  Store store = Store::create(folder.file(), "notes", node_a, unsynced());
  put(store, "e", "a", number(1), 1);
  store.backup(folder.file("copy"));
  CHECK(dump(Store::open(folder.file("copy"), unsynced())) == dump(store));
}

TEST_CASE("a backup while another process writes is one moment of the file") {
  const Folder folder;
  Store store = Store::create(folder.file(), "notes", node_a, relaxed());
  for (int i = 0; i < 300; ++i) put(store, "e" + std::to_string(i), "a", text(std::string(4'000, 'x')), i);
  int channel[2];
  REQUIRE(pipe(channel) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      Store writer = Store::open(folder.file(), relaxed());
      for (std::int64_t i = 0;; ++i) {
        // Both cells change together, so a copy of two moments would show.
        const Recording pair = recording({{{"pair", "a"}, number(i)}, {{"pair", "b"}, number(i)}}, 1000 + i);
        writer.record({&pair, 1});
        if (i == 10 && write(channel[1], "x", 1) != 1) _exit(1);
      }
    } catch (...) {
      _exit(1);
    }
  }
  char byte = 0;
  REQUIRE(read(channel[0], &byte, 1) == 1);
  for (const char* name : {"one", "two", "three"}) {
    store.backup(folder.file(name));
    const Store copy = Store::open(folder.file(name));
    CHECK(get(copy, "pair", "a") == get(copy, "pair", "b"));
    CHECK(problems(copy) == "");
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(channel[0]);
  close(channel[1]);
  CHECK(problems(store) == "");
}

}  // namespace
}  // namespace tidemark::store
