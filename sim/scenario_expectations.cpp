#include "sim/scenario_parser.h"

namespace tidemark::sim {

void ScenarioParser::expect(ScenarioWords& words) {
  const std::string& next = words.peek();
  if (next == "conflict" || next == "no") return expect_conflict(words);
  if (words.take_if("converged")) {
    command_.verb = Verb::expect_converged;
  } else if (words.take_if("not")) {
    words.must_take("forked", "forked and a device");
    command_.verb = Verb::expect_not_forked;
    device_or(words, "all");
  } else if (words.take_if("forked")) {
    command_.verb = Verb::expect_forked;
    one_device(words);
  } else if (words.take_if("outbox")) {
    counted(words, Verb::expect_outbox);
  } else if (words.take_if("parked")) {
    counted(words, Verb::expect_parked);
  } else if (words.take_if("events")) {
    counted(words, Verb::expect_events);
  } else if (words.take_if("told")) {
    command_.verb = Verb::expect_told;
    device_or(words, "hostile");
    command_.word = words.take("the code of an error, or closed");
  } else if (words.take_if("relay")) {
    expect_relay(words);
  } else if (next == "all" || known_.count(next) != 0) {
    expect_of(words);
  } else {
    std::vector<std::string> choices{"all",    "relay",  "conflict", "converged", "forked",
                                     "outbox", "parked", "events",   "told",      "no conflicts"};
    choices.insert(choices.end(), known_.begin(), known_.end());
    throw unknown_word(next.empty() ? "the end of the line" : next, "a device or what is expected", choices);
  }
}

// "expect a ..." and "expect all ...".
void ScenarioParser::expect_of(ScenarioWords& words) {
  device_or(words, "all");
  if (words.take_if("offset")) {
    words.must_take("about", "about, as in offset about -90s");
    command_.verb = Verb::expect_offset;
    command_.amount = words.take_duration();
    return;
  }
  const bool denied = words.take_if("not");
  if (denied || words.peek() == "deleted") {
    words.must_take("deleted", "deleted and an entity");
    command_.verb = denied ? Verb::expect_not_deleted : Verb::expect_deleted;
    command_.writes.push_back({{words.take("an entity like task1"), std::string(deleted_attribute)}, {}});
    return;
  }
  Cell cell = words.take_cell();
  if (words.take_if("none")) {
    command_.verb = Verb::expect_none;
    command_.writes.push_back({std::move(cell), {}});
    return;
  }
  words.must_take("=", "= and a value, or none");
  command_.verb = Verb::expect_value;
  Value value = words.take_value();
  command_.writes.push_back({std::move(cell), std::move(value)});
}

void ScenarioParser::expect_conflict(ScenarioWords& words) {
  if (words.take_if("no")) {
    if (words.take_if("conflicts")) {
      command_.verb = Verb::expect_no_conflicts;
      return;
    }
    words.must_take("conflict", "conflicts, or conflict and a cell");
    command_.verb = Verb::expect_no_conflict;
    command_.writes.push_back({words.take_cell(), {}});
    return;
  }
  command_.verb = Verb::expect_conflict;
  words.take_if("conflict");
  Cell cell = words.take_cell();
  Value value = words.take_value();
  command_.writes.push_back({std::move(cell), std::move(value)});
}

void ScenarioParser::expect_relay(ScenarioWords& words) {
  if (words.take_if("entries")) {
    command_.verb = Verb::expect_entries;
    command_.amount = words.take_number("a number");
    return;
  }
  command_.verb = words.take_if("no") ? Verb::expect_no_alarm : Verb::expect_alarm;
  words.must_take("alarm", "entries, alarm or no alarm");
}

void ScenarioParser::counted(ScenarioWords& words, Verb verb) {
  command_.verb = verb;
  device_or(words, "all");
  command_.amount = words.take_number("a number");
}

}  // namespace tidemark::sim
