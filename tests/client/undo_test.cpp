#include "tests/client/notes.h"

using namespace tidemark;
using namespace tidemark::test;

TEST_CASE("undo goes back change by change, and redo forward again") {
  Notes notes;
  for (const char* value : {"a", "b", "c"}) notes.set("note", "title", value);
  std::string seen;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(notes.replica.undo());
    seen += notes.at("note", "title");
  }
  CHECK(seen == "ba-");
  CHECK(!notes.replica.get("note"));  // nothing is left of it
  CHECK(notes.code(notes.replica.undo()) == "nothing_to_undo");
  seen.clear();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(notes.replica.redo());
    seen += notes.at("note", "title");
  }
  CHECK(seen == "abc");
  CHECK(notes.code(notes.replica.redo()) == "nothing_to_redo");
  CHECK(notes.replica.store().history({"note", "title"}).size() == 9);  // and nothing is gone
  CHECK(notes.replica.verify().problems.empty());
}

TEST_CASE("several changes are undone at once, and one redo brings them back") {
  Notes notes;
  for (const char* value : {"a", "b", "c"}) notes.set("note", "title", value);
  UndoRequest last_two;
  last_two.count = 2;
  const auto undone = notes.replica.undo(last_two);
  REQUIRE(undone);
  CHECK(undone->undone.size() == 2);
  CHECK(undone->written.size() == 1);
  CHECK(notes.at("note", "title") == "a");
  REQUIRE(notes.replica.redo());
  CHECK(notes.at("note", "title") == "c");
  REQUIRE(notes.replica.undo());
  REQUIRE(notes.replica.undo());
  CHECK(notes.at("note", "title") == "a");
  REQUIRE(notes.replica.redo(2));
  CHECK(notes.at("note", "title") == "c");
  last_two.count = 100;  // more than there are
  REQUIRE(notes.replica.undo(last_two));
  CHECK(!notes.replica.get("note"));
}

TEST_CASE("undo of this device's changes stops where another device wrote over them") {
  Notes notes;
  notes.set("note", "title", "mine");
  UndoRequest mine;
  mine.this_device = true;
  REQUIRE(notes.replica.undo(mine));
  CHECK(!notes.replica.get("note"));
  REQUIRE(notes.replica.redo());
  store::Arrival arrival;
  arrival.kind = store::Arrival::Kind::bundle;
  Change theirs;
  theirs.stamp = {std::uint64_t(notes.wall_ms + 1), 0, NodeId{7}};
  theirs.events.push_back({{"note", "title"}, text("theirs"), notes.replica.store().last_stamp()});
  arrival.row.head = {NodeId{7}, 1, {}};
  arrival.row.first = arrival.row.last = theirs.stamp;
  arrival.row.events = 1;
  arrival.changes = {theirs};
  notes.replica.store().apply({&arrival, 1}, std::nullopt);
  CHECK(notes.code(notes.replica.undo(mine)) == "nothing_to_undo");
  REQUIRE(notes.replica.undo());
  CHECK(notes.at("note", "title") == "mine");
}

TEST_CASE("a new write after an undo cannot be undone by a redo") {
  Notes notes;
  notes.set("note", "title", "a");
  notes.set("note", "title", "b");
  REQUIRE(notes.replica.undo());
  notes.set("note", "title", "c");
  CHECK(notes.code(notes.replica.redo()) == "nothing_to_redo");
  REQUIRE(notes.replica.undo());
  CHECK(notes.at("note", "title") == "a");
}

TEST_CASE("an undo touches what still shows, and says what it left alone") {
  Notes notes;
  Draft both;
  both.writes = {{{"note", "body"}, text("b1")}, {{"note", "title"}, text("t1")}};
  const Stamp first = *notes.replica.change(both);
  const Stamp later = notes.set("note", "body", "b2");
  UndoRequest request;
  request.changes = {first};
  const auto undone = notes.replica.undo(request);
  REQUIRE(undone);
  CHECK(notes.at("note", "title") == "-");
  CHECK(notes.at("note", "body") == "b2");
  REQUIRE(undone->left_alone.size() == 1);
  CHECK(undone->left_alone[0].cell.attribute == "body");
  CHECK(undone->left_alone[0].by == later);
  CHECK(notes.replica.get("note"));
}

TEST_CASE("undo of an undo is a redo, and what is undone twice is an error") {
  Notes notes;
  notes.set("note", "title", "a");
  const Stamp b = notes.set("note", "title", "b");
  UndoRequest request;
  request.changes = {b};
  const auto undone = notes.replica.undo(request);
  REQUIRE(undone);
  CHECK(notes.at("note", "title") == "a");
  CHECK(notes.code(notes.replica.undo(request)) == "already_undone");
  UndoRequest back;
  back.changes = undone->written;
  REQUIRE(notes.replica.undo(back));
  CHECK(notes.at("note", "title") == "b");
  CHECK(notes.code(notes.replica.undo(back)) == "already_undone");
  REQUIRE(notes.replica.undo(request));
  CHECK(notes.at("note", "title") == "a");
}

TEST_CASE("undo refuses what it cannot do, and writes nothing then") {
  Notes notes;
  const Stamp a = notes.set("note", "title", "a");
  const auto events = notes.replica.status().counts.events;
  UndoRequest unknown;
  unknown.changes = {Stamp{1, 0, NodeId{5}}};
  CHECK(notes.code(notes.replica.undo(unknown)) == "unknown_stamp");
  UndoRequest foreign;
  foreign.changes = {a};
  foreign.entity = "other";
  CHECK(notes.code(notes.replica.undo(foreign)) == "not_of_entity");
  UndoRequest two_ways;
  two_ways.changes = {a};
  two_ways.count = 1;
  CHECK(notes.code(notes.replica.undo(two_ways)) == "bad_request");
  UndoRequest over;
  over.changes = {a};
  notes.set("note", "title", "b");
  const auto refused = notes.replica.undo(over);
  CHECK(notes.code(refused) == "nothing_to_undo");
  CHECK(refused.error().got.find("title of note") != std::string::npos);
  CHECK(notes.replica.status().counts.events == events + 1);
}

TEST_CASE("undo of an entity leaves the others, and undo to a change everything before it") {
  Notes notes;
  notes.set("a", "k", "a1");
  const Stamp point = notes.set("b", "k", "b1");
  notes.set("a", "k", "a2");
  notes.set("b", "k", "b2");
  UndoRequest of_a;
  of_a.entity = "a";
  REQUIRE(notes.replica.undo(of_a));
  CHECK(notes.at("a", "k") == "a1");
  CHECK(notes.at("b", "k") == "b2");
  REQUIRE(notes.replica.redo(1, "a"));
  notes.set("c", "k", "c1");
  UndoRequest to;
  to.to = point;
  REQUIRE(notes.replica.undo(to));
  CHECK(notes.at("a", "k") == "a1");
  CHECK(notes.at("b", "k") == "b1");
  CHECK(!notes.replica.get("c"));
}

TEST_CASE("undo to a change also takes back undos that came after it") {
  Notes notes;
  notes.set("note", "title", "a");
  const Stamp b = notes.set("note", "title", "b");
  REQUIRE(notes.replica.undo());
  UndoRequest to;
  to.to = b;
  REQUIRE(notes.replica.undo(to));
  CHECK(notes.at("note", "title") == "b");
}

TEST_CASE("undo by an author falls back to the latest value by anybody else") {
  Notes notes;
  notes.set("note", "title", "by ann", "ann");
  notes.set("note", "title", "by bob", "bob");
  notes.set("note", "title", "by bob again", "bob");
  notes.set("note", "body", "by bob", "bob");
  notes.set("note", "body", "by ann, later", "ann");
  UndoRequest request;
  request.by = "bob";
  const auto undone = notes.replica.undo(request);
  REQUIRE(undone);
  CHECK(notes.at("note", "title") == "by ann");
  CHECK(notes.at("note", "body") == "by ann, later");
  CHECK(undone->undone.size() == 2);
  CHECK(undone->left_alone.size() == 1);
  REQUIRE(notes.replica.redo());
  CHECK(notes.at("note", "title") == "by bob again");
}

TEST_CASE("a group of changes is undone by its correlation") {
  Notes notes;
  const Stamp first = notes.set("a", "k", "1");
  Draft second;
  second.writes = {{{"b", "k"}, text("2")}};
  second.links = {{LinkKind::correlation, first}};
  REQUIRE(notes.replica.change(second));
  notes.set("c", "k", "3");
  UndoRequest request;
  request.correlation = first;
  REQUIRE(notes.replica.undo(request));
  CHECK(!notes.replica.get("a"));
  CHECK(!notes.replica.get("b"));
  CHECK(notes.at("c", "k") == "3");
}

TEST_CASE("an undo of more changes than links fit is several changes, and all count as undone") {
  Notes notes;
  for (std::size_t i = 0; i < 600; ++i)
    notes.set("note" + std::to_string(i % 7), "k" + std::to_string(i % 3), "x", "bot");
  UndoRequest request;
  request.by = "bot";
  const auto undone = notes.replica.undo(request);
  REQUIRE(undone);
  CHECK(undone->undone.size() == 600);
  CHECK(undone->written.size() >= 3);
  CHECK(notes.replica.list().empty());
  CHECK(notes.code(notes.replica.undo(request)) == "already_undone");
  CHECK(notes.replica.verify().problems.empty());
}

TEST_CASE("an undo, also one of several changes, says what it is told to say in each of them") {
  Notes notes;
  const Stamp first = notes.set("note", "title", "0");
  for (int i = 1; i < 300; ++i) notes.set("note", "title", std::to_string(i));
  UndoRequest request;
  request.count = 300;
  request.metadata.author = "ann";
  request.links = {{LinkKind::correlation, first}, {LinkKind::causation, first}};
  const auto undone = notes.replica.undo(request);
  REQUIRE(undone);
  CHECK(undone->undone.size() == 300);
  CHECK(undone->written.size() > 1);
  for (const Stamp& stamp : undone->written) {
    const auto change = notes.replica.find(stamp);
    CHECK(change->metadata.author == "ann");
    CHECK(change->links[0] == request.links[0]);
    CHECK(change->links[1] == request.links[1]);
  }
  const auto redone = notes.replica.redo(1, "note", request.metadata, request.links);
  REQUIRE(redone);
  CHECK(notes.replica.find(redone->written[0])->links[0] == request.links[0]);
  CHECK(notes.at("note", "title") != "-");
}

TEST_CASE("a deletion is undone, and a version restored without undoing what came since") {
  Notes notes;
  notes.set("note", "title", "a");
  const Stamp then = notes.set("note", "body", "b");
  REQUIRE(notes.replica.erase("note"));
  CHECK(!notes.replica.get("note"));
  REQUIRE(notes.replica.undo());
  CHECK(notes.at("note", "title") == "a");
  notes.set("note", "title", "c");
  notes.set("note", "tags", "d");
  const auto restored = notes.replica.restore_version("note", then);
  REQUIRE(restored);
  REQUIRE(*restored);
  CHECK(notes.at("note", "title") == "a");
  CHECK(notes.at("note", "tags") == "-");
  CHECK(!*notes.replica.restore_version("note", then));
  REQUIRE(notes.replica.undo());
  CHECK(notes.at("note", "title") == "c");
}
