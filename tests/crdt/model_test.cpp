#include "crdt/model.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "hlc/clock.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

Change write(Stamp stamp, Value value, std::optional<Stamp> base = std::nullopt) {
  Change change;
  change.stamp = stamp;
  change.events.push_back({{"note", "title"}, std::move(value), base});
  return change;
}

const Cell title{"note", "title"};

void check_same(const Model& a, const Model& b) {
  RC_ASSERT(a.export_state() == b.export_state());
  RC_ASSERT(a.state().size() == b.state().size());
  for (const auto& [cell, winner] : a.state()) {
    const auto& other = b.state().at(cell);
    RC_ASSERT(winner.stamp == other.stamp);
    RC_ASSERT(winner.value == other.value);
    RC_ASSERT(a.history(cell) == b.history(cell));
    RC_ASSERT(a.conflicts(cell) == b.conflicts(cell));
  }
}

}  // namespace

TEST_CASE("the state holds the greatest stamp of each cell") {
  Model model;
  model.apply(write({5, 0, {1}}, Value::integer(5)));
  model.apply(write({3, 0, {1}}, Value::integer(3)));
  model.apply(write({7, 0, {1}}, Value::integer(7)));
  REQUIRE(model.state().size() == 1);
  CHECK(model.state().at(title).stamp == Stamp{7, 0, {1}});
  CHECK(model.state().at(title).value == Value::integer(7));
  CHECK(model.history({"nobody", "title"}).empty());
  CHECK(model.conflicts({"nobody", "title"}).empty());
}

TEST_CASE("history is ordered by stamp and holds every event once") {
  Model model;
  for (const std::uint64_t ms : {5, 3, 7, 3, 5}) model.apply(write({ms, 0, {1}}, Value::integer(1)));
  const auto history = model.history(title);
  REQUIRE(history.size() == 3);
  CHECK(history[0].first.ms == 3);
  CHECK(history[2].first.ms == 7);
}

TEST_CASE("the state is exported a line a cell, sorted by entity and attribute") {
  Model model;
  Change change;
  change.stamp = {1, 0, {1}};
  change.events = {{{"a\"", "y"}, must(Value::json("{\"k\":[1]}")), std::nullopt},
                   {{"b", "deleted"}, Value::boolean(true), std::nullopt},
                   {{"b", "x"}, Value::null(), std::nullopt}};
  REQUIRE_FALSE(check_change(change));
  model.apply(change);
  CHECK(model.export_state() ==
        "{\"attribute\":\"y\",\"entity\":\"a\\\"\",\"value\":{\"k\":[1]}}\n"
        "{\"attribute\":\"deleted\",\"entity\":\"b\",\"value\":true}\n"
        "{\"attribute\":\"x\",\"entity\":\"b\",\"value\":null}\n");
  CHECK(Model().export_state().empty());
}

TEST_CASE("W11: equal stamps end in one state, incrementally, reversed and rebuilt") {
  // A cloned node, or one that repeats stamps, wrote two values under one stamp.
  const Stamp stamp{5, 0, {1}};
  Model forward, backward, rebuilt;
  forward.apply(write(stamp, Value::integer(1)));
  forward.apply(write(stamp, Value::integer(2)));
  backward.apply(write(stamp, Value::integer(2)));
  backward.apply(write(stamp, Value::integer(1)));
  for (const auto& [known, event] : backward.history(title)) rebuilt.apply(write(known, event.value, event.base));
  CHECK(forward.state().at(title).value == Value::integer(2));
  CHECK(backward.export_state() == forward.export_state());
  CHECK(rebuilt.export_state() == forward.export_state());
  CHECK(forward.history(title).size() == 2);
  CHECK(forward.history(title) == backward.history(title));
}

TEST_CASE("W7: a user on a slow device who edits what just arrived keeps the edit everywhere") {
  constexpr std::int64_t now = 1'795'185'612'345;
  Clock fast({1}), slow({2});
  const Stamp theirs = fast.now(now);
  slow.observe(theirs);
  const Stamp mine = slow.now(now - 3'600'000);
  Model here, there;
  here.apply(write(theirs, Value::integer(1)));
  here.apply(write(mine, Value::integer(2), theirs));
  there.apply(write(mine, Value::integer(2), theirs));
  there.apply(write(theirs, Value::integer(1)));
  CHECK(here.state().at(title).value == Value::integer(2));
  CHECK(there.export_state() == here.export_state());
  CHECK(here.conflicts(title).empty());
}

TEST_CASE("a concurrent edit of a deleted entity is kept and does not bring it back") {
  Model model;
  Change remove;
  remove.stamp = {9, 0, {1}};
  remove.events.push_back({{"note", std::string(deleted_attribute)}, Value::boolean(true), std::nullopt});
  model.apply(remove);
  model.apply(write({10, 0, {2}}, Value::integer(1)));
  CHECK(model.state().at({"note", "deleted"}).value == Value::boolean(true));
  CHECK(model.state().at(title).value == Value::integer(1));
}

TEST_CASE("the model does not depend on order, duplication or batching") {
  CHECK(rc::check([] {
    const auto changes = *rc::gen::container<std::vector<Change>>(arbitrary_change());
    std::vector<Change> delivered = changes;
    for (const Change& change : changes) {
      if (*rc::gen::arbitrary<bool>()) delivered.push_back(change);
      if (!*rc::gen::arbitrary<bool>()) continue;
      // The same events, one at a time.
      for (const Event& event : change.events) delivered.push_back({change.stamp, {event}, {}, {}});
    }
    std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
    std::shuffle(delivered.begin(), delivered.end(), random);
    Model straight, shuffled;
    for (const Change& change : changes) straight.apply(change);
    for (const Change& change : delivered) shuffled.apply(change);
    check_same(straight, shuffled);
  }));
}

TEST_CASE("two models that exchange what they know are equal") {
  CHECK(rc::check([] {
    const auto mine = *rc::gen::container<std::vector<Change>>(arbitrary_change());
    const auto yours = *rc::gen::container<std::vector<Change>>(arbitrary_change());
    Model a, b;
    for (const Change& change : mine) a.apply(change);
    for (const Change& change : yours) b.apply(change);
    for (const Change& change : yours) a.apply(change);
    for (const Change& change : mine) b.apply(change);
    check_same(a, b);
  }));
}

}  // namespace tidemark
