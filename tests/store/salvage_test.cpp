#include "store/salvage.h"

#include <doctest/doctest.h>

#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "store/internal/records.h"
#include "tests/store/sql.h"
#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};
constexpr NodeId node_b{0xb};
constexpr std::size_t page_bytes = 4096;

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

void put_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Every event has its own number, so that it can be told again.
void fill(const std::string& path, int changes) {
  Store store = Store::create(path, "notes", node_a, unsynced());
  for (int i = 0; i < changes; ++i) {
    const std::string entity =
        i % 3 == 0 ? "0192f0c1-2345-7abc-8def-" + std::to_string(100000000000 + i) : "entity-" + std::to_string(i % 50);
    put(store, entity, "a" + std::to_string(i % 9),
        text(std::to_string(i) + std::string(std::size_t(i * 37 % 9000), 'x')), i + 1);
    if (i % 40 == 39) seal_all(store, node_a);
    if (i % 50 != 49) continue;
    Change theirs = draft({{{"theirs", "b"}, text(std::to_string(100000 + i))}}, {}, {"someone", "", "note", "{}"});
    theirs.stamp = {std::uint64_t(i), 7, node_b};
    store.apply(std::vector<Arrival>{arrival(node_b, std::uint64_t(i / 50) + 1, {theirs}, 1)}, std::nullopt);
  }
}

int number_of(const std::string& value) { return std::stoi(value); }

void add_numbers(const std::vector<Change>& changes, std::set<int>& numbers) {
  for (const Change& change : changes) {
    for (const Event& event : change.events) numbers.insert(number_of(event.value.as_string()));
  }
}

std::set<int> numbers_in(const Remains& remains) {
  std::set<int> numbers;
  for (const RemainingNode& node : remains.nodes) {
    for (const RemainingBundle& bundle : node.bundles) add_numbers(bundle.changes, numbers);
    add_numbers(node.loose, numbers);
  }
  return numbers;
}

// The numbers of the events whose rows lie in this page, or go on there.
std::set<int> numbers_on(const internal::Pages& pages, std::uint32_t damaged) {
  std::set<int> numbers;
  for (std::uint32_t n = 1; n <= pages.count(); ++n) {
    std::unordered_set<std::uint32_t> overflow;
    const auto content = internal::read_content(pages, n, overflow);
    if (n != damaged && overflow.count(damaged) == 0) continue;
    for (const auto& record : content.records) {
      const auto& columns = record.columns;
      if (columns.size() == 10 && columns[9].type == internal::Column::Type::text)
        numbers.insert(number_of(columns[9].bytes));
    }
  }
  return numbers;
}

TEST_CASE("the remains of a sound file are all of it") {
  const Folder folder;
  fill(folder.file(), 300);
  const Remains remains = read_remains(folder.file());
  CHECK(remains.space == "notes");
  CHECK(remains.clock == Stamp{300, 0, node_a});
  CHECK(remains.damaged_pages == 0);
  CHECK(remains.damaged_rows == 0);
  CHECK(remains.missing == 0);
  CHECK(remains.nameless == 0);
  CHECK(remains.notes_lost == 0);
  CHECK(remains.doubtful_names == 0);
  REQUIRE(remains.nodes.size() == 2);
  CHECK(remains.nodes[0].own);
  CHECK(remains.nodes[0].bundles.size() == 7);
  CHECK(remains.nodes[0].loose.size() == 20);
  CHECK(remains.nodes[1].bundles.size() == 6);
  Store store = Store::open(folder.file(), unsynced());
  for (const RemainingNode& node : remains.nodes) {
    for (const RemainingBundle& bundle : node.bundles) {
      CHECK(bundle.changes == store.read_bundle(node.node, bundle.row.head.n));
      CHECK(bundle.row.head == store.bundle(node.node, bundle.row.head.n)->head);
    }
  }
  CHECK(remains.nodes[0].loose == store.tail(node_a, 1000).changes);
}

TEST_CASE("what is committed in the log beside the file counts, what is torn there does not") {
  const Folder folder;
  Options options = unsynced();
  Store store = Store::create(folder.file(), "notes", node_a, options);
  put(store, "e", "a", text("1"), 1);
  put(store, "e", "a", text("2"), 2);
  const std::string log = bytes_of(folder.file() + "-wal");
  REQUIRE(log.size() > 3 * page_bytes);
  put_bytes(folder.file("copy"), bytes_of(folder.file()));
  put_bytes(folder.file("copy-wal"), log);
  CHECK(numbers_in(read_remains(folder.file("copy"))) == std::set<int>{1, 2});
  put_bytes(folder.file("copy-wal"), log.substr(0, log.size() - 1));
  CHECK(numbers_in(read_remains(folder.file("copy"))) == std::set<int>{1});
}

TEST_CASE("a page that is lost takes only the events with it that stood there") {
  const Folder folder;
  fill(folder.file(), 400);
  const std::string sound = bytes_of(folder.file());
  const internal::Pages pages(folder.file());
  const std::set<int> all = numbers_in(read_remains(folder.file()));
  std::mt19937_64 random(7);
  std::size_t lost = 0;
  for (std::uint32_t n = 1; n <= pages.count(); ++n) {
    CAPTURE(n);
    std::string bytes = sound;
    for (std::size_t i = 0; i < page_bytes; ++i) bytes[(n - 1) * page_bytes + i] = n % 2 == 0 ? '\0' : char(random());
    put_bytes(folder.file("damaged"), bytes);
    const Remains remains = read_remains(folder.file("damaged"));
    const std::set<int> left = numbers_in(remains);
    const std::set<int> expected_lost = numbers_on(pages, n);
    for (const int number : all) {
      if (left.count(number) == 0 && expected_lost.count(number) == 0) FAIL_CHECK("lost ", number);
    }
    CHECK(left.size() + remains.missing >= all.size());
    lost += all.size() - left.size();
  }
  MESSAGE(pages.count() << " pages, " << all.size() << " events, lost " << lost << " in all runs");
}

TEST_CASE("a file that is cut off anywhere gives what lies before the cut") {
  const Folder folder;
  fill(folder.file(), 200);
  const std::string sound = bytes_of(folder.file());
  std::size_t before = 0;
  for (std::size_t pages = 0; pages <= sound.size() / page_bytes; ++pages) {
    CAPTURE(pages);
    put_bytes(folder.file("cut"), sound.substr(0, pages * page_bytes));
    const std::size_t left = numbers_in(read_remains(folder.file("cut"))).size();
    CHECK(left >= before);
    before = left;
  }
  CHECK(before == 204);
}

TEST_CASE("noise is no file, and stops nobody") {
  const Folder folder;
  std::mt19937_64 random(3);
  for (int i = 0; i < 50; ++i) {
    std::string noise(page_bytes * 20, '\0');
    for (char& byte : noise) byte = char(random());
    for (std::size_t page = 0; page < 20; ++page) noise[page * page_bytes] = char(i % 2 == 0 ? 13 : 10);
    put_bytes(folder.file("noise"), noise);
    CHECK(numbers_in(read_remains(folder.file("noise"))).empty());
  }
  CHECK_THROWS_AS(read_remains(folder.file("missing")), StoreError);
}

}  // namespace
}  // namespace tidemark::store
