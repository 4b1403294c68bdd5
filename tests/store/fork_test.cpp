#include <doctest/doctest.h>

#include "tests/store/sql.h"
#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};
constexpr NodeId fresh{0xf};
constexpr NodeId derived{0xd};
constexpr NodeId other{0xb};

Stamp moved_to(const Stamp& stamp, NodeId node) { return {stamp.ms, stamp.counter, node}; }

std::vector<BundleRow> rows_under(const Store& store, NodeId node, std::uint64_t common_n, NodeId to) {
  std::vector<BundleRow> rows;
  for (std::uint64_t n = common_n + 1; n <= store.head(node).n; ++n) {
    BundleRow row = *store.bundle(node, n);
    row.head = {to, n - common_n, made_hash(to, n - common_n)};
    row.first.node = row.last.node = to;
    row.seq.reset();
    rows.push_back(row);
  }
  return rows;
}

TEST_CASE("after a fork begins, changes are stamped by the fresh node and the old one waits") {
  const Folder folder;
  {
    Store store = Store::create(folder.file(), "notes", node_a, unsynced());
    const Stamp old = put(store, "e", "a", number(1), 10);
    store.begin_fork(fresh);
    CHECK(store.node() == fresh);
    const Stamp next = put(store, "e", "a", number(2), 5);
    CHECK(next.node == fresh);
    CHECK(old < next);
  }
  const Store store = Store::open(folder.file(), unsynced());
  CHECK(store.node() == fresh);
  const std::vector<OwnNode> nodes = store.own_nodes();
  REQUIRE(nodes.size() == 2);
  CHECK((nodes[0].node == fresh && nodes[0].current && !nodes[0].forked && nodes[0].unsealed == 1));
  CHECK((nodes[1].node == node_a && !nodes[1].current && nodes[1].forked && nodes[1].unsealed == 1));
  CHECK(problems(store) == "");
}

TEST_CASE("the unsealed changes of a forked node go to the fresh one, before its own, and what names them follows") {
  Store store = Store::create(":memory:", "notes", node_a);
  const Stamp sealed = put(store, "e", "a", number(0), 9);
  seal_all(store, node_a);
  const Stamp first = put(store, "e", "a", number(1), 10);
  const Stamp second = put(store, "e", "b", number(2), 11);
  store.begin_fork(fresh);
  const Recording undo{draft({{{"e", "a"}, number(3)}}, {{LinkKind::undoes, first}}), 12, false, false};
  const Stamp third = *store.record({&undo, 1}).front();
  const Moved moved = store.settle_fork(node_a);
  CHECK(moved.changes == 2);
  CHECK(moved.changed.empty());

  CHECK(store.own_nodes()[1].unsealed == 0);
  CHECK_FALSE(store.own_nodes()[1].forked);
  const std::vector<Change> tail = store.tail(fresh, 100).changes;
  REQUIRE(tail.size() == 3);
  CHECK(tail[0].stamp == moved_to(first, fresh));
  CHECK(tail[0].events[0].base == sealed);
  CHECK(tail[1].stamp == moved_to(second, fresh));
  CHECK(tail[2].stamp == third);
  CHECK(tail[2].events[0].base == tail[0].stamp);
  CHECK(tail[2].links == std::vector<Link>{{LinkKind::undoes, tail[0].stamp}});
  CHECK(store.resolve(first) == tail[0].stamp);
  CHECK(store.change(first)->stamp == tail[0].stamp);
  CHECK(store.history({"e", "b"}).front().printed_as == second);
  CHECK_FALSE(store.history({"e", "a"}).front().printed_as);
  CHECK(problems(store) == "");
  CHECK(seal_all(store, fresh) == tail);
  CHECK(store.read_bundle(fresh, 1) == tail);
  CHECK(store.settle_fork(node_a).changes == 0);
  CHECK(problems(store) == "");
}

TEST_CASE("an unsealed change that the twin's bundles hold unchanged was confirmed, so it is dropped") {
  Store store = Store::create(":memory:", "notes", node_a);
  const Metadata said{"someone", "", "", ""};
  const Recording one{draft({{{"e", "a"}, number(1)}, {{"e", "b"}, number(1)}}, {}, said), 10, false, false};
  const Stamp same = *store.record({&one, 1}).front();
  const Stamp unlike = put(store, "e", "a", text("mine"), 11);
  // The twin had sealed the first change and then wrote something else at the same moment.
  Change theirs = draft({{{"e", "a"}, text("theirs")}});
  theirs.stamp = unlike;
  theirs.events[0].base = same;
  const std::vector<Change> chain = {*store.change(same), theirs};
  store.begin_fork(fresh);
  const Arrival twin = arrival(node_a, 1, chain, 1);
  CHECK(store.apply({&twin, 1}, std::nullopt).bundles == 1);
  CHECK(problems(store) == "");
  const std::int64_t row = store.last_row();
  const Moved moved = store.settle_fork(node_a);
  CHECK(moved.changes == 1);
  CHECK(store.counts().events == 4);
  CHECK(store.resolve(same) == same);
  CHECK(store.resolve(unlike) == moved_to(unlike, fresh));
  CHECK(store.read_bundle(node_a, 1) == chain);
  CHECK(get(store, "e", "a") == "\"mine\"");  // the fresh node is the greater one
  const std::vector<Change> tail = store.tail(fresh, 10).changes;
  REQUIRE(tail.size() == 1);
  CHECK(tail[0].events[0].base == same);
  CHECK(problems(store) == "");
  CHECK(store.last_row() == row);  // rows that went do not return
  put(store, "e", "c", number(1), 12);
  CHECK(store.last_row() == row + 1);
}

TEST_CASE("a base that could mean either twin's event follows only if its author saw the one that moves") {
  for (const bool ours_wins : {true, false}) {
    CAPTURE(ours_wins);
    Store store = Store::create(":memory:", "notes", node_a);
    const Stamp stamp = put(store, "e", "a", text(ours_wins ? "z" : "b"), 10);
    store.begin_fork(fresh);
    Change theirs = draft({{{"e", "a"}, text("m")}});
    theirs.stamp = stamp;
    const Arrival twin = arrival(node_a, 1, {theirs}, 1);
    store.apply({&twin, 1}, std::nullopt);
    put(store, "e", "a", text("later"), 11);
    store.settle_fork(node_a);
    const std::vector<Change> tail = store.tail(fresh, 10).changes;
    CHECK(tail[1].events[0].base == (ours_wins ? tail[0].stamp : stamp));
    CHECK(problems(store) == "");
  }
}

TEST_CASE("a branch moves to its derived node with order, bases and links, and can be read back bundle by bundle") {
  Store store = Store::create(":memory:", "notes", node_a);
  const Stamp common = put(store, "e", "a", number(0), 9);
  seal_all(store, node_a);
  const Stamp first = put(store, "e", "a", number(1), 10);
  const std::vector<Change> bundle_2 = seal_all(store, node_a);
  const Recording undo{draft({{{"e", "a"}, number(2)}}, {{LinkKind::undoes, first}, {LinkKind::causation, common}}), 12,
                       false, false};
  const Stamp second = *store.record({&undo, 1}).front();
  const std::vector<Change> bundle_3 = seal_all(store, node_a);
  const Stamp unsealed = put(store, "e", "a", number(3), 13);
  store.set_confirmed(node_a, 3);

  store.begin_fork(fresh);
  const Moved moved = store.move_branch(node_a, 1, derived, rows_under(store, node_a, 1, derived));
  CHECK(moved.changes == 2);
  CHECK(moved.changed.empty());
  CHECK(store.head(node_a).n == 1);
  CHECK(store.head(derived) == Head{derived, 2, made_hash(derived, 2)});
  const Change now_first = store.read_bundle(derived, 1).at(0);
  const Change now_second = store.read_bundle(derived, 2).at(0);
  CHECK(now_first.stamp == moved_to(first, derived));
  CHECK(now_first.events[0].base == common);
  CHECK(now_second.events[0].base == now_first.stamp);
  CHECK(now_second.links == std::vector<Link>{{LinkKind::causation, common}, {LinkKind::undoes, now_first.stamp}});
  CHECK(store.tail(node_a, 10).changes.at(0).events[0].base == now_second.stamp);
  CHECK(store.resolve(second) == now_second.stamp);
  CHECK(problems(store) == "");

  // The derived chain is pushed like an own one, the old one is what the relay says.
  const std::vector<OwnNode> nodes = store.own_nodes();
  REQUIRE(nodes.size() == 3);
  CHECK((nodes[1].node == node_a && nodes[1].confirmed == 1));
  CHECK((nodes[2].node == derived && nodes[2].confirmed == 0 && nodes[2].head.n == 2));
  CHECK(store.counts().outbox == 3);
  store.settle_fork(node_a);
  CHECK(store.resolve(unsealed) == moved_to(unsealed, fresh));
  CHECK(problems(store) == "");
}

TEST_CASE("bundles of a branch that the derived node has already are dropped, and nothing is there twice") {
  Store store = Store::create(":memory:", "notes", node_a);
  put(store, "e", "a", number(1), 10);
  seal_all(store, node_a);
  const Stamp second = put(store, "e", "b", number(2), 11);
  const std::vector<Change> bundle_2 = seal_all(store, node_a);
  const std::vector<BundleRow> rows = rows_under(store, node_a, 0, derived);
  // Another holder of the branch has given its first bundle to the relay.
  std::vector<Change> theirs = store.read_bundle(node_a, 1);
  for (Change& change : theirs) change.stamp.node = derived;
  const Arrival given = arrival(derived, 1, theirs, 1);
  store.apply({&given, 1}, std::nullopt);
  store.begin_fork(fresh);
  const Moved moved = store.move_branch(node_a, 0, derived, rows);
  CHECK(moved.changes == 2);
  CHECK(store.counts().events == 2);
  CHECK(store.read_bundle(derived, 1) == theirs);
  CHECK(store.read_bundle(derived, 2).at(0).stamp == moved_to(second, derived));
  CHECK(store.head(node_a).n == 0);
  CHECK(store.resolve(second) == moved_to(second, derived));
  CHECK(problems(store) == "");
}

TEST_CASE("a stranger's branch moves too, without becoming ours, and sealed bases of ours stay as they travelled") {
  Store store = Store::create(":memory:", "notes", node_a);
  Change theirs = draft({{{"e", "a"}, number(1)}});
  theirs.stamp = {10, 0, other};
  const Arrival one = arrival(other, 1, {theirs}, 1);
  store.apply({&one, 1}, std::nullopt);
  put(store, "e", "a", number(2), 20);
  const std::vector<Change> sealed = seal_all(store, node_a);
  put(store, "e", "b", number(3), 21);
  store.move_branch(other, 0, derived, rows_under(store, other, 0, derived));
  CHECK(store.own_nodes().size() == 1);
  CHECK(store.read_bundle(node_a, 1) == sealed);
  CHECK(sealed[0].events[0].base == theirs.stamp);
  CHECK(store.read_bundle(derived, 1).at(0).stamp.node == derived);
  CHECK(problems(store) == "");
}

TEST_CASE("moving a branch can change winners, and says so") {
  Store store = Store::create(":memory:", "notes", node_a);
  Change theirs = draft({{{"e", "a"}, text("theirs")}});
  theirs.stamp = {10, 0, other};
  const Arrival one = arrival(other, 1, {theirs}, 1);
  store.apply({&one, 1}, std::nullopt);
  Change twin = draft({{{"e", "a"}, text("twin")}});
  twin.stamp = {10, 0, node_a};
  const Arrival two = arrival(node_a, 1, {twin}, 2);
  store.apply({&two, 1}, std::nullopt);
  CHECK(get(store, "e", "a") == "\"theirs\"");
  store.begin_fork(fresh);
  const Moved moved = store.move_branch(node_a, 0, derived, rows_under(store, node_a, 0, derived));
  CHECK(moved.changed == std::vector<Cell>{{"e", "a"}});
  CHECK(get(store, "e", "a") == "\"twin\"");
  CHECK(problems(store) == "");
}

TEST_CASE("a parked bundle of a branch moves as it is") {
  Store store = Store::create(":memory:", "notes", node_a);
  Arrival parked = arrival(other, 1, {draft({{{"e", "a"}, number(1)}})});
  parked.kind = Arrival::Kind::parked;
  parked.row.first = parked.row.last = {10, 0, other};
  parked.reason = "unsupported_version";
  parked.envelope = {4, 5};
  store.apply({&parked, 1}, std::nullopt);
  store.move_branch(other, 0, derived, rows_under(store, other, 0, derived));
  CHECK(store.parked(derived, 1)->envelope == Bytes{4, 5});
  CHECK_FALSE(store.parked(other, 1));
  CHECK(problems(store) == "");
}

}  // namespace
}  // namespace tidemark::store
