#include "crdt/lineage.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>

namespace tidemark {
namespace {

// A cell's events in words, one a line: NAME VALUE [on NAME] [undoes NAME...] [settles NAME...]. The n-th line has the n-th
// stamp.
struct Cell1 {
  std::vector<CellEvent> events;
  std::vector<std::string> names;

  explicit Cell1(const std::string& text) {
    std::istringstream lines(text);
    std::map<std::string, Stamp> stamps;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string name;
      std::string value;
      if (!(words >> name >> value)) continue;
      CellEvent event;
      event.stamp = {events.size() + 1, 0, NodeId{1}};
      event.value = value == "null" ? Value::null() : *Value::text(value);
      std::string mode;
      for (std::string word; words >> word;) {
        if (word == "on" || word == "undoes" || word == "settles")
          mode = word;
        else if (mode == "on")
          event.base = stamps.at(word);
        else
          (mode == "undoes" ? event.undoes : event.settles).push_back(stamps.at(word));
      }
      stamps[name] = event.stamp;
      names.push_back(name);
      events.push_back(event);
    }
  }

  Stamp stamp(const std::string& name) const {
    return events.at(std::size_t(std::find(names.begin(), names.end(), name) - names.begin())).stamp;
  }
  std::string name(std::optional<std::size_t> at) const { return at ? names.at(*at) : "-"; }
  std::string live() const {
    std::string text;
    const std::vector<bool> live = live_events(events);
    for (std::size_t i = 0; i < live.size(); ++i) text += live[i] ? names[i] + " " : "";
    return text;
  }
  std::string shown() const { return name(shown_event(events)); }
  std::string without(const std::vector<std::string>& undone) const {
    std::vector<Stamp> stamps;
    for (const std::string& one : undone) stamps.push_back(stamp(one));
    return name(event_without(events, stamps));
  }
  // "loser<winner^base", each with a space behind it.
  std::string lost() const {
    std::string text;
    for (const LostWrite& one : lost_writes(events))
      text += names[one.loser] + "<" + names[one.winner] + "^" + name(one.base) + " ";
    return text;
  }
};

}  // namespace

TEST_CASE("undo of undo is redo, and undone changes are passed over") {
  CHECK(Cell1("A a\nB b on A").without({"B"}) == "A");
  CHECK(Cell1("A a\nB b on A").without({"A", "B"}) == "-");
  const Cell1 undone("A a\nB b on A\nU a on B undoes B");
  CHECK(undone.live() == "A U ");
  CHECK(undone.shown() == "A");
  CHECK(undone.without({"A"}) == "-");
  const Cell1 redone("A a\nB b on A\nU a on B undoes B\nR b on U undoes U");
  CHECK(redone.live() == "A B R ");
  CHECK(redone.shown() == "B");
  CHECK(redone.without({"R"}) == "A");
  CHECK(redone.without({"B"}) == "A");
  const Cell1 twice("A a\nB b on A\nU a on B undoes B\nR b on U undoes U\nV a on R undoes R");
  CHECK(twice.live() == "A U V ");
  CHECK(twice.shown() == "A");
}

TEST_CASE("an undo by two devices at once is undone only by undoing both") {
  const Cell1 both("A a\nB b on A\nU a on B undoes B\nV a on B undoes B");
  CHECK(both.live() == "A U V ");
  CHECK(both.lost().empty());
  CHECK(both.without({"V"}) == "A");
  CHECK(both.without({"U", "V"}) == "B");
}

TEST_CASE("a first write that is undone leaves nothing to show") {
  const Cell1 cell("A a\nU null on A undoes A");
  CHECK(cell.shown() == "-");
  CHECK(cell.without({}) == "-");
  CHECK(cell.without({"U"}) == "A");
}

TEST_CASE("links that point upwards or to themselves count for nothing") {
  Cell1 cell("A a\nB b on A");
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
      {"A a\nB b\nL l on A\nW l on B\nX x on W", "L<X^- "},    // ... but not upon the same base
      {"A a\nL l on A\nW w on A\nU l on W undoes W\nX x on U", ""},  // the undo put it back knowingly
      {"A a\nL l on A\nW w on A\nS m on W settles L\nT m on W settles L", ""},       // ... or alike
      {"A a\nL l on A\nW w on A\nS m on W settles L\nU w on S undoes S", "L<U^A "},  // a settlement that is undone
      {"A a\nL l on A\nW w on A\nU l on W undoes W", ""},  // undoing the winner shows the loser
      {"A a\nB b on A\nU a on B undoes B\nW w on A", "U<W^A "},
      {"A a\nB b on A\nW w on B\nU a on B undoes B", "W<U^B "},  // the undo had not seen a later write
  };
  for (const Case& one : cases) {
    CAPTURE(one.events);
    CHECK(Cell1(one.events).lost() == one.lost);
  }
}

TEST_CASE("the base of two merges is the last thing that both had seen") {
  const Cell1 cell("A a\nL l on A\nW w on A\nM m on W settles L\nX x on M\nY y on M");
  CHECK(cell.name(common_base(cell.events, 4, 5)) == "M");
  CHECK(cell.name(common_base(cell.events, 1, 4)) == "L");
  CHECK(cell.name(common_base(cell.events, 1, 2)) == "A");
}

}  // namespace tidemark
