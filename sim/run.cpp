#include "sim/run.h"

#include <algorithm>
#include <memory>

#include "hlc/assert.h"
#include "sim/app_run.h"
#include "sim/authored.h"
#include "sim/fork_rules.h"
#include "sim/lookout.h"
#include "sim/mischief.h"
#include "sim/oracle.h"
#include "sim/relay_rules.h"
#include "sim/workload.h"
#include "sim/world.h"

namespace tidemark::sim {
namespace {

constexpr std::array<std::uint32_t, 7> pause_weights{460, 200, 150, 100, 60, 20, 4};
constexpr std::int64_t pauses_ms[] = {3, 0, 40, 400, 4'000, 40'000, 900'000};
// DESIGN's back-off tops at 30 s; ten rounds of it and a minute.
constexpr std::uint32_t merge_rounds_max = 20;
constexpr std::int64_t heal_ms = 10 * sync::Backoff::max_ms + 60'000;
// What was stamped ahead of everybody's clock becomes due at last.
constexpr std::int64_t overdue_ms = 27LL * 3'600'000;

class Running final : public Observer {
 public:
  Running(Chooser& chooser, const Profile& profile, std::uint64_t seed, const RunOptions& options)
      : chooser_(chooser),
        options_(options),
        trace_(options.keep_trace),
        world_(profile, chooser, trace_, seed),
        oracle_(world_),
        fork_rules_(world_),
        relay_rules_(world_),
        lookout_(world_),
        workload_(world_, oracle_, lookout_),
        mischief_(world_, oracle_, lookout_) {
    world_.observers = {&mischief_, &oracle_, &fork_rules_, &relay_rules_, &lookout_, this};
    if (options.app) app_.emplace(options.app(), world_, workload_);
  }

  void go(RunReport& report) {
    try {
      begin();
      const std::uint32_t steps = world_.profile.steps;
      for (std::uint32_t i = 0; i < steps; ++i) step();
      finish();
    } catch (const Violation& violation) {
      report.invariant = violation.invariant;
      report.what = violation.what();
    } catch (const std::logic_error& error) {
      report.invariant = "assertion";
      report.what = error.what();
    } catch (const std::exception& error) {
      report.invariant = "exception";
      report.what = error.what();
    }
    tell(report);
  }

 private:
  void begin() {
    next_step();
    for (std::uint32_t i = 0; i < world_.profile.devices; ++i) {
      Device& device = world_.add_device(std::string(1, char('a' + i)));
      if (world_.profile.counters_near_end) device.wall.freeze(0);
      if (!app_) mischief_.at_birth(device);  // what an app sets up first must get through
    }
    world_.run_until(0);
    if (world_.profile.counters_near_end) mischief_.wind_up();
    if (app_) app_->set_up();
  }

  void next_step() {
    chooser_.begin_step();
    world_.step = step_++;
  }

  void step() {
    next_step();
    const std::size_t pause = chooser_.pick(Tape::schedule, pause_weights);
    if (app_)
      app_->step();
    else
      workload_.step();
    mischief_.step();
    lookout_.before_pause();
    world_.run_until(world_.now_ms + pauses_ms[pause]);
    oracle_.after_step();
  }

  // --- after the faults ---

  void finish() {
    next_step();
    mischief_.heal();
    choose_core();
    lookout_.chose(core_);
    bring_back();
    settle();
    if (app_) {
      oracle_.at_end(core_);  // first, so that an app is not blamed for the engine
      app_->judge(core_);
    }
    if (chooser_.draw(Tape::workload, 2) == 1) merge_all();
    check_conflicts();
    check_newcomer();
    lookout_.finished();
    const std::string events = oracle_.at_end(core_);
    for (Device* device : core_)
      world_.trace.note(Moment::Kind::checked, device->name, 0, events, [&] { return std::string("agrees"); });
  }

  // The relay and at least one device; the rest never comes back.
  void choose_core() {
    std::vector<Device*> left;
    for (const auto& device : world_.devices) {
      if (!device->gone) left.push_back(device.get());
    }
    TIDEMARK_ASSERT(!left.empty());
    const std::size_t kept = chooser_.draw(Tape::clock, std::uint32_t(left.size()));
    for (std::size_t i = 0; i < left.size(); ++i) {
      const bool stays = !world_.profile.core_only || i == kept || chooser_.draw(Tape::clock, 2) == 0;
      if (stays)
        core_.push_back(left[i]);
      else
        world_.lose(*left[i]);
    }
  }

  void bring_back() {
    world_.start_relay();
    for (Device* device : core_) {
      world_.start(*device);
      world_.go_online(*device, true);
    }
  }

  bool agreed() const {
    const auto& ledger = world_.ledger;
    return std::all_of(core_.begin(), core_.end(), [&](Device* device) {
      if (!device->up() || device->session == 0 || !device->exchange->synced()) return false;
      const auto cursor = device->sync_store().cursor();
      return cursor && cursor->log == ledger.log && cursor->seq == ledger.entries.size() &&
             device->replica->store().counts().parked == 0;
    });
  }

  void settle() {
    const std::int64_t in_time = world_.now_ms + heal_ms;
    while (!agreed() && world_.now_ms < in_time) world_.run_until(world_.now_ms + 1'000);
    if (agreed()) return;
    relay_rules_.check_fed(core_);
    const std::int64_t at_last = world_.now_ms + overdue_ms;
    while (!agreed() && world_.now_ms < at_last) {
      world_.run_until(world_.now_ms + 1'800'000);
      for (Device* device : core_) {
        if (device->up() && device->session != 0) world_.refresh(*device);
      }
      world_.run_until(world_.now_ms + 60'000);
    }
    if (!agreed()) throw Violation("liveness", stuck());
  }

  // Why they do not come to rest.
  std::string stuck() {
    std::string text = "not in agreement after " + std::to_string(world_.now_ms) + " ms; the log has " +
                       std::to_string(world_.ledger.entries.size()) + " entries";
    for (Device* device : core_) {
      text += "; " + device->name;
      if (!device->up()) {
        text += " is down";
        continue;
      }
      const store::Store& store = device->replica->store();
      const auto cursor = store.cursor();
      text += (device->session == 0 ? " not connected" : "") +
              std::string(device->exchange->synced() ? " synced" : "") + " cursor " +
              (cursor ? std::to_string(cursor->seq) : "none") + " outbox " + std::to_string(store.counts().outbox) +
              " parked " + std::to_string(store.counts().parked) + (store.refill() ? " refill open" : "") + " clock " +
              std::to_string(device->wall.read(world_.now_ms) - world_.relay_wall.read(world_.now_ms)) +
              " ms off, corrected by " + std::to_string(store.correction().offset_ms) + " ms" +
              (last_failure_.count(device->index) ? " " + last_failure_[device->index] : "");
      for (const auto& own : store.own_nodes()) {
        if (own.forked) text += " forked";
      }
    }
    return text;
  }

  // All merge at once, and again what comes of it, until nothing is left; that must not take for ever.
  void merge_all() {
    for (std::uint32_t round = 0; round < merge_rounds_max; ++round) {
      std::size_t merges = 0;
      for (Device* device : core_) merges += workload_.merge(*device);
      if (merges == 0) return;
      lookout_.hit(Point::merged_at_the_end);
      settle();
    }
    throw Violation("merge", "devices merge and merge, and come to no end");
  }

  // The same conflicts everywhere.
  void check_conflicts() {
    std::optional<std::string> first;
    for (Device* device : core_) {
      std::string text;
      for (const Conflict& one : device->replica->conflicts())
        text += one.cell.entity + "." + one.cell.attribute + " " + to_string(one.loser.stamp) + " lost to " +
                to_string(one.winner.stamp) + "; ";
      if (!first) first = text;
      if (text != *first)
        throw Violation(
            "I1", device->name + " and " + core_.front()->name + " list other conflicts: " + text + "and " + *first);
    }
  }

  // Somebody who was never there gets everything.
  void check_newcomer() {
    Device& newcomer = world_.add_device("newcomer");
    core_.push_back(&newcomer);
    settle();
  }

  void failed(Device& device, const Error& error) override { last_failure_[device.index] = to_string(error); }
  void told(Device&, const Exchange::Notice& notice) override {
    if (std::holds_alternative<Forked>(notice)) ++forks_;
  }

  void tell(RunReport& report) {
    report.at_step = world_.step;
    report.trace_hash = trace_.hash();
    report.moments = trace_.moments();
    if (options_.keep_changes) report.changes = authored(world_);
    report.operations = workload_.operations();
    report.steps = step_;
    report.virtual_ms = world_.now_ms;
    report.faults = mischief_.counts();
    report.faults[std::size_t(Fault::delay)] = world_.delayed;
    report.power_losses = world_.relay_disk.counts().power_losses;
    for (const auto& device : world_.devices) report.power_losses += device->disk.counts().power_losses;
    report.confirms = oracle_.confirms_checked();
    report.lost_by_choice = oracle_.lost_by_choice();
    report.bytes = world_.bytes_moved();
    report.messages = world_.messages;
    report.forks = forks_;
    report.reached = lookout_.reached();
    report.crash_disk = world_.profile.crash_disk;
  }

  Chooser& chooser_;
  const RunOptions& options_;
  Trace trace_;
  World world_;
  Oracle oracle_;
  ForkRules fork_rules_;
  RelayRules relay_rules_;
  Lookout lookout_;
  Workload workload_;
  Mischief mischief_;
  std::optional<AppRun> app_;
  std::uint32_t step_ = 0;
  std::vector<Device*> core_;
  std::map<std::size_t, std::string> last_failure_;
  std::uint64_t forks_ = 0;
};

RunReport go(Chooser& chooser, const Profile& profile, std::uint64_t seed, const RunOptions& options) {
  RunReport report;
  report.seed = seed;
  {
    Running running(chooser, profile, seed, options);
    running.go(report);
  }
  if (report.invariant || options.keep_tapes) {
    report.tapes.seed = seed;
    report.tapes.profile = profile;
    report.tapes.steps = chooser.recorded();
    report.tapes.invariant = report.invariant.value_or("");
  }
  return report;
}

}  // namespace

std::uint64_t RunReport::fault_total() const {
  std::uint64_t total = 0;
  for (const std::uint64_t count : faults) total += count;
  return total;
}

std::uint32_t RunReport::fault_kinds() const {
  return std::uint32_t(std::count_if(faults.begin(), faults.end(), [](std::uint64_t count) { return count != 0; }));
}

RunReport run(std::uint64_t seed, const Profile& profile, const RunOptions& options) {
  Chooser chooser(seed);
  return go(chooser, profile, seed, options);
}

RunReport replay(const Tapes& tapes, const RunOptions& options) {
  Chooser chooser(tapes);
  return go(chooser, tapes.profile, tapes.seed, options);
}

}  // namespace tidemark::sim
