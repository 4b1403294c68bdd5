// Memory of this process.
#pragma once

namespace tidemark::bench {

// The most that the process takes more, while this lives, than it took when this was made. Linux only: 0 elsewhere.
class PeakMemory {
 public:
  PeakMemory();
  double mib() const;

 private:
  double before_kib_;
};

}  // namespace tidemark::bench
