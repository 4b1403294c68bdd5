#include "bench/memory.h"

#include <malloc.h>

#include <fstream>
#include <string>

namespace tidemark::bench {
namespace {

// proc(5): a line of /proc/self/status, in KiB.
double status_kib(const std::string& line) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == line + ':' && status >> kib) return kib;
  }
  return 0;
}

}  // namespace

PeakMemory::PeakMemory() {
  malloc_trim(0);  // what is free here would hide what is taken
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
  before_kib_ = status_kib("VmRSS");
}

double PeakMemory::mib() const { return (status_kib("VmHWM") - before_kib_) / 1024; }

}  // namespace tidemark::bench
