#include "crdt/lineage.h"

#include <doctest/doctest.h>

#include "tests/crdt/cell_text.h"

namespace tidemark {

TEST_CASE("undo of undo is redo, and undone changes are passed over") {
  CHECK(CellText("A a\nB b on A").without({"B"}) == "A");
  CHECK(CellText("A a\nB b on A").without({"A", "B"}) == "-");
  const CellText undone("A a\nB b on A\nU a on B undoes B");
  CHECK(undone.live() == "A U ");
  CHECK(undone.shown() == "A");
  CHECK(undone.without({"A"}) == "-");
  const CellText redone("A a\nB b on A\nU a on B undoes B\nR b on U undoes U");
  CHECK(redone.live() == "A B R ");
  CHECK(redone.shown() == "B");
  CHECK(redone.without({"R"}) == "A");
  CHECK(redone.without({"B"}) == "A");
  const CellText twice("A a\nB b on A\nU a on B undoes B\nR b on U undoes U\nV a on R undoes R");
  CHECK(twice.live() == "A U V ");
  CHECK(twice.shown() == "A");
}

TEST_CASE("an undo by two devices at once is undone only by undoing both") {
  const CellText both("A a\nB b on A\nU a on B undoes B\nV a on B undoes B");
  CHECK(both.live() == "A U V ");
  CHECK(both.lost().empty());
  CHECK(both.without({"V"}) == "A");
  CHECK(both.without({"U", "V"}) == "B");
}

TEST_CASE("a first write that is undone leaves nothing to show") {
  const CellText cell("A a\nU null on A undoes A");
  CHECK(cell.shown() == "-");
  CHECK(cell.without({}) == "-");
  CHECK(cell.without({"U"}) == "A");
}

TEST_CASE("links that point upwards or to themselves count for nothing") {
  CellText cell("A a\nB b on A");
  cell.events[0].undoes = {cell.events[1].stamp};
  cell.events[1].undoes = {cell.events[1].stamp};
  CHECK(cell.live() == "A B ");
  cell.events[0].base = cell.events[1].stamp;
  CHECK(cell.lost().empty());
}

TEST_CASE("conflicts of a cell") {
  struct Case {
    const char* events;
    const char* lost;
  };
  const Case cases[] = {
      {"A a", ""},
      {"A a\nB b on A\nC c on B", ""},
      {"A a\nL l on A\nW w on A", "L<W^A "},
      {"L l\nW w", "L<W^- "},
      {"A a\nL l on A\nM m on L\nW w on A", "M<W^A "},        // only the last of a branch
      {"A a\nL l on A\nW w on A\nX x on W", "L<X^A "},        // later edits of the winner settle nothing
      {"A a\nK k on A\nL l on A\nW w on A", "K<W^A L<W^A "},  // three at once
      {"A a\nL w on A\nW w on A", ""},                        // the same value
      {"A a\nL l on A\nW w on A\nS w on W settles L", ""},    // keep
      {"A a\nL l on A\nW w on A\nS l on W settles L", ""},    // take
      {"A a\nK k on A\nL l on A\nW w on A\nS m on W settles L", "K<S^A "},
      {"A a\nL l on A\nW w on A\nS m on W settles L\nT n on W settles L", "S<T^W "},  // settled twice, differently
      {"A a\nL l on A\nW w on A\nS m on W settles L\nT m on W settles L\nX x on T", ""},
      {"A a\nL l on A\nW l on A\nX x on W", ""},                     // one edit, made twice, and written over
      {"A a\nB b\nL l on A\nW l on B\nX x on W", "L<X^- "},          // ... but not upon the same base
      {"A a\nL l on A\nW w on A\nU l on W undoes W\nX x on U", ""},  // the undo put it back knowingly
      {"A a\nL l on A\nW w on A\nS m on W settles L\nT m on W settles L", ""},       // ... or alike
      {"A a\nL l on A\nW w on A\nS m on W settles L\nU w on S undoes S", "L<U^A "},  // a settlement that is undone
      {"A a\nL l on A\nW w on A\nU l on W undoes W", ""},  // undoing the winner shows the loser
      {"A a\nB b on A\nU a on B undoes B\nW w on A", "U<W^A "},
      {"A a\nB b on A\nW w on B\nU a on B undoes B", "W<U^B "},  // the undo had not seen a later write
  };
  for (const Case& one : cases) {
    CAPTURE(one.events);
    CHECK(CellText(one.events).lost() == one.lost);
  }
}

TEST_CASE("the base of two merges is the last thing that both had seen") {
  CHECK(CellText("A a\nL l on A\nW w on A\nM m on W settles L\nX x on M\nY y on M").lost() == "X<Y^M ");
  CHECK(CellText("A a\nL l on A\nK k on L\nW w on A\nM m on W settles L").lost() == "K<M^L ");
}

}  // namespace tidemark
