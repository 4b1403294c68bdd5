// What is on the disk, and when.
#include <doctest/doctest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cstdio>
#include <vector>

#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};

Options with(const CountingVfs& vfs, Durability durability = Durability::full) {
  Options options;
  options.vfs = vfs.name();
  options.durability = durability;
  return options;
}

Change theirs() {
  Change change = draft({{{"e", "b"}, number(1)}});
  change.stamp = {1, 0, {0xb}};
  return change;
}

TEST_CASE(
    "a recorded change costs one sync, a relaxed one none; sealing and applying always sync, a confirmation never") {
  const Folder folder;
  CountingVfs vfs("counting");
  for (const Durability durability : {Durability::full, Durability::relaxed}) {
    const bool full = durability == Durability::full;
    CAPTURE(full);
    Store store = Store::create(folder.file(full ? "full" : "relaxed"), "notes", node_a, with(vfs, durability));
    put(store, "e", "a", number(0), 0);  // the first write also syncs the log's header
    vfs.clear();
    for (int i = 1; i <= 5; ++i) put(store, "e", "a", number(i), i);
    CHECK(vfs.syncs() == (full ? 5 : 0));
    const std::vector<Recording> batch(100, recording({{{"e", "b"}, number(1)}}, 9));
    vfs.clear();
    store.record(batch);
    CHECK(vfs.syncs() == (full ? 1 : 0));
    vfs.clear();
    const Recording drag = recording({{{"e", "c"}, number(1)}}, 9);
    const std::optional<Stamp> first = store.coalesce(drag, {});
    store.coalesce(drag, {first, std::nullopt});
    CHECK(vfs.syncs() == (full ? 2 : 0));
    vfs.clear();
    seal_all(store, node_a);
    CHECK(vfs.syncs() == 1);
    CHECK(vfs.log().back().rfind("sync ", 0) == 0);
    vfs.clear();
    // Both are said again by the relay if they are lost.
    store.set_confirmed(node_a, 1);
    const Arrival echo = held(node_a, 1, 1);
    store.apply({&echo, 1}, Cursor{{1}, 1, {}});
    CHECK(vfs.syncs() == 0);
    vfs.clear();
    const Arrival news = arrival({0xb}, 1, {theirs()}, 2);
    store.apply({&news, 1}, Cursor{{1}, 2, {}});
    CHECK(vfs.syncs() == 1);
    vfs.clear();
    get(store, "e", "a");
    store.tail(node_a, 10);
    store.counts();
    store.record({});
    CHECK(vfs.log().empty());
  }
}

TEST_CASE("SIGKILL at any moment keeps every change whose record returned") {
  const Folder folder;
  Store::create(folder.file(), "notes", node_a, unsynced());
  std::uint64_t seed = 20'261'120;
  std::uint64_t acknowledged = 0;
  for (int round = 0; round < 20; ++round) {
    int channel[2];
    REQUIRE(pipe(channel) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      try {
        Store store = Store::open(folder.file(), unsynced());
        for (std::uint64_t i = acknowledged;; ++i) {
          put(store, "e" + std::to_string(i), "a", number(static_cast<std::int64_t>(i)), 5);
          if (i % 7 == 0) seal_all(store, node_a);
          if (write(channel[1], &i, sizeof i) != sizeof i) _exit(1);
        }
      } catch (...) {
        _exit(1);
      }
    }
    close(channel[1]);
    seed = seed * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    const std::uint64_t wanted = acknowledged + (seed >> 60);
    std::uint64_t last = 0;
    while (read(channel[0], &last, sizeof last) == sizeof last) {
      acknowledged = last + 1;
      if (last >= wanted) kill(child, SIGKILL);
    }
    close(channel[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    Store store = Store::open(folder.file(), unsynced());
    CHECK(problems(store) == "");
    CHECK(store.counts().entities >= acknowledged);
    for (std::uint64_t i = 0; i < acknowledged; ++i)
      REQUIRE(get(store, "e" + std::to_string(i), "a") == std::to_string(i));
    acknowledged = store.counts().entities;
  }
}

// Does something of everything that writes; the store must not mind when it fails.
void work(Store& store) {
  put(store, "e", "a", text(std::string(9'000, 'x')), 10);
  const Recording drag = recording({{{"e", "a"}, text(std::string(9'000, 'y'))}}, 11);
  const std::optional<Stamp> first = store.coalesce(drag, {});
  store.coalesce(drag, {first, std::nullopt});
  seal_all(store, node_a);
  const Arrival one = arrival({0xb}, 1, {theirs()}, 1);
  store.apply({&one, 1}, Cursor{{1}, 1, {}});
}

TEST_CASE("a full disk, or any other failing call, at any moment undoes one step and leaves the store usable") {
  CountingVfs vfs("failing");
  vfs.skips_syncs = true;
  struct Fault {
    CountingVfs::Call call;
    int result;
    Failure expected;
  };
  const std::vector<Fault> faults = {{CountingVfs::Call::write, SQLITE_FULL, Failure::disk_full},
                                     {CountingVfs::Call::write, SQLITE_IOERR_WRITE, Failure::io_error},
                                     {CountingVfs::Call::sync, SQLITE_IOERR_FSYNC, Failure::io_error}};
  for (const Fault& fault : faults) {
    CAPTURE(fault.result);
    bool completed = false;
    for (int nth = 1; !completed; ++nth) {
      CAPTURE(nth);
      REQUIRE(nth < 1000);
      const Folder folder;
      Store store = Store::create(folder.file(), "notes", node_a, with(vfs));
      put(store, "kept", "a", number(1), 1);
      int left = nth;
      vfs.hook = [&](CountingVfs::Call now, const std::string&) {
        return now == fault.call && left > 0 && --left == 0 ? fault.result : SQLITE_OK;
      };
      std::optional<Failure> failed;
      try {
        work(store);
      } catch (const StoreError& error) {
        failed = error.failure();
      }
      completed = left > 0;
      vfs.hook = nullptr;
      if (failed) {
        CHECK(*failed == fault.expected);
        CHECK(get(store, "kept", "a") == "1");
        if (fault.call == CountingVfs::Call::sync) {
          // What the kernel holds after a failed sync cannot be trusted, so nothing more is written here.
          CHECK_THROWS_AS(put(store, "e", "c", number(1), 20), StoreError);
          store = Store::open(folder.file(), with(vfs));
        }
      }
      put(store, "e", "c", number(1), 20);
      CHECK(problems(store) == "");
      CHECK(problems(Store::open(folder.file(), with(vfs))) == "");
    }
  }
}

// In a process and a mount table of its own, so that nothing stays mounted whatever happens. 77: not allowed to.
int fill_small_disk(const std::string& place) {
  if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("none", place.c_str(), "tmpfs", 0, "size=512k") != 0) {
    return 77;
  }
  Store store = Store::create(place + "/notes", "notes", node_a);
  std::int64_t written = 0;
  std::optional<Failure> failed;
  while (!failed) {
    try {
      put(store, "e" + std::to_string(written), "a", text(std::string(9'000, 'x')), written);
      ++written;
    } catch (const StoreError& error) {
      failed = error.failure();
    }
  }
  if (*failed != Failure::disk_full) return 1;
  if (written < 5 || store.counts().entities != static_cast<std::uint64_t>(written) || problems(store) != "") return 2;
  try {
    store.backup(place + "/copy");
    return 3;
  } catch (const StoreError& error) {
    if (error.failure() != Failure::disk_full || std::filesystem::exists(place + "/copy")) return 4;
  }
  try {
    Store::create(place + "/second", "notes", node_a);
    return 5;
  } catch (const StoreError& error) {
    if (error.failure() != Failure::disk_full) return 6;
  }
  if (mount("none", place.c_str(), "tmpfs", MS_REMOUNT, "size=8m") != 0) return 7;
  put(store, "more", "a", text(std::string(9'000, 'x')), 1);
  return problems(store) == "" && problems(Store::create(place + "/second", "notes", node_a)) == "" ? 0 : 8;
}

TEST_CASE("a small disk that is really full refuses writes, serves reads, and goes on when there is room") {
  const Folder folder;
  const std::string place = folder.file("small");
  std::filesystem::create_directory(place);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      _exit(fill_small_disk(place));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      _exit(99);
    }
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) {
    MESSAGE("skipped: mounting a small file system needs root");
  } else {
    CHECK(WEXITSTATUS(status) == 0);
  }
}

TEST_CASE("a disk that is full from the start refuses create, and the place can be used later") {
  const Folder folder;
  CountingVfs vfs("full");
  vfs.hook = [](CountingVfs::Call call, const std::string&) {
    return call == CountingVfs::Call::write ? SQLITE_FULL : SQLITE_OK;
  };
  try {
    Store::create(folder.file(), "notes", node_a, with(vfs));
    FAIL("it wrote to a full disk");
  } catch (const StoreError& error) {
    CHECK(error.failure() == Failure::disk_full);
  }
  vfs.hook = nullptr;
  CHECK(Store::create(folder.file(), "notes", node_a, with(vfs)).space() == "notes");
}

TEST_CASE("a create that is cut off at any call leaves nothing or a replica") {
  CountingVfs vfs("cut");
  vfs.skips_syncs = true;
  bool completed = false;
  for (int nth = 1; !completed; ++nth) {
    CAPTURE(nth);
    REQUIRE(nth < 1000);
    const Folder folder;
    int left = nth;
    // From some call on nothing reaches the disk any more, as after a crash.
    vfs.hook = [&](CountingVfs::Call call, const std::string&) {
      if (left > 0) --left;
      return left == 0 && call != CountingVfs::Call::open ? SQLITE_IOERR : SQLITE_OK;
    };
    try {
      Store::create(folder.file(), "notes", node_a, with(vfs));
      completed = true;
    } catch (const StoreError&) {}
    completed = completed && left > 0;
    vfs.hook = nullptr;
    std::optional<Store> store;
    try {
      store = Store::create(folder.file(), "notes", node_a, with(vfs));
    } catch (const StoreError& error) {
      REQUIRE(error.failure() == Failure::exists);
      store = Store::open(folder.file(), with(vfs));
    }
    put(*store, "e", "a", number(1), 1);
    CHECK(problems(*store) == "");
  }
}

}  // namespace
}  // namespace tidemark::store
