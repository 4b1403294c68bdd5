#include <doctest/doctest.h>

#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};
constexpr NodeId node_b{0xb};

Change of(NodeId node, std::int64_t ms, const std::string& attribute, std::int64_t value) {
  Change change = draft({{{"e", attribute}, number(value)}});
  change.stamp = {std::uint64_t(ms), 0, node};
  return change;
}

TEST_CASE("adopted changes are there at once, under their own stamps, and wait for the log") {
  const Folder folder;
  Store store = Store::create(folder.file(), "notes", node_a, unsynced());
  store.adopt(node_b, std::vector<Change>{of(node_b, 5, "a", 1), of(node_b, 6, "b", 2)});
  CHECK(store.get({"e", "a"})->stamp == Stamp{5, 0, node_b});
  CHECK(store.last_stamp() == Stamp{6, 0, node_b});
  const auto own = store.own_nodes();
  REQUIRE(own.size() == 2);
  CHECK(own[1].node == node_b);
  CHECK(own[1].forked);
  CHECK(own[1].unsealed == 2);
  CHECK(problems(store) == "");
}

TEST_CASE("what the log has under the stamp of an adopted change counts, the rest goes on under a node of its own") {
  const Folder folder;
  Store store = Store::create(folder.file(), "notes", node_a, unsynced());
  store.adopt(node_b, std::vector<Change>{of(node_b, 5, "a", 99), of(node_b, 6, "b", 2)});
  const std::vector<Change> sealed{of(node_b, 5, "a", 1)};
  store.apply(std::vector<Arrival>{arrival(node_b, 1, sealed, 1)}, std::nullopt);
  const Moved moved = store.settle_fork(node_b);
  CHECK(moved.changes == 1);
  CHECK(store.get({"e", "a"})->value == number(1));
  CHECK(store.history({"e", "a"}).size() == 1);
  const NodeId target{node_a.value ^ node_b.value};
  CHECK(store.get({"e", "b"})->stamp == Stamp{6, 0, target});
  CHECK(store.tail(target, 10).changes.size() == 1);
  CHECK(store.node() == node_a);
  CHECK(problems(store) == "");
}

TEST_CASE("a node without changes that are left only becomes an own one") {
  const Folder folder;
  Store store = Store::create(folder.file(), "notes", node_a, unsynced());
  store.apply(std::vector<Arrival>{arrival(node_b, 1, {of(node_b, 5, "a", 1)})}, std::nullopt);
  store.adopt(node_b, {});
  const auto own = store.own_nodes();
  REQUIRE(own.size() == 2);
  CHECK(!own[1].forked);
  CHECK(own[1].confirmed == 0);
  CHECK(problems(store) == "");
}

}  // namespace
}  // namespace tidemark::store
