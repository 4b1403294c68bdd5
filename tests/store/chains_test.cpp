#include <doctest/doctest.h>

#include "tests/store/sql.h"
#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};
constexpr NodeId node_b{0xf00000000000000b};

// A store whose node has changes of 1, 2 and 3 events, at 1, 2 and 3 ms.
Store with_tail(const std::string& path = ":memory:") {
  Store store = Store::create(path, "notes", node_a, unsynced());
  for (int size = 1; size <= 3; ++size) {
    std::vector<Write> writes;
    for (int i = 0; i < size; ++i) writes.push_back({{"e" + std::to_string(i), "a"}, number(size)});
    const Recording one = recording(std::move(writes), size);
    store.record({&one, 1});
  }
  return store;
}

TEST_CASE("the tail gives as many changes as fit the wanted events, but at least one") {
  const Store store = with_tail();
  const std::vector<std::pair<std::uint64_t, std::size_t>> expected = {{0, 1}, {1, 1}, {2, 1}, {3, 2},
                                                                       {5, 2}, {6, 3}, {7, 3}};
  for (const auto& one : expected) {
    CAPTURE(one.first);
    const Tail tail = store.tail(node_a, one.first);
    CHECK(tail.node == node_a);
    CHECK(tail.previous.n == 0);
    CHECK(tail.changes.size() == one.second);
  }
  CHECK(store.tail(node_b, 10).changes.empty());
}

TEST_CASE("a sealed bundle reads back exactly what the tail gave, and the tail goes on behind it") {
  const Folder folder;
  std::vector<Change> first;
  std::vector<Change> second;
  {
    Store store = with_tail(folder.file());
    first = store.tail(node_a, 3).changes;
    CHECK(store.seal(row_for(node_a, 1, first), first.size()));
    put(store, "e9", "z", text("later"), 4);
    second = store.tail(node_a, 100).changes;
    CHECK(second.size() == 2);
    CHECK(store.tail(node_a, 100).previous == Head{node_a, 1, made_hash(node_a, 1)});
    CHECK(store.seal(row_for(node_a, 2, second), 2));
    CHECK(store.tail(node_a, 100).changes.empty());
  }
  const Store store = Store::open(folder.file(), unsynced());
  CHECK(store.read_bundle(node_a, 1) == first);
  CHECK(store.read_bundle(node_a, 2) == second);
  CHECK(store.head(node_a) == Head{node_a, 2, made_hash(node_a, 2)});
  const BundleRow row = *store.bundle(node_a, 1);
  CHECK(row.events == 3);
  CHECK(row.first == first.front().stamp);
  CHECK(row.last == first.back().stamp);
  CHECK_FALSE(row.seq);
  CHECK_FALSE(store.bundle(node_a, 3));
  CHECK(problems(store) == "");
}

TEST_CASE("own bundles stay exact when other nodes' events lie between their rows") {
  Store store = Store::create(":memory:", "notes", node_a);
  Change theirs = draft({{{"e", "a"}, text("theirs")}});
  std::vector<std::vector<Change>> sealed;
  for (std::uint64_t round = 1; round <= 3; ++round) {
    put(store, "e", "a", number(1), 1);
    theirs.stamp = {100 * round, 0, node_b};
    const Arrival one = arrival(node_b, round, {theirs}, round);
    store.apply({&one, 1}, std::nullopt);
    put(store, "e", "b", number(2), 1);
    sealed.push_back(seal_all(store, node_a));
    CHECK(sealed.back().size() == 2);
  }
  for (std::uint64_t n = 1; n <= 3; ++n) {
    CHECK(store.read_bundle(node_a, n) == sealed[n - 1]);
    CHECK(store.read_bundle(node_b, n).size() == 1);
  }
  CHECK(problems(store) == "");
}

TEST_CASE("the outbox counts own changes until their bundle is confirmed") {
  Store store = with_tail();
  CHECK(store.counts().outbox == 3);
  const std::vector<Change> first = store.tail(node_a, 3).changes;
  CHECK(store.seal(row_for(node_a, 1, first), 2));
  CHECK(store.counts().outbox == 3);
  CHECK(store.own_nodes().front().unsealed == 1);
  store.set_confirmed(node_a, 1);
  CHECK(store.counts().outbox == 1);
  CHECK(store.own_nodes().front().confirmed == 1);
  store.set_confirmed(node_a, 0);  // the relay lost it
  CHECK(store.counts().outbox == 3);
  store.set_confirmed(node_b, 7);  // nobody of ours
  CHECK(store.own_nodes().size() == 1);
}

TEST_CASE("heads come ascending by node as unsigned numbers, with the last bundle of each") {
  Store store = Store::create(":memory:", "notes", node_a);
  std::vector<Arrival> arrivals;
  for (const NodeId node : {NodeId{UINT64_MAX}, NodeId{0}, node_b}) {
    Change change = draft({{{"e", "a"}, number(1)}});
    change.stamp = {1, 0, node};
    arrivals.push_back(arrival(node, 1, {change}));
    change.stamp = {2, 0, node};
    arrivals.push_back(arrival(node, 2, {change}));
  }
  store.apply(arrivals, std::nullopt);
  const std::vector<Head> heads = store.heads();
  REQUIRE(heads.size() == 3);
  CHECK(heads[0] == Head{{0}, 2, made_hash({0}, 2)});
  CHECK(heads[1].node == node_b);
  CHECK(heads[2].node == NodeId{UINT64_MAX});
}

TEST_CASE("a bundle that is here already is skipped, also within one delivery, and only its place in the log is news") {
  Store store = Store::create(":memory:", "notes", node_a);
  Change change = draft({{{"e", "a"}, number(1)}});
  change.stamp = {1, 0, node_b};
  const std::vector<Arrival> twice = {arrival(node_b, 1, {change}), arrival(node_b, 1, {change}, 4),
                                      held(node_b, 1, 9)};
  const Applied applied = store.apply(twice, Cursor{{1}, 9, {}});
  CHECK(applied.bundles == 1);
  CHECK(applied.events == 1);
  CHECK(applied.changed == std::vector<Cell>{{"e", "a"}});
  CHECK(store.bundle(node_b, 1)->seq == 9);
  const Applied again = store.apply(twice, std::nullopt);
  CHECK(again.bundles == 0);
  CHECK(again.changed.empty());
  CHECK(store.counts().events == 1);
  CHECK(store.cursor() == Cursor{{1}, 9, {}});
}

TEST_CASE("only events that were applied move the clock, not parked ones") {
  Store store = Store::create(":memory:", "notes", node_a);
  Arrival parked = arrival(node_b, 1, {draft({{{"e", "a"}, number(1)}})});
  parked.kind = Arrival::Kind::parked;
  parked.row.first = parked.row.last = {9'000'000, 0, node_b};
  parked.changes.clear();
  parked.envelope = {1, 2, 3};
  parked.reason = "clock_ahead";
  Change change = draft({{{"e", "b"}, number(2)}});
  change.stamp = {500, 0, node_b};
  const Applied applied = store.apply(std::vector<Arrival>{parked, arrival(node_b, 2, {change})}, std::nullopt);
  CHECK(applied.bundles == 2);
  CHECK(applied.events == 1);
  CHECK(store.last_stamp() == change.stamp);
  CHECK(store.head(node_b).n == 2);
  CHECK(store.bundle(node_b, 1)->parked);
  CHECK(store.counts().parked == 1);
  REQUIRE(store.parked().size() == 1);
  CHECK(store.parked().front().reason == "clock_ahead");
  CHECK(store.parked(node_b, 1)->envelope == Bytes{1, 2, 3});
  CHECK_FALSE(store.parked(node_b, 2));
  CHECK(problems(store) == "");
}

TEST_CASE("a parked bundle is applied after all, behind its successors, and reads back exactly") {
  Store store = Store::create(":memory:", "notes", node_a);
  Change early = draft({{{"e", "a"}, number(1)}});
  early.stamp = {400, 0, node_b};
  Change late = draft({{{"e", "a"}, number(2)}, {{"e", "b"}, number(2)}});
  late.stamp = {500, 0, node_b};
  Arrival parked = arrival(node_b, 1, {early});
  parked.kind = Arrival::Kind::parked;
  parked.reason = "unsupported_version";
  store.apply(std::vector<Arrival>{parked, arrival(node_b, 2, {late})}, std::nullopt);
  const Applied applied = store.unpark(node_b, 1, {&early, 1});
  CHECK(applied.events == 1);
  CHECK(applied.changed.empty());
  CHECK(store.unpark(node_b, 1, {&early, 1}).bundles == 0);
  CHECK(store.read_bundle(node_b, 1) == std::vector<Change>{early});
  CHECK(store.read_bundle(node_b, 2) == std::vector<Change>{late});
  CHECK(store.history({"e", "a"}).size() == 2);
  CHECK(get(store, "e", "a") == "2");
  CHECK(store.counts().parked == 0);
  CHECK(problems(store) == "");
}

TEST_CASE("what the log shows of an own node is confirmed by that") {
  Store store = with_tail();
  seal_all(store, node_a);
  CHECK(store.counts().outbox == 3);
  const Arrival one = held(node_a, 1, 1);
  store.apply({&one, 1}, std::nullopt);
  CHECK(store.counts().outbox == 0);
}

}  // namespace
}  // namespace tidemark::store
