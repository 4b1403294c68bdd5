// Stopwatch: wall time and processor time of this process, all threads, of the stretches between start() and stop().
#pragma once

namespace tidemark::bench {

struct Timing {
  double wall_s = 0;
  double cpu_s = 0;
};

class Stopwatch {
 public:
  void start() { began_ = now(); }
  void stop() {
    const Timing end = now();
    total_.wall_s += end.wall_s - began_.wall_s;
    total_.cpu_s += end.cpu_s - began_.cpu_s;
  }
  const Timing& total() const { return total_; }

  static Timing now();  // of two clocks, each with an origin of its own

 private:
  Timing began_;
  Timing total_;
};

template <class Work>
Timing timed(Work&& work) {
  Stopwatch watch;
  watch.start();
  work();
  watch.stop();
  return watch.total();
}

}  // namespace tidemark::bench
