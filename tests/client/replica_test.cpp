#include <doctest/doctest.h>

#include "client/replica.h"
#include "client/seal.h"
#include "crdt/limits.h"
#include "store/store.h"
#include "tests/support/temp_dir.h"

using namespace tidemark;
using tidemark::test::TempDir;

namespace {

Value text(const std::string& utf8) { return *Value::text(utf8); }

Draft draft_of(std::size_t value_bytes, std::size_t writes = 1) {
  Draft draft;
  for (std::size_t i = 0; i < writes; ++i)
    draft.writes.push_back({{"e", "a" + std::to_string(i)}, text(std::string(value_bytes, 'x'))});
  return draft;
}

}  // namespace

TEST_CASE("a write is there after the file was closed and opened") {
  TempDir dir;
  {
    Replica replica = Replica::create(dir / "r.tidemark", "space");
    REQUIRE(replica.set("note", "title", Value::text("Shopping")));
  }
  Replica replica = Replica::open_or_create(dir / "r.tidemark", "space");
  CHECK(replica.get("note", "title") == text("Shopping"));
  CHECK(replica.status().counts.outbox == 1);
}

TEST_CASE("one change may touch several entities and the last write of a cell counts") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r.tidemark", "space");
  Draft draft;
  draft.writes = {{{"a", "k"}, text("1")}, {{"b", "k"}, text("2")}, {{"a", "k"}, text("3")}};
  const auto stamp = replica.change(draft);
  REQUIRE(stamp);
  CHECK(replica.get("a", "k") == text("3"));
  CHECK(replica.get("b", "k") == text("2"));
  const auto change = replica.find(*stamp);
  REQUIRE(change);
  CHECK(change->events.size() == 2);
}

TEST_CASE("a deleted entity is hidden until it is restored, and a write does not resurrect it") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r.tidemark", "space");
  REQUIRE(replica.set("note", "title", text("x")));
  REQUIRE(replica.erase("note"));
  CHECK(!replica.get("note"));
  CHECK(!replica.get("note", "title"));
  CHECK(replica.list().empty());
  REQUIRE(replica.set("note", "title", text("y")));
  CHECK(replica.list().empty());
  ListOptions all;
  all.deleted = true;
  CHECK(replica.list(all).size() == 1);
  REQUIRE(replica.restore("note"));
  CHECK(replica.get("note", "title") == text("y"));
}

TEST_CASE("list finds entities by the values of their attributes") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r.tidemark", "space");
  for (int i = 0; i < 6; ++i) {
    REQUIRE(replica.set("n" + std::to_string(i), "kind", text(i % 2 == 0 ? "note" : "task")));
    REQUIRE(replica.set("n" + std::to_string(i), "rank", Value::integer(i / 3)));
  }
  ListOptions options;
  options.where = {{"kind", text("note")}, {"rank", Value::integer(0)}};
  const auto found = replica.list(options);
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == "n0");
  CHECK(found[1].id == "n2");
}

TEST_CASE("observers hear of own writes at once and of other processes' writes in poll") {
  TempDir dir;
  Replica one = Replica::create(dir / "r.tidemark", "space");
  Replica two = Replica::open(dir / "r.tidemark");
  std::vector<Cell> heard;
  auto observation =
      one.observe([&](const std::vector<Cell>& cells) { heard.insert(heard.end(), cells.begin(), cells.end()); });
  REQUIRE(one.set("a", "k", text("1")));
  REQUIRE(heard.size() == 1);
  CHECK(heard[0] == Cell{"a", "k"});
  REQUIRE(two.set("b", "k", text("2")));
  CHECK(heard.size() == 1);
  one.poll();
  REQUIRE(heard.size() == 2);
  CHECK(heard[1] == Cell{"b", "k"});
  observation.reset();
  REQUIRE(one.set("c", "k", text("3")));
  CHECK(heard.size() == 2);
  // Nor does whoever comes next hear of what was written while nobody listened.
  observation =
      one.observe([&](const std::vector<Cell>& cells) { heard.insert(heard.end(), cells.begin(), cells.end()); });
  REQUIRE(one.set("d", "k", text("4")));
  REQUIRE(heard.size() == 3);
  CHECK(heard[2] == Cell{"d", "k"});
}

TEST_CASE("what does not fit is refused with a code and nothing is recorded") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r.tidemark", "space");
  const auto refused = [&](const Result<Stamp>& result, const char* code) {
    REQUIRE(!result);
    CHECK(result.error().code == code);
    CHECK(replica.status().counts.events == 0);
  };
  refused(replica.set("", "k", text("x")), "bad_entity");
  refused(replica.set(std::string(65, 'e'), "k", text("x")), "bad_entity");
  refused(replica.set("e", "", text("x")), "bad_attribute");
  refused(replica.set("e", "k", Value::text("\xff")), "bad_utf8");
  refused(replica.change({}), "no_events");
  refused(replica.change(draft_of(200'000, 3)), "change_too_large");
  CHECK(replica.change(draft_of(200'000, 2)));
}

TEST_CASE("every change that is let in fits a bundle, at the edge too") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r.tidemark", "space");
  std::size_t low = 1;
  std::size_t high = max_value_bytes;
  const auto fits = [&](std::size_t bytes) {
    Draft draft = draft_of(bytes, 2);
    const auto change = canonical_change(draft);
    return change && fits_bundle(*change);
  };
  while (low + 1 < high) {
    const std::size_t middle = (low + high) / 2;
    (fits(middle) ? low : high) = middle;
  }
  CHECK(replica.change(draft_of(low, 2)));
  CHECK(!replica.change(draft_of(low + 1, 2)));
  store::Store& store = replica.store();
  CHECK(seal_next(store, store.node()));
  CHECK(!seal_next(store, store.node()));
  CHECK(encode_again(store, store.node(), 1).bytes.size() <= max_bundle_bytes);
}

TEST_CASE("sealing cuts a long tail into bundles that read back as they were sealed") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r.tidemark", "space");
  for (int i = 0; i < 20; ++i) REQUIRE(replica.change(draft_of(20'000 + std::size_t(i), 3)));
  store::Store& store = replica.store();
  int bundles = 0;
  while (seal_next(store, store.node())) ++bundles;
  CHECK(bundles > 1);
  CHECK(store.head(store.node()).n == std::uint64_t(bundles));
  CHECK(replica.verify().problems.empty());
  CHECK(replica.status().counts.outbox == 20);
}

TEST_CASE("dated changes keep their time and refuse one behind the file's clock") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r.tidemark", "space");
  const auto at = [](std::int64_t wall_ms, const char* value) {
    Replica::Dated dated;
    dated.wall_ms = wall_ms;
    dated.draft.writes.push_back({{"e", "a"}, text(value)});
    return dated;
  };
  const std::vector<Replica::Dated> first{at(1'000, "1"), at(1'000, "2"), at(2'000, "3")};
  const auto stamps = replica.change_at(first);
  REQUIRE(stamps);
  CHECK((*stamps)[0].ms == 1'000);
  CHECK((*stamps)[1].ms == 1'000);
  CHECK((*stamps)[1].counter == 1);
  CHECK((*stamps)[2].ms == 2'000);
  const std::vector<Replica::Dated> second{at(2'000, "4"), at(1'999, "5")};
  const auto refused = replica.change_at(second);
  REQUIRE(!refused);
  CHECK(refused.error().code == "behind_clock");
  CHECK(refused.error().field == "draft 1");
  CHECK(replica.get("e", "a") == text("3"));
}

TEST_CASE("dated changes of one millisecond go on after the counter has carried") {
  TempDir dir;
  ReplicaOptions options;
  options.durability = store::Durability::relaxed;
  Replica replica = Replica::create(dir / "r.tidemark", "space", options);
  std::vector<Replica::Dated> dated(70'000);
  for (auto& one : dated) {
    one.wall_ms = 5'000;
    one.draft.writes.push_back({{"e", "a"}, Value::null()});
  }
  REQUIRE(replica.change_at(dated));
  dated.resize(1);
  CHECK(replica.change_at(dated));
  dated[0].wall_ms = 4'999;
  CHECK(!replica.change_at(dated));
}
