// Counting: what a stretch of work cost, in numbers that are the same on every machine.
//
//   Counting counting;
//   work(counting.vfs());     // opens its files through this SQLite VFS
//   counting.into(measure.counted, events);
//
// Counts are of the whole process. Counting costs time, so it has a repetition of its own that is not timed.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tidemark::bench {

struct Counts {
  std::uint64_t statements = 0;    // of SQL that were started, triggers included
  std::uint64_t transactions = 0;  // COMMITs among them
  std::uint64_t syncs = 0;         // of files and logs
  std::uint64_t written_bytes = 0;
  std::uint64_t allocations = 0;  // operator new; what C libraries take is not in it
  std::uint64_t allocated_bytes = 0;
};

// At most one at a time.
class Counting {
 public:
  Counting();
  ~Counting();
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;

  const std::string& vfs() const;
  // From now on again from zero.
  void restart();
  Counts counts() const;
  // Each as a line of its own, and the allocations for each of so many units.
  void into(std::map<std::string, double>& counted, std::uint64_t units) const;
};

}  // namespace tidemark::bench
