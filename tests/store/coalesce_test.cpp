// Changes that take the place of the one before them, and those that must not.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <map>

#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};
constexpr NodeId node_b{0xb};

// An edit session on a store, as the replica makes one.
class Session {
 public:
  explicit Session(Store& store) : store_(store) {}

  Stamp write(Recording recording) {
    last_ = store_.coalesce(recording, {last_, std::nullopt});
    REQUIRE(last_);
    return *last_;
  }
  Stamp set(const std::string& attribute, Value value, std::int64_t wall_ms) {
    return write(recording({{{"e", attribute}, std::move(value)}}, wall_ms));
  }

 private:
  Store& store_;
  std::optional<Stamp> last_;
};

Recording by(const std::string& author, std::int64_t value, std::int64_t wall_ms, std::vector<Link> links = {}) {
  return {draft({{{"e", "a"}, number(value)}}, std::move(links), {author, "", "", ""}), wall_ms, false, false};
}

std::size_t length(const Store& store, const std::string& attribute = "a") {
  return store.history({"e", attribute}).size();
}

TEST_CASE("many drags are one event with the last value and stamp and the base of the first") {
  Store store = Store::create(":memory:", "notes", node_a);
  const Stamp base = put(store, "e", "a", number(0), 1);
  put(store, "e", "b", number(0), 1);
  Session drag(store);
  std::vector<Stamp> printed;
  for (int i = 1; i <= 50; ++i) printed.push_back(drag.set("a", number(i), 10 + i));
  const std::vector<HistoryRow> rows = store.history({"e", "a"});
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].event.value == number(50));
  CHECK(rows[1].stamp == printed.back());
  CHECK(rows[1].event.base == base);
  CHECK(rows[1].wins);
  CHECK(rows[1].printed_as == printed.front());
  for (const Stamp& stamp : printed) {
    CHECK(store.resolve(stamp) == printed.back());
    CHECK(store.change(stamp)->stamp == printed.back());
  }
  CHECK(get(store, "e", "a") == "50");
  CHECK(store.counts().outbox == 3);
  CHECK(store.last_stamp() == printed.back());
  CHECK(problems(store) == "");
  CHECK(seal_all(store, node_a).size() == 3);
  CHECK(problems(store) == "");
}

TEST_CASE("a first write that is edited stays without a base, and the tail may be nothing else") {
  Store store = Store::create(":memory:", "notes", node_a);
  Session drag(store);
  drag.set("a", number(1), 1);
  const Stamp last = drag.set("a", text(std::string(100, 'x')), 2);
  const Tail tail = store.tail(node_a, 100);
  REQUIRE(tail.changes.size() == 1);
  CHECK(tail.changes[0].stamp == last);
  CHECK_FALSE(tail.changes[0].events[0].base);
  CHECK(problems(store) == "");
}

TEST_CASE("a change of several cells is replaced as a whole, with its notes") {
  Store store = Store::create(":memory:", "notes", node_a);
  Session drag(store);
  const Metadata said{"ada", "", "dragged", "{}"};
  for (int i = 0; i < 3; ++i) {
    const Change both = draft({{{"e", "x"}, number(i)}, {{"e", "y"}, number(-i)}}, {}, said);
    drag.write({both, 10 + i, false, false});
  }
  CHECK(store.counts().events == 2);
  CHECK(store.tail(node_a, 100).changes[0].metadata == said);
  // The last cell alone, then the first alone.
  drag.set("y", number(9), 20);
  drag.set("x", number(9), 20);
  CHECK(store.counts().events == 4);
  CHECK(problems(store) == "");
}

TEST_CASE("writes of two sessions, or of none, stay apart") {
  Store store = Store::create(":memory:", "notes", node_a);
  Session one(store);
  Session two(store);
  one.set("a", number(1), 1);
  two.set("a", number(2), 2);
  two.set("a", number(3), 3);
  one.set("a", number(4), 4);
  put(store, "e", "a", number(5), 5);
  one.set("a", number(6), 6);
  CHECK(length(store) == 5);
  CHECK(problems(store) == "");
}

TEST_CASE("writes of one cell within the window are one event, and later ones are not") {
  Store store = Store::create(":memory:", "notes", node_a);
  for (const std::int64_t wall_ms : {1'000, 1'400, 1'900, 2'401, 2'000, 1'800}) {
    const Recording one = recording({{{"e", "a"}, number(wall_ms)}}, wall_ms);
    CHECK(store.coalesce(one, {std::nullopt, 500}));
  }
  // 1000 to 1900; 2401 and 2000; a clock that was set back further than the window starts anew.
  CHECK(length(store) == 3);
  CHECK(problems(store) == "");
}

TEST_CASE("another author, note or link is another change") {
  Store store = Store::create(":memory:", "notes", node_a);
  const Stamp first = put(store, "e", "b", number(0), 1);
  const Stamp second = put(store, "e", "b", number(1), 1);
  Session edit(store);
  edit.write(by("ada", 1, 2));
  edit.write(by("bob", 2, 3));
  edit.write(by("bob", 3, 4, {{LinkKind::correlation, first}}));
  edit.write(by("bob", 4, 5, {{LinkKind::correlation, second}}));
  CHECK(length(store) == 4);
  edit.write(by("bob", 5, 6, {{LinkKind::correlation, second}}));
  CHECK(length(store) == 4);
  CHECK(problems(store) == "");
}

TEST_CASE("what was sealed keeps its event, and drags after it are one more") {
  Store store = Store::create(":memory:", "notes", node_a);
  Session drag(store);
  drag.set("a", number(1), 1);
  const Stamp sealed = drag.set("a", number(2), 2);
  const std::vector<Change> before = seal_all(store, node_a);
  drag.set("a", number(3), 3);
  drag.set("a", number(4), 4);
  CHECK(length(store) == 2);
  CHECK(store.read_bundle(node_a, 1) == before);
  const Tail tail = store.tail(node_a, 100);
  REQUIRE(tail.changes.size() == 1);
  CHECK(tail.changes[0].events[0].base == sealed);
  CHECK(problems(store) == "");
}

TEST_CASE("a seal of what was replaced meanwhile is refused, and works once the tail is read again") {
  Store store = Store::create(":memory:", "notes", node_a);
  Session drag(store);
  drag.set("a", number(1), 1);
  const Tail tail = store.tail(node_a, 100);
  drag.set("a", number(2), 2);
  CHECK_FALSE(store.seal(row_for(node_a, 1, tail.changes), 1));
  CHECK(store.head(node_a).n == 0);
  CHECK(seal_all(store, node_a)[0].events[0].value == number(2));
  CHECK(problems(store) == "");
}

TEST_CASE("a change that a link names stays, whatever its kind") {
  Store store = Store::create(":memory:", "notes", node_a);
  Session drag(store);
  const Stamp named = drag.set("a", number(1), 1);
  // Under another own node, so that the named change is still the last of this one.
  store.begin_fork(node_b);
  store.settle_fork(node_a);
  const Stamp moved = store.resolve(named);
  for (const LinkKind kind : {LinkKind::correlation, LinkKind::causation, LinkKind::undoes, LinkKind::settles}) {
    Change theirs = draft({{{"f", "a"}, number(1)}}, {{kind, moved}});
    theirs.stamp = {1, static_cast<std::uint16_t>(kind), {7}};
    const Arrival one = arrival({7}, 1 + static_cast<std::uint64_t>(kind), {theirs});
    store.apply({&one, 1}, std::nullopt);
  }
  drag.set("a", number(2), 2);
  CHECK(length(store) == 2);
  CHECK(store.change(named)->events[0].value == number(1));
  drag.set("a", number(3), 3);
  CHECK(length(store) == 2);
  CHECK(problems(store) == "");
}

TEST_CASE("a change that lost, or that is a later one's base, stays") {
  for (const bool based : {false, true}) {
    CAPTURE(based);
    Store store = Store::create(":memory:", "notes", node_a);
    Session drag(store);
    const Stamp mine = drag.set("a", number(1), 10);
    Change theirs = draft({{{"e", "a"}, number(7)}});
    theirs.stamp = {static_cast<std::uint64_t>(based ? 9 : 11), 0, {7}};
    if (based) theirs.events[0].base = mine;
    const Arrival one = arrival({7}, 1, {theirs});
    store.apply({&one, 1}, std::nullopt);
    drag.set("a", number(2), 20);
    CHECK(length(store) == 3);
    CHECK(problems(store) == "");
  }
}

TEST_CASE("an earlier write that arrives between two drags loses to both and stays a conflict") {
  Store store = Store::create(":memory:", "notes", node_a);
  Session drag(store);
  drag.set("a", number(1), 10);
  Change theirs = draft({{{"e", "a"}, number(7)}});
  theirs.stamp = {5, 0, {7}};
  const Arrival one = arrival({7}, 1, {theirs});
  store.apply({&one, 1}, std::nullopt);
  drag.set("a", number(2), 20);
  const std::vector<HistoryRow> rows = store.history({"e", "a"});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].stamp == theirs.stamp);
  CHECK_FALSE(rows[1].event.base);
  CHECK(get(store, "e", "a") == "2");
  CHECK(problems(store) == "");
}

TEST_CASE("another process that writes between two drags keeps them apart, and sees what replaced what it saw") {
  const Folder folder;
  Store one = Store::create(folder.file(), "notes", node_a, unsynced());
  Store two = Store::open(folder.file(), unsynced());
  Session drag(one);
  drag.set("a", number(1), 1);
  const Stamp seen = drag.set("a", number(2), 2);
  std::int64_t row = two.last_row();
  CHECK(two.change(seen)->stamp == seen);
  drag.set("a", number(3), 3);
  CHECK(two.cells_after(row) == std::vector<Cell>{{"e", "a"}});
  CHECK(two.change(seen)->events[0].value == number(3));
  put(two, "e", "b", number(1), 4);
  drag.set("a", number(4), 5);
  drag.set("a", number(5), 6);
  CHECK(length(one) == 2);
  // A link by the stamp that was printed names what took its place.
  const Recording linked{draft({{{"e", "c"}, number(1)}}, {{LinkKind::causation, seen}}), 7, false, false};
  const Stamp linking = *two.record({&linked, 1}).front();
  CHECK(two.change(linking)->links == std::vector<Link>{{LinkKind::causation, two.resolve(seen)}});
  CHECK(problems(one) == "");
}

TEST_CASE("a session goes on after its change was stamped anew or moved to another node") {
  Store store = Store::create(":memory:", "notes", node_a);
  Session drag(store);
  std::vector<Stamp> printed;
  for (int i = 1; i <= 3; ++i) printed.push_back(drag.set("a", number(i), 90'000 + i));
  store.restamp(node_a, 1, -80'000, 20'000);
  for (int i = 4; i <= 6; ++i) printed.push_back(drag.set("a", number(i), 20'000 + i));
  CHECK(length(store) == 1);
  store.begin_fork(node_b);
  store.settle_fork(node_a);
  for (int i = 7; i <= 9; ++i) printed.push_back(drag.set("a", number(i), 30'000 + i));
  REQUIRE(length(store) == 1);
  for (const Stamp& stamp : printed) CHECK(store.resolve(stamp) == printed.back());
  CHECK(store.history({"e", "a"})[0].printed_as == printed.front());
  CHECK(problems(store) == "");
}

TEST_CASE("an edit leaves nothing over if its value is there, and is whole if one of its values is not") {
  Store store = Store::create(":memory:", "notes", node_a);
  Recording both = recording({{{"e", "x"}, number(1)}, {{"e", "y"}, number(1)}}, 1);
  both.skip_unchanged = true;
  const std::optional<Stamp> first = store.coalesce(both, {});
  REQUIRE(first);
  CHECK_FALSE(store.coalesce(both, {first, std::nullopt}));
  both.change = draft({{{"e", "x"}, number(1)}, {{"e", "y"}, number(2)}});
  CHECK(store.coalesce(both, {first, std::nullopt}));
  REQUIRE(store.tail(node_a, 100).changes.size() == 1);
  CHECK(store.tail(node_a, 100).changes[0].events.size() == 2);
  both.change = draft({{{"e", "x"}, number(1)}, {{"e", "y"}, number(3)}});
  CHECK(store.coalesce(both, {}));
  CHECK(store.tail(node_a, 100).changes.back().events.size() == 1);
  CHECK(problems(store) == "");
}

TEST_CASE("a long edit of a cell with a long history costs no more the longer it gets") {
  Store store = Store::create(":memory:", "notes", node_a);
  std::vector<Recording> batch;
  for (int i = 0; i < 20'000; ++i) batch.push_back(recording({{{"e", "a"}, number(i)}}, 1));
  store.record(batch);
  Session drag(store);
  const Stamp first = drag.set("a", number(0), 2);
  Stamp last = first;
  // A step too many for each alias or event before it would take minutes.
  for (int i = 0; i < 20'000; ++i) last = drag.set("a", number(i), 2);
  CHECK(store.resolve(first) == last);
  CHECK(store.counts().events == 20'001);
  CHECK(problems(store) == "");
}

// --- any sequence of writes -------------------------------------------------------------------------------------------

struct Step {
  int who =
      0;  // 0 and 1: sessions, 2: no session, 3: seal, 4: a stranger's write arrives, 5: a link to the last change
  std::vector<Write> writes;
  std::string author;
  std::int64_t wall_ms = 0;
};

Step arbitrary_step(std::int64_t wall_ms) {
  Step step;
  step.who = *rc::gen::weightedElement<int>({{6, 0}, {3, 1}, {2, 2}, {1, 3}, {1, 4}, {1, 5}});
  step.writes.push_back(
      {{"e", *rc::gen::elementOf(std::vector<std::string>{"x", "y"})}, number(*rc::gen::inRange(0, 4))});
  if (*rc::gen::inRange(0, 4) == 0) step.writes.push_back({{"f", "x"}, text(std::string(80, 'x'))});
  step.author = *rc::gen::weightedElement<std::string>({{5, ""}, {1, "ada"}});
  step.wall_ms = wall_ms;
  return step;
}

// What the rule leaves of the changes: how many, as the page says it.
class Expected {
 public:
  void write(const Step& step) {
    Change change = draft(step.writes, {}, {step.author, "", "", ""});
    std::vector<Cell> cells;
    for (const Event& event : change.events) cells.push_back(event.cell);
    const bool replaces =
        step.who < 2 && open_ && open_->who == step.who && open_->cells == cells && open_->author == step.author;
    if (!replaces) ++changes_;
    open_ = Open{step.who, cells, step.author};
  }
  // A change that is no edit, a seal, or somebody who names the last one.
  void close() { open_.reset(); }
  void other() {
    ++changes_;
    close();
  }
  // A later write of somebody else won a cell.
  void lost(const Cell& cell) {
    if (open_ && std::find(open_->cells.begin(), open_->cells.end(), cell) != open_->cells.end()) close();
  }
  std::size_t changes() const { return changes_; }

 private:
  struct Open {
    int who;
    std::vector<Cell> cells;
    std::string author;
  };
  std::optional<Open> open_;
  std::size_t changes_ = 0;
};

TEST_CASE("any writes with sessions leave the state that they leave without, and the history of the rule") {
  rc::check([] {
    Store coalesced = Store::create(":memory:", "notes", node_a);
    Store plain = Store::create(":memory:", "notes", node_a);
    std::map<int, std::optional<Stamp>> sessions;
    std::vector<Stamp> printed;
    Expected expected;
    std::uint64_t strangers = 0;
    std::int64_t wall_ms = 1'000;
    const int steps = *rc::gen::inRange(1, 60);
    for (int i = 0; i < steps; ++i) {
      wall_ms += *rc::gen::inRange(-2, 5);
      const Step step = arbitrary_step(wall_ms);
      if (step.who == 3) {
        seal_all(coalesced, node_a);
        seal_all(plain, node_a);
        expected.close();
      } else if (step.who == 4) {
        Change theirs = draft({step.writes.front()});
        const std::uint64_t last_ms = printed.empty() ? 1'000 : printed.back().ms;
        theirs.stamp = {last_ms + static_cast<std::uint64_t>(*rc::gen::inRange(0, 20)) - 10, 0, {0xc}};
        theirs.stamp.counter = static_cast<std::uint16_t>(++strangers);
        const std::optional<CellState> now = coalesced.get(step.writes.front().cell);
        if (!now || now->stamp < theirs.stamp) expected.lost(step.writes.front().cell);
        const Arrival one = arrival({0xc0 + strangers}, 1, {theirs});
        Arrival own = one;
        own.row.head.node = own.changes[0].stamp.node = {0xc0 + strangers};
        own.row.first = own.row.last = own.changes[0].stamp;
        coalesced.apply({&own, 1}, std::nullopt);
        plain.apply({&own, 1}, std::nullopt);
      } else if (step.who == 5) {
        if (printed.empty()) continue;
        const Recording in_coalesced{draft({{{"g", "x"}, number(i)}}, {{LinkKind::causation, printed.back()}}), wall_ms,
                                     false, false};
        printed.push_back(*coalesced.record({&in_coalesced, 1}).front());
        plain.record({&in_coalesced, 1});
        expected.other();
      } else {
        const Recording one{draft(step.writes, {}, {step.author, "", "", ""}), wall_ms, false, false};
        Coalescing rule;
        if (step.who < 2) rule.session = sessions[step.who];
        const std::optional<Stamp> stamp = coalesced.coalesce(one, rule);
        RC_ASSERT(stamp);
        if (step.who < 2) sessions[step.who] = stamp;
        RC_ASSERT(plain.record({&one, 1}).front() == stamp);
        printed.push_back(*stamp);
        expected.write(step);
      }
    }
    RC_ASSERT(dump(coalesced) == dump(plain));
    RC_ASSERT(problems(coalesced) == "");
    std::size_t changes = 0;
    for (const Head& head : coalesced.heads()) {
      if (head.node != node_a) continue;
      for (std::uint64_t n = 1; n <= head.n; ++n) changes += coalesced.read_bundle(node_a, n).size();
    }
    changes += coalesced.tail(node_a, 1'000'000).changes.size();
    RC_ASSERT(changes == expected.changes());
    for (const Stamp& stamp : printed) {
      const std::optional<Change> found = coalesced.change(stamp);
      RC_ASSERT(found);
      RC_ASSERT(!(found->stamp < stamp));
      const std::optional<Change> original = plain.change(stamp);
      RC_ASSERT(found->events.size() == original->events.size());
      RC_ASSERT(found->events.front().cell == original->events.front().cell);
    }
    coalesced.rebuild();
    RC_ASSERT(dump(coalesced) == dump(plain));
  });
}

}  // namespace
}  // namespace tidemark::store
