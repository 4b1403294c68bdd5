#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/store/sql.h"
#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};
constexpr NodeId node_b{0xb};
const std::string allow = "INSERT INTO meta(key, value) VALUES('maintenance', 1);";
const std::string forbid = "DELETE FROM meta WHERE key = 'maintenance';";

void fill(const std::string& path) {
  Store store = Store::create(path, "notes", node_a, unsynced());
  put(store, "e", "a", number(1), 1);
  put(store, "e", "a", text(std::string(500, 'x')), 2);
  seal_all(store, node_a);
  Change theirs = draft({{{"e", "a"}, number(3)}, {{"e", "b"}, number(3)}}, {}, {"someone", "", "", ""});
  theirs.stamp = {3, 0, node_b};
  Arrival parked = arrival(node_b, 2, {});
  parked.kind = Arrival::Kind::parked;
  parked.reason = "unsupported_version";
  parked.row.first = parked.row.last = {4, 0, node_b};
  store.apply(std::vector<Arrival>{arrival(node_b, 1, {theirs}, 1), parked}, std::nullopt);
  put(store, "e", "c", number(4), 4);
  CHECK(problems(store) == "");
}

TEST_CASE("verify names each kind of damage") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"UPDATE attributes SET hlc = hlc - 65536 WHERE event = 3",
       "a of e does not hold its winner 1970-01-01T00:00:00.003Z-0000-000000000000000b"},
      {"UPDATE attributes SET event = 1 WHERE event = 3", "a of e does not hold its winner"},
      {"UPDATE attributes SET last = 1 WHERE event = 3", "a of e does not point to its last event 3"},
      {"UPDATE attributes SET value = 7 WHERE event = 4", "b of e does not hold the value of its winner"},
      {"DELETE FROM attributes WHERE event = 5", "event 5 has no row in attributes"},
      {"INSERT INTO attributes(cell, node, hlc, kind, event, last) VALUES(77, 1, 1, 0, 1, 1)", "cell 77 has no event"},
      {allow + "UPDATE events SET prev = 1 WHERE id = 3;" + forbid,
       "event 3 does not link to the one before it in its cell"},
      {allow + "UPDATE events SET entity = 9 WHERE id = 5;" + forbid,
       "event 5 names an unknown entity, attribute or node"},
      {allow + "DELETE FROM events WHERE id = 2;" + forbid, "bundle 1 of 000000000000000a does not match its events"},
      {allow + "DELETE FROM events WHERE id = 5;" + forbid,
       "the unsealed tail of node 000000000000000a does not match its events"},
      {allow + "UPDATE events SET hlc = hlc + 1 WHERE id = 4;" + forbid, "does not match its events"},
      {allow, "events may be changed: maintenance was left on"},
      {"UPDATE bundles SET n = 3 WHERE n = 2", "bundle 3 of 000000000000000b does not follow bundle 1"},
      {"UPDATE bundles SET events = 3 WHERE node = 1", "bundle 1 of 000000000000000a does not match its events"},
      {"UPDATE bundles SET head = x'00' WHERE node = 1", "bundle 1 of 000000000000000a has no head of 32 bytes"},
      {"DELETE FROM bundles WHERE node = 1", "node 000000000000000a has 3 events, but 0 in bundles and 1 unsealed"},
      {"DELETE FROM parked", "bundle 2 of 000000000000000b is parked without its bytes"},
      {"INSERT INTO parked VALUES(1, 1, 'x', x'00')", "bundle 1 of 000000000000000a is kept as parked, but it is not"},
      {"UPDATE nodes SET unsealed = 0, tail_first = NULL, tail_last = NULL WHERE id = 1", "and 0 unsealed"},
      {"UPDATE nodes SET unsealed = 2, tail_first = NULL, tail_last = NULL WHERE id = 1",
       "counts unsealed changes without a tail"},
      {"UPDATE nodes SET unsealed = 2", "the unsealed tail of node"},
      {"UPDATE nodes SET current = 1", "there are 2 current nodes"},
      {"UPDATE nodes SET forked = 7 WHERE id = 2", "the marks of node 000000000000000b are no marks"},
      {"UPDATE nodes SET own = 0", "the marks of node 000000000000000a are no marks"},
      {"UPDATE nodes SET last_hlc = NULL; UPDATE meta SET value = '1970-01-01T00:00:00.002Z-0000-000000000000000a' "
       "WHERE key = 'clock'",
       "the stored clock is behind"},
      {"INSERT INTO change_notes(event, note) VALUES(99, 'x')", "the notes of event 99 belong to no change"},
      {"DROP TRIGGER events_keep", "the trigger events_keep is not as it should be"},
      {"CREATE TRIGGER evil AFTER INSERT ON events BEGIN DELETE FROM attributes; END",
       "the trigger evil is not as it should be"},
      {"DROP VIEW current; CREATE VIEW current AS SELECT 1", "the view current is not as it should be"},
  };
  for (const auto& one : cases) {
    const std::string& sql = one.first;
    CAPTURE(sql);
    const Folder folder;
    fill(folder.file());
    damage(folder.file(), sql);
    const std::string found = problems(Store::open(folder.file(), unsynced()));
    CAPTURE(found);
    CHECK(found.find(one.second) != std::string::npos);
  }
}

TEST_CASE("every bit of the file's header that flips is refused, found, or harmless to what is written next") {
  Folder folder;
  fill(folder.file("r"));
  std::string sound;
  {
    std::ifstream in(folder.file("r"), std::ios::binary);
    sound.assign(std::istreambuf_iterator<char>(in), {});
  }
  int refused = 0;
  int found = 0;
  int harmless = 0;
  for (std::size_t bit = 0; bit < 800; ++bit) {
    CAPTURE(bit);
    const std::string path = folder.file("flipped");
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    std::string bytes = sound;
    bytes[bit / 8] = char(bytes[bit / 8] ^ (1 << bit % 8));
    std::ofstream(path, std::ios::binary) << bytes;
    std::optional<Store> store;
    try {
      store.emplace(Store::open(path, unsynced()));
    } catch (const StoreError&) {
      ++refused;
      continue;
    }
    if (!store->verify().problems.empty()) {
      ++found;
      continue;
    }
    for (int i = 0; i < 20; ++i) put(*store, "new", "a" + std::to_string(i), text(std::string(3'000, 'x')), 10 + i);
    CHECK(problems(*store) == "");
    ++harmless;
  }
  MESSAGE(refused, " refused, ", found, " found, ", harmless, " harmless");
  CHECK(refused + found + harmless == 800);
}

TEST_CASE("rebuild makes fold and links anew from the events, and reports its progress to the end") {
  const Folder folder;
  fill(folder.file());
  const std::string before = dump(Store::open(folder.file(), unsynced()));
  damage(folder.file(),
         "UPDATE attributes SET event = 1, last = 2; DELETE FROM attributes WHERE cell & 1;"
         "INSERT INTO attributes(cell, node, hlc, kind, event, last) VALUES(77, 1, 1, 0, 1, 1);" +
             allow + "UPDATE events SET prev = NULL;" + forbid);
  Store store = Store::open(folder.file(), unsynced());
  CHECK(problems(store) != "");
  std::uint64_t last_done = 0;
  std::uint64_t last_total = 0;
  store.rebuild([&](std::uint64_t done, std::uint64_t total) {
    CHECK(done >= last_done);
    last_done = done;
    last_total = total;
  });
  CHECK(last_done == last_total);
  CHECK(last_total == 5 + 3);
  CHECK(dump(store) == before);
  CHECK(problems(store) == "");
}

TEST_CASE("one entity can be rebuilt, and nothing else is touched") {
  const Folder folder;
  {
    fill(folder.file());
    Store store = Store::open(folder.file(), unsynced());
    put(store, "other", "a", number(1), 10);
    put(store, "other", "a", number(2), 11);
  }
  const std::string before = dump(Store::open(folder.file(), unsynced()));
  damage(folder.file(),
         "UPDATE attributes SET event = 1, last = 2, hlc = hlc - 1; DELETE FROM attributes WHERE cell & 1;" + allow +
             "UPDATE events SET prev = NULL;" + forbid);
  Store store = Store::open(folder.file(), unsynced());
  CHECK(store.rebuild_entity("e"));
  const std::string left = problems(store);
  CHECK(left.find(" of e ") == std::string::npos);
  CHECK(left != "");
  CHECK(store.rebuild_entity("other"));
  CHECK(problems(store) == "");
  CHECK(dump(store) == before);
  CHECK(!store.rebuild_entity("nobody"));
}

TEST_CASE("what stops one check hides nothing of the others") {
  const Folder folder;
  fill(folder.file());
  damage(folder.file(), "DROP TABLE change_notes; UPDATE nodes SET current = 1");
  const std::string found = problems(Store::open(folder.file(), unsynced()));
  CHECK(found.find("the table change_notes is not as it should be") != std::string::npos);
  CHECK(found.find("there are 2 current nodes") != std::string::npos);
}

TEST_CASE("verify counts what it looked at and reports its progress") {
  const Folder folder;
  fill(folder.file());
  std::uint64_t last = 0;
  const Report report = Store::open(folder.file(), unsynced()).verify([&](std::uint64_t done, std::uint64_t total) {
    CHECK(done <= total);
    last = done;
  });
  CHECK(report.events == 5);
  CHECK(report.cells == 3);
  CHECK(last == 8);
}

TEST_CASE("events refuse to be changed or deleted by whoever has SQL") {
  const Folder folder;
  fill(folder.file());
  for (const char* sql : {"UPDATE events SET value = 0", "DELETE FROM events WHERE id = 1", "DELETE FROM events"}) {
    CHECK_THROWS_WITH_AS(damage(folder.file(), sql), "events is append-only", SQLite::Exception);
  }
  CHECK(problems(Store::open(folder.file(), unsynced())) == "");
}

}  // namespace
}  // namespace tidemark::store
