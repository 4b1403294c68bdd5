#include "sim/shrink.h"

#include <algorithm>
#include <utility>

namespace tidemark::sim {
namespace {

class Shrinker {
 public:
  Shrinker(const Tapes& tapes, const ShrinkBudget& budget, const RunOptions& options)
      : best_(tapes), budget_(budget), options_(options) {
    best_.profile.rates = {};  // nothing is drawn any more
  }

  Shrunk go() {
    cut_tail();
    drop_tapes();
    for (std::size_t before = 0; before != size() && !over();) {
      before = size();
      drop_steps();
      drop_draws();
      lower_profile();
      lower_draws();
    }
    Shrunk shrunk;
    RunOptions last = options_;
    last.keep_trace = true;
    shrunk.report = replay(best_, last);
    const RunReport again = replay(best_, options_);
    shrunk.runs = runs_ + 2;
    shrunk.reproducible = shrunk.report.invariant == best_.invariant && again.invariant == best_.invariant &&
                          again.trace_hash == shrunk.report.trace_hash;
    shrunk.tapes = std::move(best_);
    return shrunk;
  }

 private:
  bool over() const { return runs_ >= budget_.runs_max || (budget_.stop && budget_.stop()); }

  // All draws that are not 0, and the steps.
  std::size_t size() const {
    std::size_t total = best_.steps.size();
    for (const Tapes::Step& step : best_.steps) {
      for (const auto& draws : step.draws) {
        for (const std::uint32_t draw : draws) total += 1 + (draw != 0 ? 1 : 0) + (draw > 1 ? 1 : 0);
      }
    }
    return total;
  }

  bool fails(const Tapes& tapes) {
    ++runs_;
    const RunReport report = replay(tapes, options_);
    if (budget_.progress) budget_.progress(runs_, best_.steps.size());
    failed_at_ = report.at_step;
    return report.invariant == best_.invariant;
  }

  bool take(Tapes candidate) {
    if (over()) return false;
    // The first step is the start, the last one the healing.
    candidate.profile.steps = std::uint32_t(std::max<std::size_t>(candidate.steps.size(), 2)) - 2;
    if (!fails(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  // What comes after the failure says nothing; often half of it does too, since the end is judged in any case.
  void cut_tail() {
    Tapes candidate = best_;
    if (!fails(best_)) return;
    if (failed_at_ + 2 < candidate.steps.size()) {
      candidate.steps.resize(failed_at_ + 2);
      take(std::move(candidate));
    }
  }

  void drop_tapes() {
    for (const Tape tape : {Tape::disk, Tape::network, Tape::clock, Tape::schedule}) {
      Tapes candidate = best_;
      for (Tapes::Step& step : candidate.steps) step.draws[std::size_t(tape)].clear();
      take(std::move(candidate));
    }
  }

  // Removes runs of steps: half of them, quarters, down to single ones. The first step is the start.
  void drop_steps() {
    for (std::size_t chunk = std::max<std::size_t>(best_.steps.size() / 2, 1); chunk > 0 && !over(); chunk /= 2) {
      for (std::size_t from = 1; from < best_.steps.size() && !over();) {
        Tapes candidate = best_;
        const auto begin = candidate.steps.begin() + std::ptrdiff_t(from);
        candidate.steps.erase(begin, begin + std::ptrdiff_t(std::min(chunk, candidate.steps.size() - from)));
        if (!take(std::move(candidate))) from += chunk;
      }
    }
  }

  // Empties single tapes of single steps, so that what is left is one thing at a time.
  void drop_draws() {
    for (std::size_t i = 0; i < best_.steps.size() && !over(); ++i) {
      for (std::size_t tape = 0; tape < tape_count; ++tape) {
        if (i >= best_.steps.size() || best_.steps[i].draws[tape].empty()) continue;
        Tapes candidate = best_;
        candidate.steps[i].draws[tape].clear();
        take(std::move(candidate));
      }
    }
  }

  void lower_draws() {
    for (std::size_t i = 0; i < best_.steps.size() && !over(); ++i) {
      for (std::size_t tape = 0; tape < tape_count; ++tape) {
        for (std::size_t k = 0; k < best_.steps[i].draws[tape].size() && !over(); ++k) {
          for (const std::uint32_t lower : {0U, 1U, best_.steps[i].draws[tape][k] / 2}) {
            if (lower >= best_.steps[i].draws[tape][k]) continue;
            Tapes candidate = best_;
            auto& draws = candidate.steps[i].draws[tape];
            draws[k] = lower;
            while (!draws.empty() && draws.back() == 0) draws.pop_back();
            if (take(std::move(candidate))) break;
          }
          if (k >= best_.steps[i].draws[tape].size()) break;
        }
      }
    }
  }

  void lower_profile() {
    const auto attempt = [&](auto change) {
      Tapes candidate = best_;
      change(candidate.profile);
      if (candidate.profile.to_text() != best_.profile.to_text()) take(std::move(candidate));
    };
    for (std::uint32_t devices = 1; devices < best_.profile.devices; ++devices) {
      const std::uint32_t before = best_.profile.devices;
      attempt([&](Profile& profile) { profile.devices = devices; });
      if (best_.profile.devices != before) break;
    }
    attempt([](Profile& profile) { profile.entities = 1; });
    attempt([](Profile& profile) { profile.attributes = 1; });
    attempt([](Profile& profile) { profile.two_connections = false; });
    attempt([](Profile& profile) { profile.counters_near_end = false; });
    attempt([](Profile& profile) { profile.core_only = false; });
    attempt([](Profile& profile) { profile.crash_disk = false; });
    const Profile plain;
    attempt([&](Profile& profile) { profile.bundle_events = plain.bundle_events; });
    attempt([&](Profile& profile) { profile.apply_events = plain.apply_events; });
    attempt([&](Profile& profile) { profile.in_flight_bytes = plain.in_flight_bytes; });
    attempt([&](Profile& profile) { profile.delivery_bytes = plain.delivery_bytes; });
  }

  Tapes best_;
  const ShrinkBudget& budget_;
  RunOptions options_;
  std::uint64_t runs_ = 0;
  std::uint32_t failed_at_ = 0;
};

}  // namespace

Shrunk shrink(const Tapes& tapes, const ShrinkBudget& budget, const RunOptions& options) {
  return Shrinker(tapes, budget, options).go();
}

}  // namespace tidemark::sim
