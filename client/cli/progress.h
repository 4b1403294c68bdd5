// Progress: how far long work has come, on stderr.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "client/cli/args.h"
#include "client/cli/console.h"
#include "store/types.h"

namespace tidemark::cli {

enum class ProgressMode {
  automatic,  // a bar on a terminal, nothing elsewhere
  plain,      // a line a second, for logs
  none,
};

// The flag of all verbs that take long, and what it says. The Error has code usage.
Flag progress_flag();
Result<ProgressMode> progress_mode(const Args& args);

class Progress {
 public:
  // `doing` starts each line ("import"), `unit` is what done and total count ("lines").
  Progress(Console& console, ProgressMode mode, std::string doing, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Cheap enough for every step of the work; it is shown now and then. A total of 0 is unknown. `count` is what is
  // shown when the fraction is measured in something else (bytes read, say).
  void update(std::uint64_t done, std::uint64_t total) { update(done, total, done); }
  void update(std::uint64_t done, std::uint64_t total, std::uint64_t count);
  // For the functions of the library that report; valid as long as this object.
  store::Progress callback();

 private:
  using Time = std::chrono::steady_clock::time_point;
  std::string text(double fraction, std::uint64_t count, double seconds) const;

  Console& console_;
  bool bar_ = false;
  bool plain_ = false;
  std::string doing_;
  std::string unit_;
  Time started_;
  Time shown_;
};

}  // namespace tidemark::cli
