// Vault: the edit history of a real notes vault with the graph of its commits, if it lies where TIDEMARK_SHARED says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crdt/change.h"

namespace tidemark::test {

struct Commit {
  std::string device;
  std::int64_t t = 0;                // milliseconds; runs backwards at times
  std::vector<std::size_t> parents;  // smaller numbers
  std::vector<Write> writes;         // none: it is only a place in the graph
  std::vector<std::size_t> places;   // of the writes, in the file of events
  std::size_t line = 0;              // of first parents, of which it is a part
};

// Commits by their numbers: each comes after its parents.
class Vault {
 public:
  // Without commits if the files are not there.
  static Vault read();

  bool empty() const { return commits.empty(); }
  // Whether b is a, or an ancestor of a.
  bool saw(std::size_t a, std::size_t b) const { return ancestors_[a][b]; }
  bool concurrent(std::size_t a, std::size_t b) const { return !saw(a, b) && !saw(b, a); }

  std::vector<Commit> commits;
  std::size_t lines = 0;

 private:
  void cut_into_lines();
  void find_ancestors();

  std::vector<std::vector<bool>> ancestors_;
};

}  // namespace tidemark::test
