#include <doctest/doctest.h>

#include <limits>

#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0x8000000000000001};

TEST_CASE("what is recorded can be read again, with its stamp, and after opening the file anew") {
  const Folder folder;
  Stamp stamp;
  {
    Store store = Store::create(folder.file(), "notes", node_a, unsynced());
    CHECK(store.space() == "notes");
    CHECK(store.node() == node_a);
    stamp = put(store, "e", "title", text("Tides"), 1'000);
    CHECK(stamp == Stamp{1'000, 0, node_a});
    CHECK(store.get({"e", "title"})->stamp == stamp);
  }
  const Store store = Store::open(folder.file(), unsynced());
  CHECK(store.space() == "notes");
  CHECK(store.node() == node_a);
  CHECK(get(store, "e", "title") == "\"Tides\"");
  CHECK(store.last_stamp() == stamp);
  CHECK_FALSE(store.get({"e", "body"}));
  CHECK_FALSE(store.get({"f", "title"}));
}

TEST_CASE("every kind of value comes back as it was, small or large, in the cell and in its history") {
  Store store = Store::create(":memory:", "notes", node_a);
  const std::string awkward("a\0b\n\xc3\xa9", 6);
  std::vector<Value> values = {Value::null(),
                               Value::boolean(true),
                               Value::boolean(false),
                               number(std::numeric_limits<std::int64_t>::min()),
                               number(-1),
                               Value::real(1.0),
                               Value::real(-0.0),
                               Value::real(std::numeric_limits<double>::quiet_NaN()),
                               Value::real(std::numeric_limits<double>::infinity()),
                               Value::real(5e-324),
                               text(""),
                               text(awkward),
                               *Value::bytes(""),
                               *Value::bytes(std::string("\0\xff", 2)),
                               *Value::json("[]"),
                               *Value::json("{\"b\":1,\"a\":[null,2.5]}")};
  for (const std::size_t size : std::initializer_list<std::size_t>{63, 64, 65, 5'000, 262'144}) {
    values.push_back(text(std::string(size, 'x')));
    values.push_back(*Value::bytes(std::string(size, '\0')));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string entity = "e" + std::to_string(i);
    put(store, entity, "x", values[i], 5);
    CHECK(store.get({entity, "x"})->value == values[i]);
    CHECK(store.entity(entity).front().value == values[i]);
    CHECK(store.history({entity, "x"}).front().event.value == values[i]);
  }
}

TEST_CASE("a change of several cells has one stamp, and each event names the value that it replaced") {
  Store store = Store::create(":memory:", "notes", node_a);
  const Stamp first = put(store, "e", "b", number(1), 10);
  const Recording both = recording({{{"e", "b"}, number(2)}, {{"e", "a"}, number(3)}, {{"d", "z"}, number(4)}}, 10);
  std::vector<Cell> changed;
  const Stamp second = *store.record({&both, 1}, &changed).front();
  CHECK(second == Stamp{10, 1, node_a});
  CHECK(changed == std::vector<Cell>{{"d", "z"}, {"e", "a"}, {"e", "b"}});
  const Change change = *store.change(second);
  REQUIRE(change.events.size() == 3);
  CHECK(change.events[0].cell == Cell{"d", "z"});
  CHECK_FALSE(change.events[1].base);
  CHECK(change.events[2].base == first);
}

TEST_CASE("links and metadata of a change come back byte for byte") {
  Store store = Store::create(":memory:", "notes", node_a);
  const Stamp first = put(store, "e", "a", number(1), 10);
  const Metadata said{"someone", "cli", "a note\nof two lines", "{ \"free\" : 1 }"};
  const Change wanted = draft({{{"e", "a"}, number(2)}, {{"e", "b"}, number(2)}},
                              {{LinkKind::undoes, first}, {LinkKind::correlation, {0, 0, {0}}}}, said);
  const Recording linked{wanted, 11, false, false};
  const Stamp stamp = *store.record({&linked, 1}).front();
  put(store, "e", "b", number(3), 12);
  const Change found = *store.change(stamp);
  CHECK(found.links == wanted.links);
  CHECK(found.metadata == said);
  CHECK(store.change(first)->metadata.empty());
}

TEST_CASE("stamps increase while the clock stands, steps back, and over a restart with the clock set back a day") {
  const Folder folder;
  constexpr std::int64_t day_ms = 86'400'000;
  Stamp last;
  {
    Store store = Store::create(folder.file(), "notes", node_a, unsynced());
    for (const std::int64_t wall_ms : {10 * day_ms, 10 * day_ms, 9 * day_ms, std::int64_t{-5}}) {
      const Stamp next = put(store, "e", "a", number(wall_ms), wall_ms);
      CHECK(last < next);
      last = next;
    }
  }
  Store store = Store::open(folder.file(), unsynced());
  const Stamp next = put(store, "e", "a", text("newest"), 9 * day_ms);
  CHECK(last < next);
  CHECK(get(store, "e", "a") == "\"newest\"");
}

TEST_CASE("an edit of what was just received wins, however slow the own clock is") {
  Store store = Store::create(":memory:", "notes", node_a);
  Change theirs = draft({{{"e", "a"}, text("theirs")}});
  theirs.stamp = {5'000'000, 3, {7}};
  const Arrival one = arrival({7}, 1, {theirs}, 1);
  store.apply({&one, 1}, std::nullopt);
  const Stamp mine = put(store, "e", "a", text("mine"), 1);
  CHECK(theirs.stamp < mine);
  CHECK(get(store, "e", "a") == "\"mine\"");
  CHECK(store.change(mine)->events[0].base == theirs.stamp);
}

TEST_CASE("a learned correction moves the stamps of local changes, but not of historical ones") {
  Store store = Store::create(":memory:", "notes", node_a);
  store.learn_time(1'000'000, 9'000'000);
  CHECK(store.correction().offset_ms == 8'000'000);
  CHECK(store.greatest_relay_ms() == 9'000'000);
  CHECK(put(store, "e", "a", number(1), 1'000'001).ms == 9'000'001);
  Recording historical = recording({{{"e", "a"}, number(2)}}, 9'500'000);
  historical.historical = true;
  CHECK(store.record({&historical, 1}).front()->ms == 9'500'000);
  store.learn_time(2'000'000, 2'000'000);
  CHECK(store.greatest_relay_ms() == 9'000'000);
}

TEST_CASE("an unchanged value is an event like any other, unless the caller wants it left out") {
  Store store = Store::create(":memory:", "notes", node_a);
  put(store, "e", "a", number(1), 1);
  put(store, "e", "a", number(1), 2);
  CHECK(store.counts().events == 2);
  Recording same = recording({{{"e", "a"}, number(1)}}, 3);
  same.skip_unchanged = true;
  Recording partly = recording({{{"e", "a"}, number(1)}, {{"e", "b"}, text(std::string(100, 'b'))}}, 3);
  partly.skip_unchanged = true;
  const std::vector<Recording> batch = {same, partly, partly};
  std::vector<Cell> changed;
  const auto stamps = store.record(batch, &changed);
  CHECK_FALSE(stamps[0]);
  REQUIRE(stamps[1]);
  CHECK_FALSE(stamps[2]);
  CHECK(store.change(*stamps[1])->events.size() == 1);
  CHECK(changed == std::vector<Cell>{{"e", "b"}});
  CHECK(store.counts().events == 3);
}

TEST_CASE("many recordings of one transaction have stamps of their own and see each other") {
  Store store = Store::create(":memory:", "notes", node_a);
  std::vector<Recording> batch;
  for (int i = 0; i < 100; ++i) batch.push_back(recording({{{"e", "a"}, number(i)}}, 7));
  std::vector<Cell> changed;
  const auto stamps = store.record(batch, &changed);
  for (std::size_t i = 1; i < stamps.size(); ++i) {
    CHECK(*stamps[i - 1] < *stamps[i]);
    CHECK(store.change(*stamps[i])->events[0].base == stamps[i - 1]);
  }
  CHECK(changed.size() == 1);
  CHECK(get(store, "e", "a") == "99");
  CHECK(store.history({"e", "a"}).size() == 100);
  CHECK(store.record({}).empty());
}

TEST_CASE("the counter carries when a clock stands still for 70,000 changes") {
  Store store = Store::create(":memory:", "notes", node_a);
  const std::vector<Recording> batch(70'000, recording({{{"e", "a"}, number(1)}}, 7));
  const auto stamps = store.record(batch);
  CHECK(stamps.back() == Stamp{8, 70'000 - 65'536 - 1, node_a});
}

}  // namespace
}  // namespace tidemark::store
