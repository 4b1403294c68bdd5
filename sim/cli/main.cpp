#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "sim/run.h"
#include "sim/totals.h"
#include "sim/process.h"
#include "bundles/chain.h"

using namespace tidemark;
using namespace tidemark::sim;

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "swarm";
  const std::uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const std::uint64_t count = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 100;
  const bool trace = argc > 4;
  prepare_process();
  Totals totals;
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    RunOptions options;
    options.keep_trace = trace;
    const RunReport report = run(seed, *Profile::named(name, seed), options);
    totals.add(report);
    if (trace)
      for (const Moment& m : report.moments)
        std::printf("%8lld %3u %-6s %d %5llu %s\n", (long long)m.ms, m.step, m.lane.c_str(), int(m.kind), (unsigned long long)m.message, m.text.c_str());
    if (report.invariant) {
      std::printf("seed %llu step %u: %s: %s\n", (unsigned long long)seed, report.at_step, report.invariant->c_str(), report.what.c_str());
      std::fflush(stdout);
    }
    if (count == 1) std::printf("%s %s\n", report.tapes.profile.to_text().c_str(), to_hex(report.trace_hash).c_str());
  }
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%s\n", totals.to_json().c_str());
  std::printf("%.2f ms a run, %.0f runs/h, ops %.1f, kinds %.1f\n", totals.seconds * 1e3 / double(count), double(count) / totals.seconds * 3600, double(totals.operations) / double(count), double(totals.fault_kinds) / double(count));
}
