// Files that are not what they should be.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>

#include "tests/store/sql.h"
#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};

template <class Body>
std::optional<Failure> failure_of(Body&& body) {
  try {
    body();
    return std::nullopt;
  } catch (const StoreError& error) {
    CHECK(std::string(error.what()).rfind(code(error.failure()), 0) == 0);
    return error.failure();
  }
}

Options reading(bool read_only = true) {
  Options options;
  options.read_only = read_only;
  return options;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::vector<std::string> names_in(const Folder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(folder.file()).parent_path())) {
    names.push_back(entry.path().filename());
  }
  return names;
}

TEST_CASE("what is no replica is refused by its kind, and left as it was") {
  const Folder folder;
  CHECK(failure_of([&] { Store::open(folder.file("missing")); }) == Failure::not_found);
  CHECK(failure_of([&] { Store::open(folder.file("no/folder")); }) == Failure::not_found);
  CHECK(failure_of([&] { Store::open(std::filesystem::path(folder.file()).parent_path().string()); }) ==
        Failure::not_a_replica);
  write_file(folder.file("empty"), "");
  write_file(folder.file("text"), std::string(5'000, 'x'));
  write_file(folder.file("short"), "SQLite format 3");
  {
    SQLite::Database foreign(folder.file("foreign"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    foreign.exec("CREATE TABLE t(x); PRAGMA user_version = 1");
  }
  for (const char* name : {"empty", "text", "short", "foreign"}) {
    CAPTURE(name);
    const std::string before = read_file(folder.file(name));
    CHECK(failure_of([&] { Store::open(folder.file(name)); }) == Failure::not_a_replica);
    CHECK(failure_of([&] { Store::open(folder.file(name), reading()); }) == Failure::not_a_replica);
    CHECK(read_file(folder.file(name)) == before);
  }
  CHECK(names_in(folder).size() == 4);
}

TEST_CASE("a file by a newer program is refused and not touched") {
  const Folder folder;
  Store::create(folder.file(), "notes", node_a);
  damage(folder.file(), "PRAGMA user_version = 4");
  const std::string before = read_file(folder.file());
  struct stat old {};
  REQUIRE(stat(folder.file().c_str(), &old) == 0);
  CHECK(failure_of([&] { Store::open(folder.file()); }) == Failure::newer_schema);
  CHECK(failure_of([&] { Store::open(folder.file(), unsynced()); }) == Failure::newer_schema);
  struct stat now {};
  REQUIRE(stat(folder.file().c_str(), &now) == 0);
  CHECK(old.st_mtim.tv_nsec == now.st_mtim.tv_nsec);
  CHECK(read_file(folder.file()) == before);
  CHECK(names_in(folder).size() == 1);
}

TEST_CASE("create refuses a place that is taken or not there, but finishes what a crash left empty") {
  const Folder folder;
  const auto create = [&](const std::string& name) {
    return failure_of([&] { Store::create(folder.file(name), "notes", node_a); });
  };
  CHECK(create("new") == std::nullopt);
  CHECK(create("new") == Failure::exists);
  write_file(folder.file("text"), std::string(5'000, 'x'));
  CHECK(create("text") == Failure::exists);
  CHECK(read_file(folder.file("text")).size() == 5'000);
  CHECK(create(".") == Failure::exists);
  CHECK(create("no/folder") == Failure::not_found);
  write_file(folder.file("empty"), "");
  CHECK(create("empty") == std::nullopt);
  CHECK(Store::open(folder.file("empty")).space() == "notes");
}

TEST_CASE("a name that looks like an address is a name like any other") {
  const Folder folder;
  for (const char* name : {"a b%20c?mode=ro", "#hash", "\xc3\xa9t\xc3\xa9"}) {
    Store::create(folder.file(name), "notes", node_a);
    CHECK(std::filesystem::exists(folder.file(name)));
    CHECK(Store::open(folder.file(name), reading()).node() == node_a);
  }
}

TEST_CASE("a store opened for reading reads what others write, and refuses to write") {
  const Folder folder;
  Store writer = Store::create(folder.file(), "notes", node_a);
  Store reader = Store::open(folder.file(), reading());
  put(writer, "e", "a", number(1), 1);
  CHECK(get(reader, "e", "a") == "1");
  CHECK(failure_of([&] { put(reader, "e", "a", number(2), 2); }) == Failure::read_only);
  CHECK(get(reader, "e", "a") == "1");
  CHECK(problems(reader) == "");
}

TEST_CASE("without the right to write, a replica can still be read, and says read_only to the rest") {
  const Folder folder;
  const std::filesystem::path place = std::filesystem::path(folder.file()).parent_path();
  {
    Store store = Store::create(folder.file(), "notes", node_a);
    put(store, "e", "a", text("kept"), 1);
  }
  std::filesystem::permissions(folder.file(), std::filesystem::perms(0444));
  std::filesystem::permissions(place, std::filesystem::perms(0555));
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Root may write everything, so this needs another user.
    if (getuid() == 0 && setuid(65534) != 0) _exit(77);
    int result = 0;
    for (const bool read_only : {false, true}) {
      const std::optional<Failure> failed = failure_of([&] {
        Store store = Store::open(folder.file(), reading(read_only));
        if (get(store, "e", "a") != "\"kept\"") result |= 1;
        if (!store.verify().problems.empty()) result |= 2;
        if (failure_of([&] { put(store, "e", "a", number(2), 2); }) != Failure::read_only) result |= 4;
        if (get(store, "e", "a") != "\"kept\"") result |= 8;
      });
      if (failed) result |= 16;
    }
    if (failure_of([&] { Store::create(folder.file("new"), "notes", node_a); }) != Failure::read_only) result |= 32;
    _exit(result);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  std::filesystem::permissions(place, std::filesystem::perms(0755));
  CHECK(WIFEXITED(status));
  CHECK((WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
}

TEST_CASE("a truncated file, and one with garbage on any page, is reported and never crashes us") {
  const Folder folder;
  {
    Store store = Store::create(folder.file(), "notes", node_a, unsynced());
    for (int i = 0; i < 60; ++i) put(store, "e" + std::to_string(i), "a", text(std::string(700, 'x')), i);
    seal_all(store, node_a);
  }
  const std::string whole = read_file(folder.file());
  const std::size_t page = 4096;
  REQUIRE(whole.size() % page == 0);
  int reported = 0;
  const auto survives = [&](const std::string& bytes) {
    write_file(folder.file("bad"), bytes);
    std::filesystem::remove(folder.file("bad-wal"));
    std::filesystem::remove(folder.file("bad-shm"));
    const std::optional<Failure> failure = failure_of([&] {
      Store store = Store::open(folder.file("bad"), unsynced());
      if (!store.verify().problems.empty()) ++reported;
      // A page that this write does not need may be bad without harm to it.
      put(store, "e1", "a", number(1), 100);
    });
    if (!failure) return;
    ++reported;
    CHECK((failure == Failure::corrupt || failure == Failure::not_a_replica));
  };
  int cases = 0;
  for (std::size_t at = 0; at < whole.size(); at += page) {
    std::string bytes = whole;
    for (std::size_t i = at; i < at + page; i += 3) bytes[i] = static_cast<char>(bytes[i] ^ 0x5a);
    survives(bytes);
    survives(whole.substr(0, at));
    survives(whole.substr(0, at + page / 2));
    cases += 3;
  }
  // Only a cut in the middle of the last, possibly unused page can go unnoticed.
  CHECK(reported >= cases - 2);
}

TEST_CASE("a state that makes no sense is corrupt, not a guess") {
  const Folder folder;
  const std::vector<std::string> cases = {"INSERT OR REPLACE INTO meta VALUES('clock', 'yesterday')",
                                          "UPDATE nodes SET current = 0",
                                          "UPDATE attributes SET kind = 9",
                                          "UPDATE attributes SET kind = 4, value = 5",
                                          "UPDATE attributes SET hlc = 9223372036854775807",
                                          "UPDATE attributes SET node = 99",
                                          "DELETE FROM attribute_names",
                                          "UPDATE attributes SET event = 99, last = 99, value = NULL, kind = 4",
                                          "UPDATE entities SET entity = x'00'",
                                          "ALTER TABLE nodes RENAME COLUMN id TO ix",
                                          "DROP TABLE meta"};
  for (const std::string& sql : cases) {
    CAPTURE(sql);
    std::filesystem::remove(folder.file());
    {
      Store store = Store::create(folder.file(), "notes", node_a, unsynced());
      put(store, "e", "a", number(1), 1);
    }
    damage(folder.file(), sql);
    CHECK(failure_of([&] { dump(Store::open(folder.file(), unsynced())); }) == Failure::corrupt);
  }
}

}  // namespace
}  // namespace tidemark::store
