// CellText: a cell's events told in words, for tests of what they say about each other.
#pragma once

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "crdt/lineage.h"

namespace tidemark {

// A cell's events in words, one a line: NAME VALUE [on NAME] [undoes NAME...] [settles NAME...]. The n-th line has the n-th
// stamp. A name that no line had yet is a change of other cells.
struct CellText {
  std::vector<CellEvent> events;
  std::vector<std::string> names;

  explicit CellText(const std::string& text) {
    std::istringstream lines(text);
    std::map<std::string, Stamp> stamps;
    const auto named = [&](const std::string& word) {
      return stamps.try_emplace(word, Stamp{0, std::uint16_t(stamps.size()), NodeId{2}}).first->second;
    };
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
          event.base = named(word);
        else
          (mode == "undoes" ? event.undoes : event.settles).push_back(named(word));
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

}  // namespace tidemark
