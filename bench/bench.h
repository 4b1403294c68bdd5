// Bench: where workloads run and what they leave: a folder, repetitions, and the measures.
//
// A workload is a function that takes a Bench, says what it measures, and looks at the result of what it timed: a wrong one
// is an exception, never a figure. catalogue.h lists them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/stopwatch.h"

namespace tidemark::bench {

struct BenchOptions {
  unsigned repetitions = 5;
  std::uint64_t size_max = UINT64_MAX;                 // larger sizes are left out
  std::string folder;                                  // for files; on the disk that is to be measured
  std::string relay;                                   // the tidemark-relay program
  std::function<void(const std::string&)> progress;    // what is being done, for a person who waits
  std::function<void(const Measure&)> measured;        // as soon as a measure is complete
};

class Bench {
 public:
  explicit Bench(BenchOptions options) : options_(std::move(options)) {}

  const BenchOptions& options() const { return options_; }
  // Those that are not too large; the smallest one in any case.
  std::vector<std::uint64_t> sizes(std::initializer_list<std::uint64_t> ascending) const;
  // The path of a file or folder that does not exist, in a folder that is emptied when the Bench goes.
  std::string fresh_path(const std::string& name);
  // Removes what such a path leads to, with SQLite's files beside it.
  static void remove(const std::string& path);

  void progress(const std::string& text) const;
  // The workload is done with it.
  void add(Measure measure);
  const std::deque<Measure>& measures() const { return measures_; }

 private:
  BenchOptions options_;
  std::deque<Measure> measures_;
  std::uint64_t paths_ = 0;
};

// Throws if the outcome of what was timed is not what it must be.
void require(bool right, const std::string& what);

}  // namespace tidemark::bench
