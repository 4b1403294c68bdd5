// docs/storage-format.md is true, and files of every version open.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "tests/store/example.h"
#include "tests/store/sql.h"

namespace tidemark::store {
namespace {

const std::filesystem::path root = TIDEMARK_ROOT;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// The fenced blocks of a page: language and text.
std::vector<std::pair<std::string, std::string>> blocks_of(const std::string& page) {
  std::vector<std::pair<std::string, std::string>> blocks;
  std::istringstream lines(page);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("```", 0) == 0) {
      inside = !inside;
      if (inside) blocks.emplace_back(line.substr(3), "");
    } else if (inside) {
      blocks.back().second += line + '\n';
    }
  }
  return blocks;
}

TEST_CASE("every example of the storage format's page gives what the page says") {
  const Folder folder;
  make_example(folder.file(), unsynced());
  int executed = 0;
  const auto blocks = blocks_of(read_file(root / "docs" / "storage-format.md"));
  for (std::size_t i = 0; i + 1 < blocks.size(); ++i) {
    if (blocks[i].first != "sql" || blocks[i + 1].first != "text") continue;
    CAPTURE(blocks[i].second);
    std::string found;
    for (const std::string& row : rows(folder.file(), blocks[i].second)) found += row + '\n';
    CHECK(found == blocks[i + 1].second);
    ++executed;
  }
  CHECK(executed >= 10);
}

TEST_CASE("every table, view and column stands on the storage format's page, and so do the version and the page size") {
  const Folder folder;
  Store::create(folder.file(), "notes", example_node, unsynced());
  const std::string page = read_file(root / "docs" / "storage-format.md");
  for (const std::string& row : rows(folder.file(),
                                     "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
                                     " WHERE m.type IN ('table', 'view')")) {
    CAPTURE(row);
    const std::size_t bar = row.find('|');
    const std::size_t section = page.find("### `" + row.substr(0, bar) + "`");
    REQUIRE(section != std::string::npos);
    const std::string text_of = page.substr(section, page.find("\n### ", section + 1) - section);
    CHECK(text_of.find("`" + row.substr(bar + 1) + "`") != std::string::npos);
  }
  CHECK(one_row(folder.file(), "PRAGMA application_id") == std::to_string(0x7469646d));
  CHECK(one_row(folder.file(), "PRAGMA user_version") == "3");
  CHECK(one_row(folder.file(), "PRAGMA page_size") == "4096");
  CHECK(one_row(folder.file(), "PRAGMA journal_mode") == "wal");
}

TEST_CASE("stamps in the views are those of to_string, byte for byte, to the ends of time and of nodes") {
  const Folder folder;
  Store store = Store::create(folder.file(), "notes", example_node, unsynced());
  std::vector<std::string> expected;
  std::uint64_t serial = 0;
  for (const std::uint64_t ms :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{999}, std::uint64_t{951'782'400'000},
        std::uint64_t{1'795'185'612'345}, (std::uint64_t{1} << 47) - 1, std::uint64_t{1} << 47, max_stamp_ms}) {
    for (const std::uint16_t counter : {std::uint16_t{0}, std::uint16_t{0xabc}, std::uint16_t{0xffff}}) {
      const NodeId node{serial * 0x0807060504030201 + (serial % 2 << 63)};
      Change change = draft({{{"e" + std::to_string(++serial), "a"}, number(1)}});
      change.stamp = {ms, counter, node};
      change.events[0].base = Stamp{max_stamp_ms - ms, static_cast<std::uint16_t>(~counter), {~node.value}};
      const Arrival one = arrival(node, 1, {change});
      store.apply({&one, 1}, std::nullopt);
      expected.push_back(change.events[0].cell.entity + '|' + to_string(change.stamp) + '|' + to_string(node) + '|' +
                         to_string(*change.events[0].base));
    }
  }
  std::sort(expected.begin(), expected.end());
  for (const char* sql : {"SELECT entity, stamp, node, base FROM history",
                          "SELECT entity, c.stamp, node, base FROM current c JOIN history h USING (entity, attribute, "
                          "node) WHERE c.stamp = h.stamp AND wins"}) {
    std::vector<std::string> found = rows(folder.file(), sql);
    std::sort(found.begin(), found.end());
    CHECK(found == expected);
  }
}

TEST_CASE("the view of conflicts agrees with the reference replica") {
  const Folder folder;
  make_example(folder.file(), unsynced());
  const Store store = Store::open(folder.file(), unsynced());
  Model model;
  std::map<Stamp, Change> changes;
  store.for_each_event([&](const HistoryRow& row) {
    Change& change = changes[row.stamp];
    change.stamp = row.stamp;
    change.events.push_back(row.event);
    return true;
  });
  for (const auto& [stamp, change] : changes) model.apply(change);
  std::vector<std::string> expected;
  for (const auto& [cell, winner] : model.state()) {
    for (const auto& [stamp, event] : model.conflicts(cell))
      expected.push_back(cell.entity + '|' + cell.attribute + '|' + to_string(stamp));
  }
  CHECK(expected.size() == 1);
  CHECK(rows(folder.file(), "SELECT entity, attribute, stamp FROM conflicts ORDER BY 1, 2, 3") == expected);
}

TEST_CASE("a file of every version opens, says what it said, and can be written") {
  for (const char* name : {"v1.replica", "v2.replica"}) {
    CAPTURE(name);
    const Folder folder;
    std::filesystem::copy_file(root / "tests" / "fixtures" / "store" / name, folder.file());
    make_example(folder.file("fresh"), unsynced());
    Store store = Store::open(folder.file(), unsynced());
    CHECK(problems(store) == "");
    CHECK(dump(store) == dump(Store::open(folder.file("fresh"), unsynced())));
    CHECK(store.own_nodes().front().unsealed == 3);
    CHECK(store.parked().size() == 1);
    CHECK(store.cursor() == Cursor{{0x10, 0x6}, 3, {0xac}});
    CHECK(store.contested().size() == 1);
    put(store, "e", "a", number(1), example_ms);
    CHECK(problems(store) == "");
  }
}

TEST_CASE("writes the fixture of this version to the place that TIDEMARK_FIXTURE names" * doctest::skip()) {
  const char* const path = std::getenv("TIDEMARK_FIXTURE");
  REQUIRE(path != nullptr);
  make_example(path, unsynced());
}

}  // namespace
}  // namespace tidemark::store
