// Written: everything that was ever written in a run, by what it says: which change put this value into this cell.
//
// A change is recognised by the cells that nobody else wrote like that. Of values that several changes wrote into the same
// cell, or somebody who is not of the workload, only that much is known.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "crdt/change.h"
#include "sim/change_set.h"

namespace tidemark::sim {

// A cell and its value as one string; the same exactly if both are.
void append_content(std::string& out, const Cell& cell, const Value& value);

class Written {
 public:
  // Who wrote a content. It stays where it is and follows what is learnt later.
  struct Origin {
    std::uint32_t change;  // 0: of several changes, or of somebody else
  };
  using Origins = std::vector<const Origin*>;

  // Gives the change its number, from 1 on.
  std::uint32_t add(const Draft& draft);
  void add_foreign(const Change& change);

  // Nothing if nobody wrote it. Valid as long as this object.
  const Origin* find(std::string_view content) const;
  const Origin* find(const Event& event) const;

  static ChangeSet changes_of(const Origins& origins);

  std::uint32_t changes() const { return std::uint32_t(marks_.size() - 1); }
  // So many cells only this change wrote like that; 0: it cannot be recognised.
  std::uint32_t cells(std::uint32_t change) const { return marks_[change].cells; }
  const std::string& name(std::uint32_t change) const { return marks_[change].name; }  // for messages

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Mark {
    std::string name;
    std::uint32_t cells = 0;
  };
  std::unordered_map<std::string, Origin, Hash, std::equal_to<>> origins_;  // by content
  std::vector<Mark> marks_{1};                                              // by change
};

}  // namespace tidemark::sim
