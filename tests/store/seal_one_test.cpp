// A change that is sealed by the transaction that records it.
#include <doctest/doctest.h>

#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};

BundleRow seal_one(const Change& change, const Head& previous) {
  return row_for(previous.node, previous.n + 1, {change});
}

Stamp put_sealed(Store& store, const std::string& entity) {
  const Recording one = recording({{{entity, "a"}, number(1)}, {{entity, "b"}, number(2)}}, 5);
  return *store.coalesce(one, {}, nullptr, seal_one);
}

std::uint64_t unsealed(const Store& store) { return store.own_nodes().front().unsealed; }

}  // namespace

TEST_CASE("a change is sealed as it is recorded, in one sync, if all before it is confirmed") {
  const Folder folder;
  CountingVfs vfs("counting");
  Options options;
  options.vfs = vfs.name();
  Store store = Store::create(folder.file(), "notes", node_a, options);
  put(store, "e", "a", number(0), 0);  // the first write also syncs the log's header
  seal_all(store, node_a);
  store.set_confirmed(node_a, 1);
  vfs.clear();
  const Stamp stamp = put_sealed(store, "f");
  CHECK(vfs.syncs() == 1);
  CHECK(unsealed(store) == 0);
  CHECK(store.head(node_a).n == 2);
  const std::vector<Change> sealed = store.read_bundle(node_a, 2);
  REQUIRE(sealed.size() == 1);
  CHECK(sealed.front() == *store.change(stamp));
  CHECK(store.bundle(node_a, 2)->events == 2);
  CHECK(problems(store) == "");
}

TEST_CASE("a change joins those that wait before it") {
  Store store = Store::create(":memory:", "notes", node_a);
  SUBCASE("unsealed") {
    put(store, "e", "a", number(0), 0);
    put_sealed(store, "f");
    CHECK(unsealed(store) == 2);
    CHECK(store.head(node_a).n == 0);
  }
  SUBCASE("sealed and not confirmed") {
    put_sealed(store, "e");
    CHECK(store.head(node_a).n == 1);
    put_sealed(store, "f");
    CHECK(unsealed(store) == 1);
    CHECK(store.head(node_a).n == 1);
  }
  SUBCASE("of another node whose fork is open") {
    put_sealed(store, "e");
    put(store, "e", "a", number(1), 1);
    store.begin_fork({0xb});
    put_sealed(store, "f");
    CHECK(store.node() == NodeId{0xb});
    CHECK(unsealed(store) == 1);
  }
  SUBCASE("several at once") {
    const std::vector<Recording> both(2, recording({{{"e", "a"}, number(1)}}, 5));
    store.record(both, nullptr, seal_one);
    CHECK(unsealed(store) == 2);
  }
  SUBCASE("nothing is left of it") {
    put_sealed(store, "e");
    store.set_confirmed(node_a, 1);
    Recording same = recording({{{"e", "a"}, number(1)}}, 6);
    same.skip_unchanged = true;
    CHECK_FALSE(store.coalesce(same, {}, nullptr, seal_one));
    CHECK(store.head(node_a).n == 1);
  }
  CHECK(problems(store) == "");
}

TEST_CASE("the next change of an edit session does not take the place of a sealed one") {
  Store store = Store::create(":memory:", "notes", node_a);
  const Stamp first = put_sealed(store, "e");
  const Recording next = recording({{{"e", "a"}, number(3)}, {{"e", "b"}, number(4)}}, 6);
  store.coalesce(next, {first, std::nullopt});
  CHECK(store.counts().events == 4);
  CHECK(problems(store) == "");
}

}  // namespace tidemark::store
