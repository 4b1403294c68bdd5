#include "bench/micro.h"

#include <benchmark/benchmark.h>

#include <stdexcept>

namespace tidemark::bench {
namespace {

// Takes what Google Benchmark found instead of printing it.
class Taking : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) seconds = run.cpu_accumulated_time / double(run.iterations);
  }
  double seconds = 0;
};

}  // namespace

double seconds_each(const std::string& name, const std::function<void()>& work) {
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark(name.c_str(), [&work](benchmark::State& state) {
    for ([[maybe_unused]] auto iteration : state) work();
  })->MinTime(0.1);
  Taking taking;
  if (benchmark::RunSpecifiedBenchmarks(&taking, ".") != 1) throw std::runtime_error(name + " did not run");
  return taking.seconds;
}

void keep(const void* value) { benchmark::DoNotOptimize(value); }

}  // namespace tidemark::bench
