#include "sim/shrink.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tidemark::sim {
namespace {

// The first step is the start of the world and the last one its healing: neither is ever removed.
constexpr std::size_t first_removable = 1;
// The pauses of a step that are long enough to stand for many steps.
constexpr std::uint32_t long_pauses[] = {3, 4, 5};

// Trying every place of a fault pays only where few steps are left.
constexpr std::size_t steps_to_follow_max = 24;

class Shrinker {
 public:
  Shrinker(const Tapes& tapes, const ShrinkBudget& budget, const RunOptions& options)
      : best_(tapes), budget_(budget), options_(options) {
    best_.steps.resize(best_.profile.steps + std::size_t(2));  // the run ended where it failed
  }

  Shrunk go() {
    if (take(with_rates(0)) || take(with_rates(1))) {
      keep_few();
      fewer_devices();
      drop_tapes();
      for (std::uint64_t before = 0; before != taken_ && !over();) {
        before = taken_;
        drop_steps();
        drop_draws();
        merge_steps();
        remove_draws();
        plain_operations();
        fewer_devices();
        lower_profile();
        lower_draws();
      }
    }
    Shrunk shrunk;
    RunOptions last = options_;
    last.keep_trace = true;
    shrunk.report = replay(best_, last);
    shrunk.runs = runs_ + 1;
    shrunk.reproducible = taken_ > 0 && is_it(shrunk.report) && shrunk.report.trace_hash == trace_hash_;
    shrunk.tapes = std::move(best_);
    return shrunk;
  }

 private:
  struct Place {
    std::size_t step;
    std::size_t at;
  };

  // Nothing is drawn by chance any more, so rates do not matter, except whether a kind of fault is on at all: some rules ask.
  Tapes with_rates(std::uint32_t of_those_that_are_on) const {
    Tapes tapes = best_;
    for (std::uint32_t& rate : tapes.profile.rates) rate = rate == 0 ? 0 : of_those_that_are_on;
    return tapes;
  }

  bool over() const { return runs_ >= budget_.runs_max || (budget_.stop && budget_.stop()); }

  bool is_it(const RunReport& report) const {
    return budget_.fails ? budget_.fails(report) : report.invariant == best_.invariant;
  }

  // Whatever is taken has fewer steps, or as many and fewer or lower draws, so there is an end.
  bool take(Tapes candidate) {
    if (over()) return false;
    for (Tapes::Step& step : candidate.steps) {
      for (auto& draws : step.draws) {
        while (!draws.empty() && draws.back() == 0) draws.pop_back();
      }
    }
    candidate.steps.resize(std::max<std::size_t>(candidate.steps.size(), 2));
    candidate.profile.steps = std::uint32_t(candidate.steps.size()) - 2;
    if (!tried_.insert(std::hash<std::string>{}(candidate.to_text())).second) return false;
    ++runs_;
    const RunReport report = replay(candidate, options_);
    if (budget_.progress) budget_.progress(runs_, best_.steps.size());
    if (!is_it(report)) return false;
    best_ = std::move(candidate);
    trace_hash_ = report.trace_hash;
    ++taken_;
    cut_tail(report);
    return true;
  }

  // The run was over where it failed; what would have come after is no part of it.
  void cut_tail(const RunReport& report) {
    if (!report.invariant || report.at_step + std::size_t(2) >= best_.steps.size()) return;
    Tapes candidate = best_;
    candidate.steps.resize(report.at_step + std::size_t(2));
    candidate.steps.back() = {};
    take(std::move(candidate));
  }

  // The first or the last few steps alone, by powers of two. A run without agreement takes seconds, any other one much
  // less, so it pays to come from below: one long run and most steps are gone.
  void keep_few() {
    for (std::size_t few = 1; few < removable() && !over(); few *= 2) {
      Tapes start = best_;
      start.steps.erase(start.steps.begin() + std::ptrdiff_t(first_removable + few), start.steps.end() - 1);
      if (take(std::move(start))) return;
      Tapes end = best_;
      end.steps.erase(end.steps.begin() + std::ptrdiff_t(first_removable), end.steps.end() - 1 - std::ptrdiff_t(few));
      if (take(std::move(end))) return;
    }
  }

  void drop_tapes() {
    for (const Tape tape : {Tape::disk, Tape::network, Tape::clock, Tape::schedule, Tape::workload}) {
      Tapes candidate = best_;
      for (Tapes::Step& step : candidate.steps) step.draws[std::size_t(tape)].clear();
      take(std::move(candidate));
    }
  }

  // Removes runs of steps, from the end, so that what led to the failure stays as it is for as long as possible.
  void drop_steps() {
    for (std::size_t chunk = std::max<std::size_t>(removable() / 2, 1); chunk > 0 && !over(); chunk /= 2) {
      for (std::size_t end = removable() + first_removable; end > first_removable && !over();) {
        const std::size_t begin = end - std::min(chunk, end - first_removable);
        Tapes candidate = best_;
        candidate.steps.erase(candidate.steps.begin() + std::ptrdiff_t(begin),
                              candidate.steps.begin() + std::ptrdiff_t(end));
        take(std::move(candidate));
        end = std::min(begin, removable() + first_removable);
      }
    }
  }

  // The steps between the start and the healing.
  std::size_t removable() const { return best_.steps.size() > 2 ? best_.steps.size() - 2 : 0; }

  // Sets draws to 0, in chunks over all steps: half of a tape, a quarter, down to single ones.
  void drop_draws() {
    for (const Tape tape : {Tape::clock, Tape::disk, Tape::network, Tape::workload, Tape::schedule}) {
      for (std::size_t chunk = std::max<std::size_t>(drawn(tape).size() / 2, 1); chunk > 0 && !over(); chunk /= 2) {
        for (std::size_t end = drawn(tape).size(); end > 0 && !over();) {
          const std::vector<Place> places = drawn(tape);
          end = std::min(end, places.size());
          const std::size_t begin = end - std::min(chunk, end);
          Tapes candidate = best_;
          for (std::size_t i = begin; i < end; ++i)
            candidate.steps[places[i].step].draws[std::size_t(tape)][places[i].at] = 0;
          take(std::move(candidate));
          end = begin;
        }
      }
    }
  }

  // Where a tape holds anything but 0.
  std::vector<Place> drawn(Tape tape) const {
    std::vector<Place> places;
    for (std::size_t step = 0; step < best_.steps.size(); ++step) {
      const auto& draws = best_.steps[step].draws[std::size_t(tape)];
      for (std::size_t at = 0; at < draws.size(); ++at) {
        if (draws[at] != 0) places.push_back({step, at});
      }
    }
    return places;
  }

  // Removes draws from within a step: once others are gone, what mattered may lie too far back.
  void remove_draws() {
    for (std::size_t step = 0; step < best_.steps.size(); ++step) {
      for (std::size_t tape = 0; tape < tape_count; ++tape) {
        const auto size = [&] { return step < best_.steps.size() ? best_.steps[step].draws[tape].size() : 0; };
        for (std::size_t chunk = size() / 2; chunk > 0 && !over(); chunk /= 2) {
          for (std::size_t end = size(); end > 0 && !over();) {
            end = std::min(end, size());
            const std::size_t begin = end - std::min(chunk, end);
            if (begin == end) break;
            Tapes candidate = best_;
            auto& draws = candidate.steps[step].draws[tape];
            draws.erase(draws.begin() + std::ptrdiff_t(begin), draws.begin() + std::ptrdiff_t(end));
            take(std::move(candidate));
            end = begin;
          }
        }
      }
    }
  }

  // Makes a step's operation the plainest one and lets its faults follow: the messages that the old one sent drew from the
  // same tapes before the faults did.
  void plain_operations() {
    if (removable() > steps_to_follow_max) return;
    for (std::size_t step = removable(); step >= first_removable && !over(); --step) {
      for (const Tape tape : {Tape::network, Tape::disk}) {
        bool plainer = false;
        for (std::size_t shift = 1; !plainer && shift <= leading_zeros(step, tape) && !over(); ++shift) {
          Tapes candidate = best_;
          auto& draws = candidate.steps[step].draws[std::size_t(tape)];
          draws.erase(draws.begin(), draws.begin() + std::ptrdiff_t(shift));
          candidate.steps[step].draws[std::size_t(Tape::workload)].clear();
          plainer = take(std::move(candidate));
        }
      }
    }
  }

  std::size_t leading_zeros(std::size_t step, Tape tape) const {
    if (step >= best_.steps.size()) return 0;
    const auto& draws = best_.steps[step].draws[std::size_t(tape)];
    const auto first = std::find_if(draws.begin(), draws.end(), [](std::uint32_t draw) { return draw != 0; });
    return std::size_t(first - draws.begin());
  }

  // Removes steps whose faults can happen in the step before, or that only let time pass.
  void merge_steps() {
    for (std::size_t step = removable(); step > first_removable && !over(); --step) {
      if (step > removable()) continue;
      if (merge(step, {})) continue;
      for (const std::uint32_t pause : long_pauses) {
        if (merge(step, pause)) break;
      }
    }
  }

  bool merge(std::size_t step, std::optional<std::uint32_t> pause) {
    Tapes candidate = best_;
    Tapes::Step& before = candidate.steps[step - 1];
    const Tapes::Step& gone = candidate.steps[step];
    for (const Tape tape : {Tape::network, Tape::disk, Tape::clock}) {
      auto& draws = before.draws[std::size_t(tape)];
      if (draws.empty()) draws = gone.draws[std::size_t(tape)];
    }
    if (pause) {
      auto& schedule = before.draws[std::size_t(Tape::schedule)];
      schedule.resize(std::max<std::size_t>(schedule.size(), 1));
      if (schedule.front() >= *pause) return false;
      schedule.front() = *pause;
    }
    candidate.steps.erase(candidate.steps.begin() + std::ptrdiff_t(step));
    return take(std::move(candidate));
  }

  void lower_draws() {
    for (const Tape tape : {Tape::workload, Tape::clock, Tape::disk, Tape::network, Tape::schedule}) {
      for (const Place& place : drawn(tape)) {
        if (over()) return;
        for (const std::uint32_t lower : {0U, 1U, 2U}) try_lower(tape, place, [&](std::uint32_t) { return lower; });
        while (try_lower(tape, place, [](std::uint32_t draw) { return draw / 2; })) {}
        while (try_lower(tape, place, [](std::uint32_t draw) { return draw - std::min(draw, 1U); })) {}
      }
    }
  }

  template <class Lower>
  bool try_lower(Tape tape, const Place& place, const Lower& lower) {
    if (place.step >= best_.steps.size()) return false;
    Tapes candidate = best_;
    auto& draws = candidate.steps[place.step].draws[std::size_t(tape)];
    if (place.at >= draws.size() || lower(draws[place.at]) >= draws[place.at]) return false;
    draws[place.at] = lower(draws[place.at]);
    return take(std::move(candidate));
  }

  template <class Change>
  bool change_profile(const Change& change) {
    Tapes candidate = best_;
    change(candidate.profile);
    return take(std::move(candidate));
  }

  void fewer_devices() {
    for (std::uint32_t devices = 1; devices < best_.profile.devices; ++devices) {
      if (change_profile([&](Profile& profile) { profile.devices = devices; })) return;
    }
  }

  void lower_profile() {
    change_profile([](Profile& profile) { profile.entities = 1; });
    change_profile([](Profile& profile) { profile.attributes = 1; });
    change_profile([](Profile& profile) { profile.two_connections = false; });
    change_profile([](Profile& profile) { profile.sealing_writes = false; });
    change_profile([](Profile& profile) { profile.counters_near_end = false; });
    change_profile([](Profile& profile) { profile.core_only = false; });
    change_profile([](Profile& profile) { profile.crash_disk = false; });
    const Profile plain;
    change_profile([&](Profile& profile) { profile.bundle_events = plain.bundle_events; });
    change_profile([&](Profile& profile) { profile.apply_events = plain.apply_events; });
    change_profile([&](Profile& profile) { profile.in_flight_bytes = plain.in_flight_bytes; });
    change_profile([&](Profile& profile) { profile.delivery_bytes = plain.delivery_bytes; });
  }

  Tapes best_;
  const ShrinkBudget& budget_;
  RunOptions options_;
  std::uint64_t runs_ = 0;
  std::uint64_t taken_ = 0;
  Hash trace_hash_{};                      // of the run that made the best tapes the best
  std::unordered_set<std::size_t> tried_;  // by hash: candidates come again in every round
};

}  // namespace

Shrunk shrink(const Tapes& tapes, const ShrinkBudget& budget, const RunOptions& options) {
  return Shrinker(tapes, budget, options).go();
}

}  // namespace tidemark::sim
