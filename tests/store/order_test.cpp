// The fold against the reference replica: whatever the order, batching and doubling of deliveries, the state is one.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "tests/store/sql.h"
#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId own{0x77};
const std::vector<NodeId> strangers = {{0}, {1}, {0x8000000000000000}};
const std::string long_text(100, 'x');

Value some_value() {
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      return Value::null();
    case 1:
      return number(*rc::gen::inRange<std::int64_t>(0, 3));
    case 2:
      return text(long_text + std::to_string(*rc::gen::inRange(0, 3)));
    default:
      return Value::real(*rc::gen::elementOf(std::vector<double>{0.5, -1, std::numeric_limits<double>::quiet_NaN()}));
  }
}

Stamp some_stamp(NodeId node) {
  return {*rc::gen::inRange<std::uint64_t>(1, 6), *rc::gen::inRange<std::uint16_t>(0, 2), node};
}

Change some_change(NodeId node) {
  std::vector<Write> writes;
  const int count = *rc::gen::inRange(1, 4);
  for (int i = 0; i < count; ++i) {
    const std::string entity =
        *rc::gen::elementOf(std::vector<std::string>{"e", "01234567-89ab-7cde-8f01-23456789abcd"});
    writes.push_back({{entity, *rc::gen::elementOf(std::vector<std::string>{"a", "b", "deleted"})}, some_value()});
  }
  Change change = draft(std::move(writes));
  change.stamp = some_stamp(node);
  for (Event& event : change.events) {
    if (*rc::gen::arbitrary<bool>()) event.base = some_stamp(*rc::gen::elementOf(strangers));
  }
  return change;
}

// Bundles of one node. Stamps ascend in each, but not from one to the next, and can repeat with other content: as after a
// fork, or from a hostile device.
std::vector<std::vector<Change>> some_chain(NodeId node) {
  std::vector<std::vector<Change>> chain(*rc::gen::inRange<std::size_t>(0, 4));
  for (std::vector<Change>& bundle : chain) {
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) bundle.push_back(some_change(node));
    std::sort(bundle.begin(), bundle.end(), [](const Change& a, const Change& b) { return a.stamp < b.stamp; });
    bundle.erase(
        std::unique(bundle.begin(), bundle.end(), [](const Change& a, const Change& b) { return a.stamp == b.stamp; }),
        bundle.end());
  }
  return chain;
}

// Delivers the chains in some order that keeps each chain's own, in batches, with repetitions.
void deliver(Store& store, const std::vector<std::vector<std::vector<Change>>>& chains) {
  std::vector<std::size_t> next(chains.size(), 0);
  std::vector<Arrival> batch;
  const auto flush = [&] {
    store.apply(batch, std::nullopt);
    batch.clear();
  };
  for (;;) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < chains.size(); ++i) {
      if (next[i] < chains[i].size()) open.push_back(i);
    }
    if (open.empty()) break;
    const std::size_t i = *rc::gen::elementOf(open);
    batch.push_back(arrival(strangers[i], next[i] + 1, chains[i][next[i]]));
    ++next[i];
    const std::size_t again = *rc::gen::inRange<std::size_t>(0, 2 * next[i] + 1);
    if (again > 0 && again <= next[i]) batch.push_back(arrival(strangers[i], again, chains[i][again - 1]));
    if (*rc::gen::inRange(0, 3) == 0) flush();
  }
  flush();
}

std::string raw_attributes(const std::string& path) {
  std::string lines;
  for (const std::string& row :
       rows(path, "SELECT cell, node, hlc, kind, event, last, quote(value) FROM attributes ORDER BY cell"))
    lines += row + '\n';
  return lines;
}

std::string raw_links(const std::string& path) {
  std::string lines;
  for (const std::string& row : rows(path, "SELECT id, prev FROM events ORDER BY id")) lines += row + '\n';
  return lines;
}

// The fold without the numbers that depend on the order of arrival.
std::string joined_attributes(const std::string& path) {
  std::string lines;
  for (const std::string& row :
       rows(path,
            "SELECT c.entity, c.attribute, c.stamp, a.kind, quote(a.value), quote(c.value) FROM current c"
            " JOIN entity_ids e ON e.name = c.entity JOIN attribute_names n ON n.name = c.attribute"
            " JOIN attributes a ON a.cell = (e.id << 24) + n.id ORDER BY 1, 2")) {
    lines += row + '\n';
  }
  return lines;
}

std::vector<std::string> lines_of(const std::vector<std::pair<Stamp, Event>>& events) {
  std::vector<std::string> lines;
  for (const auto& [stamp, event] : events)
    lines.push_back(to_string(stamp) + ' ' + event.value.canonical_bytes() +
                    (event.base ? to_string(*event.base) : ""));
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

TEST_CASE("every order, batching and doubling of deliveries gives the reference replica's state, byte for byte") {
  CHECK(rc::check([] {
    std::vector<std::vector<std::vector<Change>>> chains;
    Model model;
    for (const NodeId node : strangers) {
      chains.push_back(some_chain(node));
      for (const auto& bundle : chains.back()) {
        for (const Change& change : bundle) model.apply(change);
      }
    }
    const Folder folder;
    std::string joined;
    for (const char* name : {"one", "two"}) {
      const std::string path = folder.file(name);
      Store store = Store::create(path, "notes", own, unsynced());
      deliver(store, chains);
      RC_ASSERT(dump(store) == dump(model));
      RC_ASSERT(problems(store) == "");
      const std::string raw = raw_attributes(path) + raw_links(path);
      store.rebuild();
      RC_ASSERT(raw_attributes(path) + raw_links(path) == raw);
      if (joined.empty()) joined = joined_attributes(path);
      RC_ASSERT(joined_attributes(path) == joined);
      for (const auto& [cell, winner] : model.state()) {
        std::vector<std::pair<Stamp, Event>> history;
        for (const HistoryRow& row : store.history(cell)) {
          history.emplace_back(row.stamp, row.event);
          RC_ASSERT(!row.wins || (row.stamp == winner.stamp && row.event.value == winner.value));
        }
        RC_ASSERT(lines_of(history) == lines_of(model.history(cell)));
      }
      for (std::size_t i = 0; i < chains.size(); ++i) {
        for (std::size_t n = 0; n < chains[i].size(); ++n)
          RC_ASSERT(store.read_bundle(strangers[i], n + 1) == chains[i][n]);
      }
    }
  }));
}

TEST_CASE("the changes that apply and record report are those of the state, no more and no fewer") {
  CHECK(rc::check([] {
    Store store = Store::create(":memory:", "notes", own);
    std::map<Cell, Value> before;
    std::uint64_t n = 0;
    const int steps = *rc::gen::inRange(1, 8);
    for (int step = 0; step < steps; ++step) {
      std::vector<Cell> changed;
      if (*rc::gen::arbitrary<bool>()) {
        const Arrival one = arrival(strangers[0], ++n, {some_change(strangers[0])});
        changed = store.apply({&one, 1}, std::nullopt).changed;
      } else {
        const Recording one{some_change(own), *rc::gen::inRange<std::int64_t>(0, 8), false,
                            *rc::gen::arbitrary<bool>()};
        store.record({&one, 1}, &changed);
      }
      std::map<Cell, Value> now;
      store.for_each_cell([&](const CellState& state) { return now.emplace(state.cell, state.value), true; });
      std::vector<Cell> expected;
      for (const auto& [cell, value] : now) {
        const auto old = before.find(cell);
        if (old == before.end() || !(old->second == value)) expected.push_back(cell);
      }
      RC_ASSERT(changed == expected);
      before = now;
    }
  }));
}

TEST_CASE("cells and events come in their documented order") {
  CHECK(rc::check([] {
    Store store = Store::create(":memory:", "notes", own);
    std::uint64_t n = 0;
    for (int i = 0; i < 5; ++i) {
      const Arrival one = arrival(strangers[2], ++n, {some_change(strangers[2])});
      store.apply({&one, 1}, std::nullopt);
      const Recording mine{some_change(own), 3, false, false};
      store.record({&mine, 1});
    }
    std::vector<Cell> cells;
    store.for_each_cell([&](const CellState& state) { return cells.push_back(state.cell), true; });
    RC_ASSERT(std::is_sorted(cells.begin(), cells.end()));
    RC_ASSERT(cells.size() == store.counts().cells);
    std::vector<std::pair<Stamp, Cell>> events;
    store.for_each_event([&](const HistoryRow& row) { return events.emplace_back(row.stamp, row.event.cell), true; });
    RC_ASSERT(std::is_sorted(events.begin(), events.end()));
    RC_ASSERT(events.size() == store.counts().events);
    int visits = 0;
    store.for_each_cell([&](const CellState&) { return ++visits < 2; });
    RC_ASSERT(visits == 2);
  }));
}

}  // namespace
}  // namespace tidemark::store
