#include "tests/client/notes.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

std::string then(const Notes& notes, const When& when, const std::string& attribute) {
  const auto value = notes.replica.get_at(when, "note", attribute);
  REQUIRE(value);
  return *value ? (*value)->as_string() : "-";
}

}  // namespace

TEST_CASE("a timeline tells old and new values, who wrote, and what took a value's place") {
  Notes notes;
  const Stamp first = notes.set("note", "title", "a", "ann");
  const Stamp second = notes.set("note", "title", "b", "bob");
  const Stamp third = notes.set("note", "body", "c", "bob");
  notes.wall_ms += 10;
  REQUIRE(notes.replica.erase("note"));
  const Timeline timeline = notes.replica.timeline("note");
  REQUIRE(timeline.changes.size() == 4);
  CHECK(timeline.changes[0].steps[0].by == second);
  CHECK(timeline.changes[0].steps[0].seen);
  CHECK(!timeline.changes[0].steps[0].old);
  CHECK(timeline.changes[1].steps[0].old == text("a"));
  CHECK(timeline.changes[1].steps[0].wins);
  CHECK(timeline.changes[2].stamp == third);
  CHECK(timeline.created->stamp == first);
  CHECK(timeline.created->author == "ann");
  CHECK(timeline.updated->stamp == timeline.changes[3].stamp);
  CHECK(timeline.deleted->stamp == timeline.changes[3].stamp);
  REQUIRE(timeline.contributors.size() == 3);
  CHECK(timeline.contributors[0].author == "bob");
  CHECK(timeline.contributors[0].changes == 2);
  CHECK(notes.replica.timeline("nothing").changes.empty());
}

TEST_CASE("links of a timeline lead to changes that were stamped anew since") {
  Notes notes;
  const Stamp printed = notes.set("note", "title", "a");
  notes.replica.store().restamp(printed.node, 1, -60'000, notes.wall_ms);
  const Stamp stamp = notes.replica.store().resolve(printed);
  REQUIRE(stamp != printed);
  store::Arrival arrival;  // from a device that knows the change by its first stamp
  arrival.kind = store::Arrival::Kind::bundle;
  Change undo;
  undo.stamp = {printed.ms + 1, 0, NodeId{7}};
  undo.events.push_back({{"note", "title"}, Value::null(), printed});
  undo.links.push_back({LinkKind::undoes, printed});
  arrival.row.head = {NodeId{7}, 1, {}};
  arrival.row.first = arrival.row.last = undo.stamp;
  arrival.row.events = 1;
  arrival.changes = {undo};
  notes.replica.store().apply({&arrival, 1}, std::nullopt);
  const Timeline timeline = notes.replica.timeline("note");
  REQUIRE(timeline.changes.size() == 2);
  CHECK(timeline.changes[1].links == std::vector<Link>{{LinkKind::undoes, stamp}});
}

TEST_CASE("the past is read as of a stamp, a time and the n-th change") {
  Notes notes;
  const Stamp first = notes.set("note", "title", "a");
  const std::int64_t between_ms = notes.wall_ms + 5;
  notes.set("other", "title", "x");
  const Stamp third = notes.set("note", "title", "b");
  CHECK(then(notes, first, "title") == "a");
  CHECK(then(notes, third, "title") == "b");
  CHECK(then(notes, WallTime{between_ms}, "title") == "a");
  CHECK(then(notes, WallTime{between_ms - 20}, "title") == "-");
  CHECK(then(notes, NthChange{1}, "title") == "a");
  CHECK(then(notes, NthChange{2}, "title") == "b");
  CHECK(notes.replica.get_at(NthChange{0}, "note").error().code == "no_such_change");
  CHECK(notes.replica.get_at(NthChange{3}, "note").error().code == "no_such_change");
  CHECK(notes.replica.list_at(NthChange{2})->size() == 2);
  CHECK(notes.replica.list_at(NthChange{1})->size() == 1);
  CHECK(notes.replica.list_at(NthChange{3})->at(0).attributes.at("title") == text("b"));
  CHECK(notes.replica.list_at(NthChange{4}).error().limit == "1 to 3");
  CHECK(notes.replica.list_at(WallTime{0})->empty());
  CHECK(notes.replica.list_at(WallTime{-1})->empty());

  const auto all = notes.replica.diff(WallTime{0}, third);
  REQUIRE(all->size() == 2);
  CHECK(!all->at(0).before);
  CHECK(all->at(1).after == text("x"));
  const auto of_note = notes.replica.diff(NthChange{1}, NthChange{2}, "note");
  REQUIRE(of_note->size() == 1);
  CHECK(of_note->at(0).before == text("a"));
  CHECK(of_note->at(0).after == text("b"));
  CHECK(notes.replica.diff(third, third)->empty());
}
