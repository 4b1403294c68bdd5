// Plays a scenario.
#include "sim/scenario.h"

#include <algorithm>
#include <optional>

#include "sim/scenario_stage.h"

namespace tidemark::sim {
namespace {

using Verb = Command::Verb;
using Kind = Moment::Kind;

constexpr std::uint64_t seed = 1;
constexpr std::int64_t sync_ms = 600'000;  // ten times the longest that a device waits before it tries again
constexpr std::int64_t sync_step_ms = 250;
constexpr std::int64_t wait_step_ms = 3'600'000;
constexpr std::size_t harsh_draws = 20'000;  // sectors that one loss of power decides about, with room

bool is_expectation(const Command& command) { return command.verb >= Verb::expect_value; }

// What takes no time: saying something, and laying a trap.
bool is_instant(const Command& command) {
  const Verb verb = command.verb;
  return is_expectation(command) || verb == Verb::note || verb == Verb::wait || verb == Verb::pace ||
         verb == Verb::cut_after || verb == Verb::cut_at || command.inside > 0;
}

// Steps of the tapes in turn: one in which everything is kind, and one in which a loss of power drops every sector that
// was not synced.
Tapes tapes_for(const Scenario& scenario) {
  Tapes tapes;
  tapes.seed = seed;
  tapes.profile = scenario.profile;
  Tapes::Step harsh;
  harsh.draws[std::size_t(Tape::disk)].assign(harsh_draws, 1);
  for (const Command& command : scenario.commands) {
    if (command.verb != Verb::power) continue;
    tapes.steps.emplace_back();
    tapes.steps.push_back(harsh);
  }
  return tapes;
}

}  // namespace

Stage::Stage(const Scenario& scenario, bool keep_trace)
    : scenario_(scenario),
      tapes_(tapes_for(scenario)),
      chooser_(tapes_),
      trace_(keep_trace),
      world_(scenario.profile, chooser_, trace_, seed) {
  world_.observers = {this};
  chooser_.begin_step();
}

ScenarioOutcome Stage::play() {
  bool broken = false;
  std::size_t line = 0;
  std::string text;
  try {
    for (const Command& command : scenario_.commands) {
      line = command.line;
      text = command.text;
      world_.step = std::uint32_t(line);
      trace_.at(world_.now_ms, world_.step);
      carry_out(command);
      if (!is_instant(command)) world_.run_until(world_.now_ms + pace_ms_);
    }
    disarm();
    if (scenario_.final_check) final_check();
  } catch (const Violation& violation) {
    fail(line, text, violation.invariant + ": " + violation.what());
    broken = true;
  }
  tell_outcome(broken);
  return std::move(out_);
}

void Stage::carry_out(const Command& command) {
  switch (command.verb) {
    case Verb::devices:
      for (const std::string& name : command.names) add_offline(name);
      for (const std::string& name : command.names) world_.find(name)->online = true;
      return;
    case Verb::write:
      return write(command);
    case Verb::import:
      return import(command);
    case Verb::note:
      return note(Kind::told, "", command.word);
    case Verb::wait:
      return wait(command.amount);
    case Verb::pace:
      pace_ms_ = command.amount;
      return;
    case Verb::clock_step:
    case Verb::clock_set:
    case Verb::clock_drift:
    case Verb::clock_freeze:
    case Verb::clock_thaw:
      return set_clock(command);
    case Verb::partition:
      note(Kind::fault, "", command.text);
      for (Device* one : devices(command.names)) world_.block(*one, command.up, command.down);
      return;
    case Verb::heal:
      return world_.heal_network();
    case Verb::online:
    case Verb::offline:
      for (Device* one : devices(command.names)) world_.go_online(*one, command.verb == Verb::online);
      return;
    case Verb::sync:
      return sync(command.names, command.line, command.text);
    case Verb::cut:
    case Verb::cut_after:
    case Verb::cut_at:
      return cut(command);
    case Verb::crash:
    case Verb::power:
      return crash(command);
    case Verb::clone:
      return clone(command);
    case Verb::save:
      if (command.names.front() == "relay") return world_.save_relay();
      return world_.save(device(command.names.front()));
    case Verb::restore:
      return restore(command);
    case Verb::lose:
      return world_.lose(device(command.names.front()));
    case Verb::wipe:
      return world_.wipe_relay();
    case Verb::push_garbage:
    case Verb::push_future:
    case Verb::push_other:
    case Verb::replay:
    case Verb::forge:
      return attack(command);
    default:
      return expect(command);
  }
}

// In steps, since so much may happen in a long time that the world would take it for a livelock.
void Stage::wait(std::int64_t ms) {
  for (const std::int64_t end = world_.now_ms + ms; world_.now_ms < end;)
    world_.run_until(std::min(end, world_.now_ms + wait_step_ms));
}

// --- people ----------------------------------------------------------------------------------------------------------

void Stage::write(const Command& command) {
  Device& author = device(command.names.front());
  if (!author.up()) return fail(command.line, command.text, author.name + " is not running");
  Draft draft;
  draft.writes = command.writes;
  std::optional<Result<Stamp>> result;
  const bool lives = world_.with(author, [&](Replica& replica) { result = replica.change(draft); });
  const std::string said = command.text.substr(author.name.size() + 2);
  if (!lives || !result) return note(Kind::refused, author.name, said + ": never acknowledged");
  if (!*result) {
    note(Kind::refused, author.name, said + ": " + to_string(result->error()));
    return fail(command.line, command.text, to_string(result->error()));
  }
  note(Kind::write, author.name, said);
  ops_.push_back({command.line, author.name, said, **result, command.writes});
  world_.tell_sync(author);
}

void Stage::import(const Command& command) {
  Device& author = device(command.names.front());
  if (!author.up()) return fail(command.line, command.text, author.name + " is not running");
  Replica::Dated dated;
  dated.draft.writes = command.writes;
  dated.wall_ms = world_.read_wall(author) - command.amount;
  std::optional<Result<std::vector<Stamp>>> result;
  world_.with(author, [&](Replica& replica) { result = replica.change_at({&dated, 1}); });
  const std::string said = command.text.substr(author.name.size() + 2);
  if (!result) return note(Kind::refused, author.name, said + ": never acknowledged");
  if (!*result) {
    told_[author.name].insert(result->error().code);
    return note(Kind::refused, author.name, said + ": " + to_string(result->error()));
  }
  note(Kind::write, author.name, said);
  ops_.push_back({command.line, author.name, said, (**result).front(), command.writes});
  world_.tell_sync(author);
}

// --- time and network ------------------------------------------------------------------------------------------------

void Stage::set_clock(const Command& command) {
  const std::string& name = command.names.front();
  Wall& wall = name == "relay" ? world_.relay_wall : device(name).wall;
  note(Kind::fault, name, "clock" + command.text.substr(std::string("clock ").size() + name.size()));
  switch (command.verb) {
    case Verb::clock_step:
      return wall.step(world_.now_ms, command.amount);
    case Verb::clock_set:
      return wall.set(world_.now_ms, command.amount);
    case Verb::clock_drift:
      return wall.drift(world_.now_ms, command.amount);
    case Verb::clock_freeze:
      return wall.freeze(world_.now_ms);
    default:
      return wall.thaw(world_.now_ms);
  }
}

// It has everything of the log, and the log everything of it.
bool Stage::settled(const Device& one) const {
  if (!one.up() || one.session == 0 || !one.exchange->synced()) return false;
  const auto cursor = one.store ? one.store->cursor() : one.replica->store().cursor();
  const LogLedger& ledger = world_.ledger;
  return cursor && cursor->log == ledger.log && cursor->seq == ledger.entries.size();
}

void Stage::sync(const std::vector<std::string>& names, std::size_t line, const std::string& text) {
  std::vector<Device*> waiting = devices(names);
  if (names.front() == "all") {
    waiting.erase(std::remove_if(waiting.begin(), waiting.end(), [](Device* one) { return !one->online; }),
                  waiting.end());
  }
  if (waiting.empty()) return fail(line, text, "no device is online");
  for (Device* one : waiting) {
    if (!one->online) return fail(line, text, one->name + " is offline");
  }
  const auto ready = [&] {
    return std::all_of(waiting.begin(), waiting.end(), [&](Device* d) { return settled(*d); });
  };
  const std::int64_t end = world_.now_ms + sync_ms;
  world_.run_quiet(sync_step_ms);
  while (!ready() && world_.now_ms < end) world_.run_until(world_.now_ms + sync_step_ms);
  if (ready()) return;
  std::string stuck;
  for (Device* one : waiting) {
    if (!settled(*one)) stuck += (stuck.empty() ? "" : ", ") + one->name;
  }
  fail(line, text, "not synced after 10 minutes: " + stuck);
}

void Stage::cut(const Command& command) {
  Device& one = device(command.names.front());
  if (command.verb != Verb::cut) {
    cuts_[one.name] = {command.up, std::uint64_t(command.amount), command.word, command.line, command.text};
  } else if (one.session == 0) {
    fail(command.line, command.text, one.name + " is not connected");
  } else {
    world_.cut(one.session, {});
  }
}

// --- machines and files ----------------------------------------------------------------------------------------------

void Stage::power_is_harsh() {
  if (!harsh_) chooser_.begin_step();
  harsh_ = true;
}

void Stage::power_is_gentle() {
  if (harsh_) chooser_.begin_step();
  harsh_ = false;
}

void Stage::crash(const Command& command) {
  const std::string& name = command.names.front();
  const bool power = command.verb == Verb::power;
  if (power) power_is_harsh();
  if (command.inside > 0) deaths_[name] = command;
  if (name == "relay") {
    if (command.inside == 0) return world_.crash_relay(power, command.amount);
    world_.relay_power_at_death = power;
    world_.relay_down_ms = command.amount;
    world_.relay_disk.die_after(std::uint64_t(command.inside));
  } else {
    Device& one = device(name);
    if (command.inside == 0) return world_.crash(one, power, command.amount);
    one.power_at_death = power;
    one.start_at_ms = world_.now_ms + command.amount;
    one.disk.die_after(std::uint64_t(command.inside));
  }
}

// The copy is online if the original is.
void Stage::clone(const Command& command) {
  Device& original = device(command.names.front());
  Device* copy = world_.clone(original, command.names.back());
  if (!copy) return fail(command.line, command.text, "it has no file yet");
  copy->online = original.online;
  out_.lanes.push_back(copy->name);
}

void Stage::restore(const Command& command) {
  const std::string& name = command.names.front();
  const bool there = name == "relay" ? world_.restore_relay() : world_.roll_back(device(name));
  if (!there) fail(command.line, command.text, "no copy was kept: save " + name + " first");
}

// --- the end ---------------------------------------------------------------------------------------------------------

// A trap that nothing stepped into is a mistake in the scenario: what it is about never happened.
void Stage::disarm() {
  for (const auto& [name, wanted] : cuts_) fail(wanted.line, wanted.text, "it never came to that");
  for (const auto& [name, wanted] : deaths_) fail(wanted.line, wanted.text, "it never came to that");
  cuts_.clear();
  world_.relay_disk.die_after(std::nullopt);
  for (Device* one : devices({"all"})) one->disk.die_after(std::nullopt);
}

void Stage::final_check() {
  world_.step = 0;
  world_.heal_network();
  for (Device* one : devices({"all"})) world_.go_online(*one, true);
  const std::size_t line = scenario_.commands.back().line;
  sync({"all"}, line, "at the end, all are online and sync");
  const std::string found = differences();
  note(Kind::checked, "", found.empty() ? "all agree" : "failed: all agree: " + found);
  if (!found.empty()) fail(line, "at the end, all agree", found);
}

// --- helpers ---------------------------------------------------------------------------------------------------------

// Several devices start one after the other before the first one talks.
Device& Stage::add_offline(const std::string& name) {
  out_.lanes.push_back(name);
  Device& fresh = world_.add_device(name);
  fresh.online = false;
  world_.run_until(world_.now_ms);
  return fresh;
}

Device& Stage::device(const std::string& name) {
  if (Device* known = world_.find(name)) return *known;
  Device& fresh = add_offline(name);
  fresh.online = true;
  world_.run_until(world_.now_ms);
  return fresh;
}

std::vector<Device*> Stage::devices(const std::vector<std::string>& names) {
  std::vector<Device*> found;
  for (const std::string& name : names) {
    if (name != "all") {
      found.push_back(&device(name));
      continue;
    }
    for (const auto& one : world_.devices) {
      if (!one->gone) found.push_back(one.get());
    }
  }
  return found;
}

void Stage::note(Moment::Kind kind, const std::string& lane, const std::string& text) {
  trace_.note(kind, lane, 0, text, [&] { return text; });
}

void Stage::fail(std::size_t line, const std::string& expected, const std::string& found) {
  out_.failures.push_back({line, expected, found});
}

ScenarioOutcome play(const Scenario& scenario, bool keep_trace) { return Stage(scenario, keep_trace).play(); }

}  // namespace tidemark::sim
