// Edit sessions and windows: many writes, one event.
#include <doctest/doctest.h>

#include "client/replica.h"
#include "client/seal.h"
#include "store/store.h"
#include "tests/support/temp_dir.h"

using namespace tidemark;
using tidemark::test::TempDir;

namespace {

struct HandClock {
  std::int64_t ms = 1'000'000;
  ReplicaOptions options() {
    ReplicaOptions options;
    options.wall_clock = [this] { return ms; };
    return options;
  }
};

std::size_t events(const Replica& replica, const char* attribute) {
  return replica.store().history({"e", attribute}).size();
}

}  // namespace

TEST_CASE("the drags of a session are one event, observers see each, and every stamp finds it") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r", "space");
  Replica other = Replica::open(dir / "r");
  int heard = 0;
  int heard_elsewhere = 0;
  const auto here = replica.observe([&](const std::vector<Cell>& cells) { heard += static_cast<int>(cells.size()); });
  const auto there =
      other.observe([&](const std::vector<Cell>& cells) { heard_elsewhere += static_cast<int>(cells.size()); });
  EditSession drag = replica.edit_session();
  std::vector<Stamp> stamps;
  for (int i = 0; i < 50; ++i) {
    stamps.push_back(*drag.set("e", "x", Value::integer(i)));
    other.poll();
  }
  CHECK(heard == 50);
  CHECK(heard_elsewhere == 50);
  CHECK(events(replica, "x") == 1);
  for (const Stamp& stamp : stamps) CHECK(replica.find(stamp)->stamp == stamps.back());
  CHECK(replica.get("e", "x") == Value::integer(49));
  CHECK(replica.status().counts.outbox == 1);
  CHECK(replica.verify().problems.empty());
}

TEST_CASE("what is sealed between two drags stays as it was sealed") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r", "space");
  EditSession drag = replica.edit_session();
  store::Store& store = replica.store();
  for (int i = 0; i < 30; ++i) {
    REQUIRE(drag.set("e", "x", Value::integer(i)));
    if (i % 10 == 4) REQUIRE(seal_next(store, store.node()));
  }
  CHECK(events(replica, "x") == 4);
  CHECK(replica.verify().problems.empty());
}

TEST_CASE("a session goes on after a write that was left out, and never takes a stranger's place") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r", "space");
  EditSession drag = replica.edit_session();
  REQUIRE(drag.set("e", "x", Value::integer(1)));
  REQUIRE(drag.set("e", "x", Value::integer(1), {true}));
  REQUIRE(drag.set("e", "x", Value::integer(2)));
  CHECK(events(replica, "x") == 1);
  REQUIRE(replica.set("e", "x", Value::integer(3)));
  REQUIRE(drag.set("e", "x", Value::integer(3), {true}));
  REQUIRE(drag.set("e", "x", Value::integer(4)));
  CHECK(events(replica, "x") == 3);
  CHECK(!drag.set("e", "x", Value::text("\xff")));
  REQUIRE(drag.set("e", "x", Value::integer(5)));
  CHECK(events(replica, "x") == 3);
}

TEST_CASE("a change with a new author is a new event, also in one session") {
  TempDir dir;
  Replica replica = Replica::create(dir / "r", "space");
  EditSession drag = replica.edit_session();
  REQUIRE(drag.set("e", "x", Value::integer(1)));
  REQUIRE(!replica.set_identity({"ada", ""}));
  REQUIRE(drag.set("e", "x", Value::integer(2)));
  REQUIRE(drag.set("e", "x", Value::integer(3)));
  CHECK(events(replica, "x") == 2);
}

TEST_CASE("while a sync is live a write is sealed at once, unless the next one may take its place") {
  TempDir dir;
  HandClock clock;
  ReplicaOptions options = clock.options();
  const auto sealed = [](const Replica& replica) { return replica.store().own_nodes().front().head.n; };
  bool live = true;
  int looks = 0;
  auto syncer = std::make_shared<const Syncer>(Syncer{[&] { ++looks; }, [&] { return live; }});
  SUBCASE("synced") {
    Replica replica = Replica::create(dir / "r", "space", options);
    replica.coalesce("window", 1'000);
    replica.join(syncer);
    EditSession drag = replica.edit_session();
    REQUIRE(drag.set("e", "x", Value::integer(1)));
    REQUIRE(replica.set("e", "window", Value::integer(1)));
    CHECK(sealed(replica) == 0);
    CHECK(looks == 0);
    while (seal_next(replica.store(), replica.store().node())) {}
    const std::uint64_t before = sealed(replica);
    replica.store().set_confirmed(replica.store().node(), before);
    live = false;
    REQUIRE(replica.set("e", "y", Value::integer(1)));
    CHECK(sealed(replica) == before);
    while (seal_next(replica.store(), replica.store().node())) {}
    replica.store().set_confirmed(replica.store().node(), before + 1);
    live = true;
    REQUIRE(replica.set("e", "y", Value::integer(2)));
    CHECK(sealed(replica) == before + 2);
    CHECK(looks == 2);
    // What it made is what sealing it afterwards makes.
    CHECK(encode_again(replica.store(), replica.store().node(), before + 2).head ==
          replica.store().head(replica.store().node()));
    replica.store().set_confirmed(replica.store().node(), before + 2);
    syncer.reset();
    REQUIRE(replica.set("e", "y", Value::integer(3)));
    CHECK(sealed(replica) == before + 2);
    CHECK(looks == 2);
    CHECK(replica.verify().problems.empty());
  }
  SUBCASE("relaxed") {
    options.durability = store::Durability::relaxed;
    Replica replica = Replica::create(dir / "r", "space", options);
    replica.join(syncer);
    REQUIRE(replica.set("e", "y", Value::integer(1)));
    CHECK(sealed(replica) == 0);
    CHECK(looks == 1);
  }
}

TEST_CASE("a window makes writes of the attributes that it means one event while they follow each other soon") {
  TempDir dir;
  HandClock clock;
  Replica replica = Replica::create(dir / "r", "space", clock.options());
  replica.coalesce("note.*", 500);
  replica.coalesce("note.kept", 0);
  for (const char* attribute : {"note.body", "note.kept", "notes"}) {
    for (int i = 0; i < 4; ++i) {
      REQUIRE(replica.set("e", attribute, Value::integer(i)));
      clock.ms += i < 2 ? 500 : 501;
    }
  }
  CHECK(events(replica, "note.body") == 2);
  CHECK(events(replica, "note.kept") == 4);
  CHECK(events(replica, "notes") == 4);
  replica.coalesce("*", 10'000);
  Draft both;
  both.writes = {{{"e", "notes"}, Value::integer(9)}, {{"e", "note.kept"}, Value::integer(9)}};
  REQUIRE(replica.change(both));
  REQUIRE(replica.change(both));
  CHECK(events(replica, "notes") == 5);
  // Imports are left as they are.
  const std::vector<Replica::Dated> dated(2, {both, clock.ms + 1});
  REQUIRE(replica.change_at(dated));
  CHECK(events(replica, "notes") == 7);
  CHECK(replica.verify().problems.empty());
}
