#include <doctest/doctest.h>

#include <algorithm>

#include "store/internal/cursors.h"
#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};
constexpr LogId log_1{1};
constexpr LogId log_2{2};

Cursor at(std::uint64_t seq, const LogId& log = log_1) { return {log, seq, made_hash({seq}, seq)}; }

TEST_CASE("a replica starts without a cursor and keeps the last one over a restart") {
  const Folder folder;
  {
    Store store = Store::create(folder.file(), "notes", node_a, unsynced());
    CHECK_FALSE(store.cursor());
    store.apply({}, at(0));
    store.apply({}, at(7));
    store.apply({}, std::nullopt);
  }
  CHECK(Store::open(folder.file(), unsynced()).cursor() == at(7));
}

TEST_CASE("remembered cursors thin out with age, so that a search from the head takes few steps") {
  Store store = Store::create(":memory:", "notes", node_a);
  for (std::uint64_t seq = 1; seq <= 1000; ++seq) store.apply({}, at(seq));
  std::vector<std::uint64_t> found;
  for (std::optional<Cursor> next = store.remembered_cursor(log_1, UINT64_MAX); next;
       next = store.remembered_cursor(log_1, next->seq - 1)) {
    CHECK(*next == at(next->seq));
    found.push_back(next->seq);
    if (next->seq == 0) break;
  }
  CHECK(found.front() == 1000);
  CHECK(found.size() <= 11);
  // Wherever the relay's log ends, a remembered position lies less than four times as far from the head.
  for (std::uint64_t end = found.back(); end < 1000; ++end) {
    CHECK(1000 - store.remembered_cursor(log_1, end)->seq <= 4 * (1000 - end));
  }
}

TEST_CASE("of positions at one power of two of distance only the oldest is worth remembering") {
  using internal::too_dense;
  CHECK(too_dense({}, 5).empty());
  CHECK(too_dense({5}, 5).empty());
  CHECK(too_dense({1, 2, 3, 4, 5}, 5) == std::vector<std::uint64_t>{3});
  CHECK(too_dense({0, 1, 6, 7, 8, 9}, 9) == std::vector<std::uint64_t>{1, 7});
}

TEST_CASE("a reset forgets what lies above, and the places of bundles there") {
  Store store = Store::create(":memory:", "notes", node_a);
  std::vector<Arrival> arrivals;
  for (std::uint64_t n = 1; n <= 4; ++n) {
    Change change = draft({{{"e", "a"}, number(1)}});
    change.stamp = {n, 0, {7}};
    arrivals.push_back(arrival({7}, n, {change}, n));
    store.apply({&arrivals.back(), 1}, at(n));
  }
  const std::uint64_t kept = store.remembered_cursor(log_1, 3)->seq;
  store.reset_cursor(at(kept));
  CHECK(store.cursor() == at(kept));
  CHECK(store.remembered_cursor(log_1, UINT64_MAX) == at(kept));
  CHECK(store.bundle({7}, kept)->seq == kept);
  CHECK_FALSE(store.bundle({7}, kept + 1)->seq);
  store.reset_cursor(at(0, log_2));
  CHECK(store.cursor() == at(0, log_2));
  CHECK_FALSE(store.bundle({7}, 1)->seq);
  store.reset_cursor(std::nullopt);
  CHECK_FALSE(store.cursor());
  CHECK_FALSE(store.remembered_cursor(log_1, UINT64_MAX));
  CHECK(store.head({7}).n == 4);
}

TEST_CASE("an open refill survives a restart until it is closed") {
  const Folder folder;
  {
    Store store = Store::create(folder.file(), "notes", node_a, unsynced());
    CHECK_FALSE(store.refill());
    store.set_refill(log_2);
  }
  Store store = Store::open(folder.file(), unsynced());
  CHECK(store.refill() == log_2);
  store.set_refill(std::nullopt);
  CHECK_FALSE(Store::open(folder.file(), unsynced()).refill());
}

}  // namespace
}  // namespace tidemark::store
