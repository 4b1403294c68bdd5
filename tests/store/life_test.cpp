// Long lives of one file: recording, sealing, confirming, receiving, forks and refused stamps in any order.
#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId stranger{0x55};

struct Printed {
  Stamp stamp;
  std::vector<Event> events;
};

class Life {
 public:
  explicit Life(bool edits) : edits_(edits), store_(Store::create(":memory:", "notes", {100})) {}

  void step() {
    switch (*rc::gen::inRange(0, edits_ ? 9 : 8)) {
      case 0:
      case 1:
      case 2:
        return record();
      case 3:
        return seal();
      case 4:
        return confirm();
      case 5:
        return receive();
      case 6:
        return restamp();
      case 7:
        return fork();
      default:
        return edit();
    }
  }

  // What must hold after every step.
  void check() {
    RC_ASSERT(problems(store_) == "");
    std::map<NodeId, Stamp> last;
    for (const Printed& one : printed_) {
      const Stamp now = store_.resolve(one.stamp);
      const std::optional<Change> change = store_.change(now);
      RC_ASSERT(change.has_value());
      RC_ASSERT(std::equal(change->events.begin(), change->events.end(), one.events.begin(), one.events.end(),
                           [](const Event& a, const Event& b) { return a.cell == b.cell && a.value == b.value; }));
      const auto [before, first] = last.try_emplace(now.node, now);
      RC_ASSERT(first || before->second < now);
      before->second = now;
    }
    for (const auto& [place, changes] : sealed_) {
      if (store_.bundle(place.first, place.second)) RC_ASSERT(store_.read_bundle(place.first, place.second) == changes);
    }
    for (const OwnNode& own : store_.own_nodes()) {
      for (const Change& change : store_.tail(own.node, UINT64_MAX).changes) bases_are_known(change);
    }
    const std::string before = dump(store_);
    store_.rebuild();
    RC_ASSERT(dump(store_) == before);
  }

 private:
  void bases_are_known(const Change& change) {
    for (const Event& event : change.events) {
      const std::vector<HistoryRow> history = store_.history(event.cell);
      const auto names_it = [&](const HistoryRow& row) { return row.stamp == event.base; };
      RC_ASSERT(!event.base || (*event.base < change.stamp && std::any_of(history.begin(), history.end(), names_it)));
    }
  }

  Cell some_cell() {
    return {*rc::gen::elementOf(std::vector<std::string>{"e", "f"}),
            *rc::gen::elementOf(std::vector<std::string>{"a", "b"})};
  }

  void record() {
    std::vector<Write> writes = {{some_cell(), number(++serial_)}, {some_cell(), number(++serial_)}};
    std::vector<Link> links;
    if (!printed_.empty() && *rc::gen::arbitrary<bool>())
      links.push_back({LinkKind::undoes, store_.resolve((*rc::gen::elementOf(printed_)).stamp)});
    const Recording one{draft(std::move(writes), links), now_ms_ + *rc::gen::inRange<std::int64_t>(-50, 100), false,
                        false};
    now_ms_ += *rc::gen::inRange<std::int64_t>(0, 10);
    const Stamp stamp = *store_.record({&one, 1}).front();
    for (const Printed& other : printed_) RC_ASSERT(other.stamp != stamp);
    printed_.push_back({stamp, one.change.events});
  }

  // Some writes of one edit session, which takes up where it stopped.
  void edit() {
    const Cell cell = some_cell();
    const int writes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < writes; ++i) {
      const Recording one{draft({{cell, number(++serial_)}}), now_ms_, false, false};
      edited_ = store_.coalesce(one, {edited_, std::nullopt});
      const auto gone = [&](const Printed& other) { return store_.resolve(other.stamp) == *edited_; };
      printed_.erase(std::remove_if(printed_.begin(), printed_.end(), gone), printed_.end());
      printed_.push_back({*edited_, one.change.events});
    }
  }

  void seal() {
    for (const OwnNode& own : store_.own_nodes()) {
      if (own.forked || own.unsealed == 0) continue;
      const Tail tail = store_.tail(own.node, *rc::gen::inRange<std::uint64_t>(1, 8));
      RC_ASSERT(store_.seal(row_for(own.node, own.head.n + 1, tail.changes, ++salt_), tail.changes.size()));
      sealed_[{own.node, own.head.n + 1}] = tail.changes;
      RC_ASSERT(store_.read_bundle(own.node, own.head.n + 1) == tail.changes);
    }
  }

  void confirm() {
    for (const OwnNode& own : store_.own_nodes()) {
      if (own.head.n > own.confirmed) store_.set_confirmed(own.node, *rc::gen::inRange(own.confirmed, own.head.n + 1));
    }
  }

  void receive() {
    Change change = draft({{some_cell(), number(++serial_)}});
    change.stamp = {static_cast<std::uint64_t>(now_ms_ + *rc::gen::inRange<std::int64_t>(-50, 50)), 0, stranger};
    const Arrival one = arrival(stranger, store_.head(stranger).n + 1, {change});
    store_.apply({&one, 1}, std::nullopt);
  }

  void restamp() {
    for (const OwnNode& own : store_.own_nodes()) {
      if (own.forked) continue;
      const std::uint64_t from_n = *rc::gen::inRange(std::min(own.confirmed, own.head.n), own.head.n + 1) + 1;
      store_.restamp(own.node, from_n, *rc::gen::inRange<std::int64_t>(-100, 20), now_ms_);
      forget_from(own.node, from_n);
    }
  }

  // The file was copied, the twin went on, and its chain is the one in the log.
  void fork() {
    const OwnNode old = store_.own_nodes().front();
    const std::uint64_t common_n = *rc::gen::inRange(std::min(old.confirmed, old.head.n), old.head.n + 1);
    std::vector<Change> theirs;
    if (common_n == old.head.n && *rc::gen::arbitrary<bool>())
      theirs = store_.tail(old.node, *rc::gen::inRange<std::uint64_t>(1, 4)).changes;
    Change change = draft({{some_cell(), number(++serial_)}});
    change.stamp = {theirs.empty() ? static_cast<std::uint64_t>(now_ms_) : theirs.back().stamp.ms + 1, 50'000,
                    old.node};
    theirs.push_back(change);

    store_.begin_fork({++next_node_});
    if (*rc::gen::arbitrary<bool>()) record();
    const NodeId derived{++next_node_ + 1'000'000};
    std::vector<BundleRow> rows;
    for (std::uint64_t n = common_n + 1; n <= old.head.n; ++n) {
      BundleRow row = *store_.bundle(old.node, n);
      row.head = {derived, n - common_n, made_hash(derived, n - common_n)};
      row.first.node = row.last.node = derived;
      rows.push_back(row);
    }
    store_.move_branch(old.node, common_n, derived, rows);
    forget_from(old.node, common_n + 1);
    const Arrival twin = arrival(old.node, common_n + 1, theirs, 0, ++salt_);
    store_.apply({&twin, 1}, std::nullopt);
    sealed_[{old.node, common_n + 1}] = theirs;
    if (*rc::gen::arbitrary<bool>()) record();
    store_.settle_fork(old.node);
  }

  void forget_from(NodeId node, std::uint64_t n) {
    for (auto at = sealed_.lower_bound({node, n}); at != sealed_.end() && at->first.first == node;)
      at = sealed_.erase(at);
  }

  bool edits_;
  Store store_;
  std::vector<Printed> printed_;
  std::optional<Stamp> edited_;  // the last of the edit session
  std::map<std::pair<NodeId, std::uint64_t>, std::vector<Change>> sealed_;
  std::int64_t now_ms_ = 1'000;
  std::int64_t serial_ = 0;
  std::uint64_t next_node_ = 100;
  std::uint8_t salt_ = 0;
};

void live(bool edits) {
  CHECK(rc::check([&] {
    Life life(edits);
    const int steps = *rc::gen::inRange(1, 30);
    for (int i = 0; i < steps; ++i) {
      life.step();
      life.check();
    }
  }));
}

// Seeds of lives that went wrong are kept in CMakeLists.txt, so what it draws must stay.
TEST_CASE("through any life of a file its fold, links, chains and printed stamps stay right") { live(false); }

TEST_CASE("through any life with edit sessions they stay right too") { live(true); }

}  // namespace
}  // namespace tidemark::store
