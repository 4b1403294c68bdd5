#include "crdt/undoing.h"

#include <doctest/doctest.h>

#include "tests/crdt/cell_text.h"

namespace tidemark {
namespace {

// The names of what must go with these undos, themselves included, in the order of the events.
std::string joined(const CellText& cell, const std::vector<std::string>& names) {
  std::vector<Stamp> chosen;
  for (const std::string& name : names) chosen.push_back(cell.stamp(name));
  join_undos(cell.events, chosen);
  std::sort(chosen.begin(), chosen.end());
  std::string text;
  for (std::size_t i = 0; i < cell.events.size(); ++i) {
    if (std::binary_search(chosen.begin(), chosen.end(), cell.events[i].stamp)) text += cell.names[i] + " ";
  }
  return text;
}

// What the cell shows after an undo of these changes; "=" if it is left alone, "-" for null.
std::string after(const CellText& cell, const std::vector<std::string>& names) {
  std::vector<Stamp> changes;
  for (const std::string& name : names) changes.push_back(cell.stamp(name));
  std::sort(changes.begin(), changes.end());
  const CellUndo undo = undo_in(cell.events, changes);
  return undo.undone.empty() ? "=" : cell.name(undo.left);
}

}  // namespace

TEST_CASE("undos of the same change that had not seen each other are redone together") {
  CHECK(joined(CellText("A a\nB b on A\nU a on B undoes B\nV a on B undoes B"), {"V"}) == "U V ");
  CHECK(joined(CellText("A a\nB b on A\nU a on B undoes B\nR b on U undoes U\nV a on R undoes B"), {"V"}) == "V ");
}

TEST_CASE("the parts of an undo of many changes are redone together, however many there are") {
  const CellText parts(
      "A a\nB b on A\nC c on B\nD d on C\nU a on D undoes D B\nV a on U undoes C B\nW a on V undoes A B");
  CHECK(joined(parts, {"W"}) == "U V W ");
  CHECK(after(parts, {"U", "V", "W"}) == "D");
}

TEST_CASE("an earlier undo is redone by itself, though a later one names the same change for another cell's sake") {
  const CellText cell("A a\nC c on A\nV a on C undoes C\nD d on V\nU a on D undoes C D");
  CHECK(joined(cell, {"U"}) == "U ");
  CHECK(after(cell, {"U"}) == "D");
  // The change that both name wrote other cells only, and U stands although V was made without it.
  CHECK(joined(CellText("A a\nU null on A undoes A elsewhere\nB b on A\nV null on B undoes B elsewhere"), {"V"}) ==
        "V ");
  // Two undos one after the other, which wrote the same value but have no change in common.
  CHECK(joined(CellText("A w\nB w on A\nC c on B\nU w on C undoes C\nV w on U undoes B"), {"V"}) == "V ");
}

TEST_CASE("an undo of something older that another one names as well is left alone if the redo shows what was there") {
  // U had undone T by itself; V names T for another cell's sake, and B here.
  const CellText older("A a\nT t\nU null on T undoes T\nB b on A\nV a on B undoes T B");
  CHECK(joined(older, {"V"}) == "V ");
  CHECK(after(older, {"V"}) == "B");
  const CellText partly("A a\nB b on A\nU a on B undoes B\nC c on B\nV a on C undoes B C");
  CHECK(joined(partly, {"V"}) == "V ");
  CHECK(after(partly, {"V"}) == "C");
}

TEST_CASE("undos in several parts that had not seen each other are redone together") {
  const CellText parts(
      "A a\nB b on A\nC c on B\nU a on C undoes C B\nV a on U undoes B C\nX a on C undoes C B\nY a on X undoes B C");
  CHECK(joined(parts, {"Y"}) == "U V X Y ");
}

TEST_CASE("a redo puts back what its undo had seen, unless that was undone meanwhile") {
  // R showed a over l, which had come late; without the undo U it does so again.
  const CellText late("A a\nL l\nN null on A undoes A\nR a on N undoes N\nU l on R undoes A");
  CHECK(after(late, {"U"}) == "R");
  CHECK(after(CellText("A a\nB b on A\nU a on B undoes B"), {"U"}) == "B");
  CHECK(after(CellText("A a\nB b on A\nU a on B undoes B\nV a on B undoes B"), {"U"}) == "A");
}

TEST_CASE("what somebody wrote over is left alone") {
  CHECK(after(CellText("A a\nB b on A"), {"A"}) == "=");
  CHECK(after(CellText("A a\nB b on A\nU a on B undoes B\nC c on U"), {"U"}) == "=");
  CHECK(after(CellText("A a"), {"A"}) == "-");
  const CellText twice("A a\nB b on A\nU a on B undoes B");
  CHECK(after(twice, {"B"}) == "=");
  CHECK(undo_in(twice.events, std::vector<Stamp>{twice.stamp("B")}).undone_before);
}

}  // namespace tidemark
