// What a scenario expects.
#include <algorithm>
#include <map>

#include "crdt/model.h"
#include "sim/scenario_stage.h"

namespace tidemark::sim {
namespace {

using Verb = Command::Verb;

constexpr std::int64_t about_ms = 2'000;

std::string yes_or(bool holds, const std::string& found) { return holds ? std::string() : found; }

// Every event with its value, one a line.
std::string events_of(const store::Store& store) {
  std::string lines;
  store.for_each_event([&](const store::HistoryRow& row) {
    lines += to_string(row.stamp) + " " + row.event.cell.entity + " " + row.event.cell.attribute + " " +
             row.event.value.to_json() + "\n";
    return true;
  });
  return lines;
}

std::string state_of(const store::Store& store) {
  std::string lines;
  store.for_each_cell([&](const store::CellState& cell) {
    lines += cell.cell.entity + " " + cell.cell.attribute + " " + cell.value.to_json() + "\n";
    return true;
  });
  return lines;
}

Model model_of(const store::Store& store) {
  Model model;
  store.for_each_event([&](const store::HistoryRow& row) {
    model.apply({row.stamp, {row.event}, {}, {}});
    return true;
  });
  return model;
}

std::uint64_t count_of(const store::Counts& counts, Verb verb) {
  return verb == Verb::expect_outbox ? counts.outbox : verb == Verb::expect_parked ? counts.parked : counts.events;
}

}  // namespace

void Stage::expect(const Command& command) {
  const std::string found = look(command);
  const bool all = command.names.empty() || command.names.front() == "all" || !world_.find(command.names.front());
  note(Moment::Kind::checked, all ? "" : command.names.front(),
       found.empty() ? command.text : "failed: " + command.text + ": " + found);
  if (!found.empty()) fail(command.line, command.text, found);
}

std::string Stage::look(const Command& command) {
  const auto every_device = [&](auto&& found) { return for_each(command, found); };
  const std::string name = command.names.empty() ? "all" : command.names.front();
  switch (command.verb) {
    case Verb::expect_value:
    case Verb::expect_none:
      return every_device([&](Device& one) { return value_in(one, command); });
    case Verb::expect_deleted:
    case Verb::expect_not_deleted:
      return every_device([&](Device& one) {
        const auto state = one.replica->store().get(command.writes.front().cell);
        const bool deleted = state && state->value == Value::boolean(true);
        return yes_or(deleted == (command.verb == Verb::expect_deleted),
                      deleted ? "it is deleted" : "it is not deleted");
      });
    case Verb::expect_conflict:
    case Verb::expect_no_conflict:
    case Verb::expect_no_conflicts:
      return every_device([&](Device& one) { return conflicts(one, command); });
    case Verb::expect_forked:
      return yes_or(told_[name].count("forked") != 0, name + " was never told that it forked");
    case Verb::expect_not_forked:
      return every_device([&](Device& one) {
        return yes_or(told_[one.name].count("forked") == 0, one.name + " was told that it forked");
      });
    case Verb::expect_told: {
      std::string said;
      for (const std::string& code : told_[name]) said += (said.empty() ? "" : ", ") + code;
      return yes_or(told_[name].count(command.word) != 0, said.empty() ? name + " was told nothing" : "only " + said);
    }
    case Verb::expect_offset:
      return every_device([&](Device& one) {
        const std::int64_t offset = one.replica->status().clock_offset_ms;
        return yes_or(offset >= command.amount - about_ms && offset <= command.amount + about_ms,
                      std::to_string(offset) + " ms");
      });
    case Verb::expect_outbox:
    case Verb::expect_parked:
    case Verb::expect_events:
      return every_device([&](Device& one) {
        const std::uint64_t count = count_of(one.replica->store().counts(), command.verb);
        return yes_or(count == std::uint64_t(command.amount), std::to_string(count));
      });
    case Verb::expect_entries:
      return yes_or(world_.ledger.entries.size() == std::size_t(command.amount),
                    std::to_string(world_.ledger.entries.size()));
    case Verb::expect_alarm:
    case Verb::expect_no_alarm: {
      if (!world_.relay) return "the relay is down";
      const bool alarm = world_.relay->stats().clock_alarm;
      return yes_or(alarm == (command.verb == Verb::expect_alarm), alarm ? "its clock raised an alarm" : "no alarm");
    }
    default:
      return differences();
  }
}

// What the first device finds that differs; a device that is down finds nothing good.
std::string Stage::for_each(const Command& command, const std::function<std::string(Device&)>& found) {
  const bool many = command.names.empty() || command.names.front() == "all";
  for (Device* one : devices(command.names.empty() ? std::vector<std::string>{"all"} : command.names)) {
    const std::string what = one->up() ? found(*one) : "it is not running";
    if (!what.empty()) return many ? "on " + one->name + " " + what : what;
  }
  return {};
}

std::string Stage::value_in(Device& one, const Command& command) {
  const Write& wanted = command.writes.front();
  const auto value = one.replica->get(wanted.cell.entity, wanted.cell.attribute);
  const std::string found = value ? value->to_json() : "none";
  if (command.verb == Verb::expect_none) return yes_or(!value, found);
  return yes_or(value == wanted.value, found);
}

std::string Stage::conflicts(Device& one, const Command& command) {
  const Model model = model_of(one.replica->store());
  if (command.verb == Verb::expect_no_conflicts) {
    for (const auto& [cell, winner] : model.state()) {
      const auto lost = model.conflicts(cell);
      if (!lost.empty()) return cell.entity + "." + cell.attribute + " has one: " + lost.front().second.value.to_json();
    }
    return {};
  }
  const Write& wanted = command.writes.front();
  std::string found;
  for (const auto& [stamp, event] : model.conflicts(wanted.cell)) {
    if (command.verb == Verb::expect_conflict && event.value == wanted.value) return {};
    found += (found.empty() ? "" : ", ") + event.value.to_json();
  }
  if (command.verb == Verb::expect_no_conflict) return found;
  return found.empty() ? "no conflict" : "only " + found;
}

// Why they do not all hold the same; empty if they do.
std::string Stage::differences() {
  const std::vector<Device*> all = devices({"all"});
  for (Device* one : all) {
    if (!one->up()) return one->name + " is not running";
  }
  for (std::size_t i = 1; i < all.size(); ++i) {
    const store::Store& first = all[0]->replica->store();
    const store::Store& other = all[i]->replica->store();
    const std::string names = all[0]->name + " and " + all[i]->name;
    if (state_of(first) != state_of(other)) return names + " show different values";
    if (events_of(first) != events_of(other)) return names + " know different events";
  }
  return {};
}

}  // namespace tidemark::sim
