#include <doctest/doctest.h>

#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};
constexpr NodeId node_b{0xb};
constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t noon_ms = 1'700'000'000'000;

TEST_CASE(
    "a clock two hours ahead: refused and later changes are stamped anew in order, and all that names them follows") {
  Store store = Store::create(":memory:", "notes", node_a);
  const Stamp kept = put(store, "e", "a", number(0), noon_ms - hour_ms);
  seal_all(store, node_a);
  store.set_confirmed(node_a, 1);
  const std::int64_t ahead_ms = noon_ms + 2 * hour_ms;
  const Stamp first = put(store, "e", "a", number(1), ahead_ms);
  const Stamp second = put(store, "e", "a", number(2), ahead_ms + 5);
  seal_all(store, node_a);
  const Recording undo{draft({{{"e", "a"}, number(3)}}, {{LinkKind::undoes, second}}), ahead_ms + 9, false, false};
  const Stamp third = *store.record({&undo, 1}).front();

  const Moved moved = store.restamp(node_a, 2, -2 * hour_ms, noon_ms + 7);
  CHECK(moved.changes == 3);
  CHECK(moved.changed.empty());
  CHECK(store.head(node_a).n == 1);
  const std::vector<Change> tail = store.tail(node_a, 100).changes;
  REQUIRE(tail.size() == 3);
  CHECK(tail[0].stamp == Stamp{noon_ms, 0, node_a});
  CHECK(tail[1].stamp == Stamp{noon_ms + 5, 0, node_a});
  CHECK(tail[2].stamp == Stamp{noon_ms + 7, 0, node_a});
  CHECK(tail[0].events[0].base == kept);
  CHECK(tail[1].events[0].base == tail[0].stamp);
  CHECK(tail[2].events[0].base == tail[1].stamp);
  CHECK(tail[2].links == std::vector<Link>{{LinkKind::undoes, tail[1].stamp}});
  for (const auto& [old, now] : {std::pair{first, tail[0]}, {second, tail[1]}, {third, tail[2]}}) {
    CHECK(store.resolve(old) == now.stamp);
    CHECK(store.change(old)->stamp == now.stamp);
  }
  CHECK(store.history({"e", "a"}).back().printed_as == third);
  CHECK(store.last_stamp() == tail[2].stamp);
  CHECK(get(store, "e", "a") == "3");
  CHECK(store.counts().outbox == 3);
  CHECK(problems(store) == "");
  CHECK(seal_all(store, node_a) == tail);
  CHECK(store.read_bundle(node_a, 2) == tail);
  CHECK(problems(store) == "");
}

TEST_CASE("a clock that by now is slow raises no stamp, so that no base comes to lie above its change") {
  Store store = Store::create(":memory:", "notes", node_a);
  put(store, "e", "a", number(1), noon_ms);
  seal_all(store, node_a);
  store.begin_fork(node_b);
  store.settle_fork(node_a);
  const Stamp later = put(store, "e", "a", number(2), noon_ms + 1);
  store.restamp(node_a, 1, hour_ms, noon_ms + 2 * hour_ms);
  const std::vector<Change> tail = store.tail(node_a, 100).changes;
  REQUIRE(tail.size() == 1);
  CHECK(tail[0].stamp == Stamp{noon_ms, 0, node_a});
  CHECK(store.change(later)->events[0].base == tail[0].stamp);
  CHECK(get(store, "e", "a") == "2");
  CHECK(problems(store) == "");
}

TEST_CASE("the relay's time bounds every new stamp, and the counter keeps the order") {
  Store store = Store::create(":memory:", "notes", node_a);
  for (int i = 0; i < 5; ++i) put(store, "e", "a", number(i), noon_ms + 1000 * i);
  store.restamp(node_a, 1, 0, noon_ms);
  const std::vector<Change> tail = store.tail(node_a, 100).changes;
  REQUIRE(tail.size() == 5);
  for (std::uint16_t i = 0; i < 5; ++i) {
    CHECK(tail[i].stamp == Stamp{noon_ms, i, node_a});
    CHECK(tail[i].events[0].value == number(i));
  }
  CHECK(problems(store) == "");
}

TEST_CASE(
    "new stamps lie above the last kept one and above what their authors had seen, but below later edits of others") {
  Store store = Store::create(":memory:", "notes", node_a);
  Change seen = draft({{{"e", "a"}, text("seen")}});
  seen.stamp = {noon_ms + 50, 4, node_b};
  Change unseen = draft({{{"e", "b"}, text("unseen")}});
  unseen.stamp = {noon_ms + 70, 0, node_b};
  put(store, "e", "b", text("mine"), noon_ms + 9 * hour_ms);
  const Arrival one = arrival(node_b, 1, {seen}, 1);
  store.apply({&one, 1}, std::nullopt);
  put(store, "e", "a", text("after seen"), noon_ms + 9 * hour_ms);
  const Arrival two = arrival(node_b, 2, {unseen}, 2);
  store.apply({&two, 1}, std::nullopt);
  CHECK(get(store, "e", "b") == "\"mine\"");
  const Moved moved = store.restamp(node_a, 1, -9 * hour_ms, noon_ms);
  CHECK(moved.changed == std::vector<Cell>{{"e", "b"}});
  const std::vector<Change> tail = store.tail(node_a, 100).changes;
  CHECK(tail[0].stamp == Stamp{noon_ms, 0, node_a});
  CHECK(tail[1].stamp == Stamp{noon_ms + 50, 5, node_a});
  CHECK(get(store, "e", "a") == "\"after seen\"");
  CHECK(get(store, "e", "b") == "\"unseen\"");
  CHECK(store.last_stamp() == unseen.stamp);
  CHECK(problems(store) == "");
}

TEST_CASE("a stamp that was taken back is never issued again, even when its moment comes") {
  Store store = Store::create(":memory:", "notes", node_a);
  const Stamp taken_back = put(store, "e", "a", number(1), noon_ms + 10);
  store.restamp(node_a, 1, 0, noon_ms);
  const Stamp next = put(store, "e", "a", number(2), noon_ms + 10);
  CHECK(next == Stamp{noon_ms + 10, 1, node_a});
  CHECK(store.change(taken_back)->events[0].value == number(1));
  CHECK(store.change(next)->events[0].value == number(2));
}

TEST_CASE("a second refusal stamps anew again, and the first printed stamps lead to the end") {
  Store store = Store::create(":memory:", "notes", node_a);
  const Stamp printed = put(store, "e", "a", number(1), noon_ms + 1000);
  put(store, "e", "a", number(2), noon_ms + 1000);
  store.restamp(node_a, 1, 0, noon_ms + 500);
  seal_all(store, node_a);
  store.restamp(node_a, 1, 0, noon_ms);
  CHECK(store.resolve(printed) == Stamp{noon_ms, 0, node_a});
  CHECK(store.history({"e", "a"}).front().printed_as == printed);
  CHECK(problems(store) == "");
}

TEST_CASE("stamps that only count up by one do not lead each other astray") {
  Store store = Store::create(":memory:", "notes", node_a);
  put(store, "e", "a", number(0), noon_ms);
  seal_all(store, node_a);
  std::vector<Stamp> printed;
  for (int i = 1; i <= 3; ++i) printed.push_back(put(store, "e", "a", number(i), noon_ms));
  // Nothing can be lowered here: each new stamp must be above the kept one, where the old ones are.
  store.restamp(node_a, 2, 0, noon_ms);
  for (int i = 1; i <= 3; ++i)
    CHECK(store.change(printed[static_cast<std::size_t>(i - 1)])->events[0].value == number(i));
  store.restamp(node_a, 2, -5, noon_ms);
  for (int i = 1; i <= 3; ++i)
    CHECK(store.change(printed[static_cast<std::size_t>(i - 1)])->events[0].value == number(i));
  CHECK(problems(store) == "");
}

TEST_CASE("a clock before 1970 and an empty tail are no special cases") {
  Store store = Store::create(":memory:", "notes", node_a);
  CHECK(store.restamp(node_a, 1, -5, 0).changes == 0);
  CHECK_FALSE(store.last_stamp());
  put(store, "e", "a", number(1), 5);
  store.restamp(node_a, 1, -50, 1);
  CHECK(store.tail(node_a, 1).changes.at(0).stamp == Stamp{0, 0, node_a});
  CHECK(problems(store) == "");
}

}  // namespace
}  // namespace tidemark::store
