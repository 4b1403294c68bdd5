// Time travel in a file of a million events: of one entity it reads that entity's events, of the whole file each event once,
// without holding them.
#include <doctest/doctest.h>
#include <malloc.h>

#include <algorithm>
#include <filesystem>

#include "crdt/model.h"
#include "store/store.h"
#include "tests/history/archive.h"
#include "tests/history/row_counter.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

// Rows of `events` since the last call.
RowCounter::Rows rows_of_events(RowCounter& counter) {
  RowCounter::Rows sum;
  for (const auto& [sql, rows] : counter.take()) {
    if (sql.find("FROM events") == sql.npos) continue;
    sum.given += rows.given;
    sum.walked += rows.walked;
  }
  return sum;
}

// SQLite's cache of pages has a limit of its own.
std::size_t heap_without_pages(const RowCounter& counter) {
  int current = 0;
  int highest = 0;
  sqlite3_db_status(counter.database(), SQLITE_DBSTATUS_CACHE_USED, &current, &highest, 0);
  return mallinfo2().uordblks - std::size_t(current);
}

// A stamp in the middle of the year, and the changes up to it.
std::uint32_t middle() { return std::uint32_t(archive().entries().size() / 2); }

}  // namespace

TEST_CASE("the past of a note of a large file costs the events of that note") {
  RowCounter counter;
  const Replica replica = Replica::open(archive().path());
  counter.take();
  for (std::uint32_t note = 0; note < 100; ++note) {
    CAPTURE(note);
    Model model;
    std::uint64_t events = 0;
    for (std::uint32_t n = 0; n < archive().entries().size(); ++n) {
      if (archive().entries()[n].note != note) continue;
      Change change{archive().stamp(n), {}, {}, {}};
      for (const Write& write : archive().draft(n).writes) change.events.push_back({write.cell, write.value, {}});
      events += change.events.size();
      if (n <= middle()) model.apply(change);
    }
    const std::vector<store::CellState> then =
        replica.store().entity_as_of(Archive::note(note), archive().stamp(middle()));
    REQUIRE(then.size() == model.state().size());
    for (const store::CellState& state : then) REQUIRE(state.value == model.state().at(state.cell).value);
    const RowCounter::Rows rows = rows_of_events(counter);
    REQUIRE(rows.walked == 0);
    REQUIRE(rows.given == events + then.size());  // the value of a winner is read on its own
  }
}

TEST_CASE(
    "the past of a whole large file is one pass over its events, which holds a number a cell and not the events") {
  RowCounter counter;
  const Replica replica = Replica::open(archive().path());
  Model model;
  for (std::uint32_t n = 0; n <= middle(); ++n) {
    Change change{archive().stamp(n), {}, {}, {}};
    for (const Write& write : archive().draft(n).writes) change.events.push_back({write.cell, write.value, {}});
    model.apply(change);
  }
  counter.take();
  const std::size_t heap_before = heap_without_pages(counter);
  std::size_t heap_most = 0;
  std::uint64_t cells = 0;
  auto expected = model.state().begin();
  replica.store().for_each_cell_as_of(archive().stamp(middle()), [&](const store::CellState& state) {
    if (cells++ % 1'000 == 0) heap_most = std::max(heap_most, heap_without_pages(counter));
    REQUIRE(expected != model.state().end());
    REQUIRE(state.cell == expected->first);
    REQUIRE(state.value == expected->second.value);
    ++expected;
    return true;
  });
  CHECK(expected == model.state().end());
  const RowCounter::Rows rows = rows_of_events(counter);
  CHECK(rows.walked == archive().events() - 1);  // steps from one event to the next
  CHECK(rows.given <= archive().events() + cells);
  MESSAGE(cells << " cells of " << archive().events() << " events: " << (heap_most - heap_before) / 1'000
                << " kB of heap more, without pages; the file has "
                << std::filesystem::file_size(archive().path()) / 1'000 << " kB");
}
