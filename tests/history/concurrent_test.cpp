// Who had seen whom: what the engine lists as conflicts, against what the graph of commits says.
//
// The engine asks which write nobody had as base; the graph says which two writes, next to each other in some order of the
// cell's writes, are of commits neither of which is an ancestor of the other. Here is why these are two sides of one thing,
// and each difference between them by its cause and number.
#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>

#include "tests/history/written.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

using Pairs = std::set<Neighbours>;
using Writes = std::set<const Wrote*>;

bool by_stamp(const Wrote& a, const Wrote& b) { return a.stamp < b.stamp; }
bool by_graph(const Wrote& a, const Wrote& b) { return a.commit < b.commit; }
bool by_time(const Wrote& a, const Wrote& b) { return a.place < b.place; }  // then by device

Fate fate(const Wrote& one, const Cell& cell) { return fate_of(written().vault, written().cells.at(cell), one); }

// Those whose lower write had this fate.
Pairs with(Fate wanted, const Pairs& pairs) {
  Pairs some;
  for (const Neighbours& two : pairs) {
    if (fate(*two.lower, *two.cell) == wanted) some.insert(two);
  }
  return some;
}

Pairs of_two_devices(const Pairs& pairs) {
  Pairs some;
  for (const Neighbours& two : pairs) {
    const auto device = [](const Wrote* one) { return written().vault.commits[one->commit].device; };
    if (device(two.lower) != device(two.upper)) some.insert(two);
  }
  return some;
}

Pairs pairs_of_two_devices(const Before& before) {
  return of_two_devices(concurrent_neighbours(written().vault, written().cells, before));
}

template <class Set>
Set without(const Set& all, const Set& some) {
  Set rest;
  std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::inserter(rest, rest.end()));
  return rest;
}

Writes lowers(const Pairs& pairs) {
  Writes writes;
  for (const Neighbours& two : pairs) writes.insert(two.lower);
  return writes;
}

// The last of the writes on top of this one whose authors had not seen the other.
const Wrote* last_of_side(const Neighbours& two) {
  const Written& all = written();
  const std::vector<Wrote>& writes = all.cells.at(*two.cell);
  const Wrote* last = two.lower;
  for (const Wrote& next : writes) {
    if (seen_by(all.vault, writes, next) == last && all.vault.concurrent(next.commit, two.upper->commit)) last = &next;
  }
  return last;
}

// The greatest write that two have among what they saw, and what those saw, one base after the other.
std::optional<Stamp> common_base(const std::vector<Wrote>& writes, const Wrote* a, const Wrote* b) {
  while (a != nullptr && b != nullptr && a != b) {
    const Wrote*& later = a->stamp < b->stamp ? b : a;
    later = seen_by(written().vault, writes, *later);
  }
  return a != nullptr && b != nullptr ? std::optional(a->stamp) : std::nullopt;
}

}  // namespace

TEST_CASE("on a real history every base is the greatest write among what the commit's ancestors wrote") {
  const Written& all = written();
  if (all.vault.empty()) return;
  CHECK(all.vault.commits.size() == 4'301);
  CHECK(all.vault.lines == 650);
  CHECK(all.cells.size() == 6'104);
  std::size_t events = 0;
  std::size_t later = 0;  // the clock had to count on, because the author's one ran behind what he had seen
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < all.bundles.size(); ++i) {
    for (const store::Arrival& bundle : all.bundles[i]) {
      const Change& change = bundle.changes[0];
      if (change.stamp.ms != std::uint64_t(all.vault.commits[i].t)) ++later;
      for (const Event& event : change.events) {
        const std::vector<Wrote>& writes = all.cells.at(event.cell);
        const auto is_it = [&](const Wrote& one) { return one.stamp == change.stamp; };
        const Wrote* const seen = seen_by(all.vault, writes, *std::find_if(writes.begin(), writes.end(), is_it));
        if (event.base != (seen == nullptr ? std::nullopt : std::optional(seen->stamp))) ++wrong;
        ++events;
      }
    }
  }
  CHECK(events == 16'076);
  CHECK(later == 87);
  CHECK(wrong == 0);
}

TEST_CASE("the conflicts of a real history are the writes that the next one by stamp had not seen") {
  const Written& all = written();
  if (all.vault.empty()) return;
  // Stamps ascend along the graph, so of two neighbours by stamp the upper one is based on the lower one, or they are
  // concurrent. A conflict's loser is nobody's base: it is the lower one of exactly one concurrent pair.
  const Pairs pairs = concurrent_neighbours(all.vault, all.cells, by_stamp);
  CHECK(pairs.size() == 302);
  CHECK(count_cells(pairs) == 198);
  // Not each of them is a conflict.
  const Pairs equal =
      with(Fate::equal, pairs);  // the winner has the same value: commits that were copied to another line
  const Pairs copied = with(Fate::copied, pairs);        // one edit, made on two lines, and seen on one of them
  const Pairs succeeded = with(Fate::succeeded, pairs);  // its own side wrote on, and that write stands for it
  const Pairs lost = with(Fate::lost, pairs);
  CHECK(equal.size() == 55);
  CHECK(of_two_devices(equal).size() == 1);
  CHECK(copied.size() == 74);
  CHECK(of_two_devices(copied).size() == 6);
  CHECK(succeeded.size() == 32);
  CHECK(lost.size() == 141);
  CHECK(count_cells(lost) == 92);
  CHECK(lowers(lost).size() == lost.size());

  const std::vector<Conflict> conflicts = gather(all.bundles, writing_commits(all.vault)).conflicts();
  REQUIRE(conflicts.size() == lost.size());
  std::map<std::pair<Cell, Stamp>, const Wrote*> expected;
  for (const Neighbours& two : lost) expected[{*two.cell, two.lower->stamp}] = two.lower;
  std::size_t later_base = 0;
  std::size_t met_in_merge = 0;
  std::size_t met_later = 0;
  std::size_t never_met = 0;
  for (const Conflict& conflict : conflicts) {
    const auto found = expected.find({conflict.cell, conflict.loser.stamp});
    REQUIRE(found != expected.end());
    const std::vector<Wrote>& writes = all.cells.at(conflict.cell);
    const Wrote* const loser = found->second;
    const Wrote* const winner = &writes.back();
    REQUIRE(conflict.loser.value == *loser->value);
    REQUIRE(conflict.loser.metadata.author == all.vault.commits[loser->commit].device);
    REQUIRE(conflict.winner.stamp == winner->stamp);
    REQUIRE(conflict.winner.value == *winner->value);
    const std::optional<Stamp> base = common_base(writes, loser, winner);
    // Of one edit that was made twice, a side that has seen one has seen both: that can only give a later base.
    REQUIRE((conflict.base.has_value() || !base.has_value()));
    if (conflict.base.has_value() && (!base || conflict.base->stamp != *base)) {
      REQUIRE((!base || conflict.base->stamp > *base));
      ++later_base;
    }
    const auto on_top = [&](const Wrote& one) { return &one != loser && all.vault.saw(one.commit, loser->commit); };
    const auto first = std::find_if(writes.begin(), writes.end(), on_top);
    if (first == writes.end())
      ++never_met;
    else
      ++(all.vault.commits[first->commit].parents.size() > 1 ? met_in_merge : met_later);
  }
  // Whoever had both sides and wrote the cell did so on top of the later one, and settled nothing: the other stays listed.
  CHECK(later_base == 14);
  CHECK(met_in_merge == 89);
  CHECK(met_later == 45);
  CHECK(never_met == 7);
}

TEST_CASE("the 101 writes on 64 cells that the history's README counts are conflicts but for one, each accounted for") {
  const Written& all = written();
  if (all.vault.empty()) return;
  // It counts neighbours of two devices in the order of the graph.
  const Pairs counted = pairs_of_two_devices(by_graph);
  REQUIRE(counted.size() == 101);
  REQUIRE(count_cells(counted) == 64);
  const Pairs listed = with(Fate::lost, counted);
  const Pairs equal = with(Fate::equal, counted);
  const Pairs copied = with(Fate::copied, counted);
  const Pairs succeeded = with(Fate::succeeded, counted);
  CHECK(copied.size() == 4);
  CHECK(listed.size() == 84);
  CHECK(lowers(listed).size() == 82);  // two of them stand between two writes that had not seen them
  // The winner has the same value.
  CHECK(equal.size() == 1);
  // Its own side wrote on before the sides met. Either the last write of that side is the one that lost, or that write is
  // later than the other side's, and the other one lost.
  CHECK(succeeded.size() == 12);
  std::size_t last_lost = 0;
  std::size_t other_lost = 0;
  for (const Neighbours& two : succeeded) {
    const Wrote* const last = last_of_side(two);
    if (last->stamp < two.upper->stamp) {
      CHECK(fate(*last, *two.cell) == Fate::lost);
      ++last_lost;
    } else {
      CHECK(fate(*two.upper, *two.cell) == Fate::lost);
      ++other_lost;
    }
  }
  CHECK(last_lost == 7);
  CHECK(other_lost == 5);
  // So all cells have a conflict but the one of equal values and those where both sides made the same edit.
  const Pairs lost = with(Fate::lost, concurrent_neighbours(all.vault, all.cells, by_stamp));
  std::set<const Cell*> cells;
  for (const Neighbours& two : counted) cells.insert(two.cell);
  for (const Neighbours& two : lost) cells.erase(two.cell);
  for (const Neighbours& two : copied) cells.erase(two.cell);
  CHECK(cells == std::set<const Cell*>{equal.begin()->cell});

  // The other way round: of the 141 conflicts these are not of the 101.
  const Writes rest = without(lowers(lost), lowers(listed));
  const Writes two_devices = lowers(of_two_devices(lost));
  std::size_t apart = 0;       // in the order of the graph another write stands between it and the one it had not seen
  std::size_t one_device = 0;  // one device wrote on two lines, without the one on the other
  for (const Wrote* loser : rest) ++(two_devices.count(loser) != 0 ? apart : one_device);
  CHECK(apart == 20);
  CHECK(one_device == 39);
  CHECK(lowers(listed).size() + apart + one_device == lowers(lost).size());
}

TEST_CASE("how many writes of a real history count as concurrent neighbours depends on the order they are put in") {
  const Written& all = written();
  if (all.vault.empty()) return;
  const Pairs by_stamps = pairs_of_two_devices(by_stamp);
  const Pairs by_times = pairs_of_two_devices(by_time);
  const Pairs by_graphs = pairs_of_two_devices(by_graph);
  CHECK(by_stamps.size() == 122);
  CHECK(count_cells(by_stamps) == 67);
  CHECK(by_times.size() == 116);
  CHECK(count_cells(by_times) == 66);
  CHECK(by_graphs.size() == 101);
  // Where a clock ran behind what its owner had seen, stamps and times differ.
  CHECK(without(by_times, by_stamps).size() == 3);
  CHECK(without(by_stamps, by_times).size() == 9);
  // The graph's order puts a whole side before the other one.
  CHECK(without(by_graphs, by_stamps).size() == 27);
  CHECK(without(by_stamps, by_graphs).size() == 48);
}
