#include <algorithm>

#include "sim/scenario_parser.h"

namespace tidemark::sim {
namespace {

constexpr std::int64_t default_down_ms = 1'000;
constexpr std::int64_t wait_max_ms = 31'557'600'000;

const std::vector<std::string>& message_names() {
  static const std::vector<std::string> names{"hello", "welcome", "confirm", "want",  "lack", "compared",
                                              "error", "push",    "entries", "chain", "heads"};
  return names;
}

}  // namespace

void ScenarioParser::add_commands() {
  const auto on_devices = [this](Verb verb) {
    return [this, verb](ScenarioWords& words) {
      command_.verb = verb;
      devices_or_all(words);
    };
  };
  const auto on_one = [this](Verb verb, bool relay) {
    return [this, verb, relay](ScenarioWords& words) {
      command_.verb = verb;
      if (relay)
        device_or(words, "relay");
      else
        one_device(words);
    };
  };
  const auto lasting = [this](Verb verb) {
    return [this, verb](ScenarioWords& words) {
      command_.verb = verb;
      command_.amount = words.take_duration();
      if (command_.amount < 0 || command_.amount > wait_max_ms)
        throw BadLine{command_.text, "a duration from 0s to 1y", ""};
    };
  };
  commands_["devices"] = [this](ScenarioWords& words) {
    command_.verb = Verb::devices;
    do {
      command_.names.push_back(words.take("the names of devices"));
      declare(command_.names.back());
      words.take_if(",");
    } while (!words.done());
    listed_ = true;
  };
  commands_["wait"] = lasting(Verb::wait);
  commands_["pace"] = lasting(Verb::pace);
  commands_["clock"] = [this](ScenarioWords& words) { clock(words); };
  commands_["partition"] = [this](ScenarioWords& words) { partition(words); };
  commands_["heal"] = [this](ScenarioWords&) { command_.verb = Verb::heal; };
  commands_["online"] = on_devices(Verb::online);
  commands_["offline"] = on_devices(Verb::offline);
  commands_["sync"] = on_devices(Verb::sync);
  commands_["cut"] = [this](ScenarioWords& words) { cut(words); };
  commands_["crash"] = [this](ScenarioWords& words) { crash(words, Verb::crash); };
  commands_["power"] = [this](ScenarioWords& words) { crash(words, Verb::power); };
  commands_["clone"] = [this](ScenarioWords& words) { clone(words); };
  commands_["save"] = on_one(Verb::save, true);
  commands_["restore"] = [this](ScenarioWords& words) {
    command_.verb = Verb::restore;
    words.must_take("relay", "relay; a device's file is put back by rollback");
    command_.names = {"relay"};
  };
  commands_["rollback"] = on_one(Verb::restore, false);
  commands_["lose"] = on_one(Verb::lose, false);
  commands_["wipe"] = [this](ScenarioWords& words) {
    command_.verb = Verb::wipe;
    words.must_take("relay", "relay");
    command_.names = {"relay"};
  };
  commands_["expect"] = [this](ScenarioWords& words) { expect(words); };
}

// "a: set ..." and "hostile: ...".
void ScenarioParser::speak(const std::string& who, ScenarioWords& words) {
  if (who == "hostile") {
    attack(words);
    return words.end();
  }
  command_.names = {device(who)};
  command_.verb = Verb::write;
  const std::string what = words.take("set, delete, restore or import");
  if (what == "delete" || what == "restore") {
    const std::string entity = words.take("an entity like task1");
    command_.writes.push_back({{entity, std::string(deleted_attribute)}, Value::boolean(what == "delete")});
    if (check_cell(command_.writes.back().cell)) throw BadLine{entity, "an entity like task1", ""};
    return words.end();
  }
  if (what == "import") {
    command_.verb = Verb::import;
    command_.amount = words.take_duration();
    words.must_take("ago", "ago, as in import 30d ago task1.title \"x\"");
  } else if (what != "set") {
    throw unknown_word(what, "set, delete, restore or import", {"set", "delete", "restore", "import"});
  }
  do {
    Cell cell = words.take_cell();
    Value value = words.take_value();
    command_.writes.push_back({std::move(cell), std::move(value)});
  } while (words.take_if(","));
  words.end();
}

void ScenarioParser::attack(ScenarioWords& words) {
  const std::string expected = "push garbage, push future stamps, push other bytes at a's 1, replay a's 1, or forge a";
  const std::string what = words.take(expected);
  if (what == "forge") {
    command_.verb = Verb::forge;
    return one_device(words);
  }
  if (what == "push" && words.take_if("garbage")) {
    command_.verb = Verb::push_garbage;
    return;
  }
  if (what == "push" && words.take_if("future")) {
    words.must_take("stamps", expected);
    command_.verb = Verb::push_future;
    return;
  }
  if (what == "push") {
    words.must_take("other", expected);
    words.must_take("bytes", expected);
    words.must_take("at", expected);
  } else if (what != "replay") {
    throw unknown_word(what, expected, {"push", "replay", "forge"});
  }
  command_.verb = what == "push" ? Verb::push_other : Verb::replay;
  std::string owner = words.take("a device's bundle, like a's 1");
  if (owner.size() < 3 || owner.compare(owner.size() - 2, 2, "'s") != 0)
    throw BadLine{owner, "a device's bundle, like a's 1", ""};
  owner.resize(owner.size() - 2);
  command_.names = {device(owner)};
  command_.amount = words.take_number("the number of a bundle, from 1");
}

void ScenarioParser::clock(ScenarioWords& words) {
  device_or(words, "relay");
  if (words.take_if("freeze")) {
    command_.verb = Verb::clock_freeze;
  } else if (words.take_if("thaw")) {
    command_.verb = Verb::clock_thaw;
  } else if (words.take_if("set")) {
    command_.verb = Verb::clock_set;
    command_.amount = words.take_date();
  } else if (words.take_if("drift")) {
    command_.verb = Verb::clock_drift;
    command_.amount = words.take_ppm();
  } else {
    command_.verb = Verb::clock_step;
    command_.amount = words.take_duration();
  }
}

void ScenarioParser::partition(ScenarioWords& words) {
  command_.verb = Verb::partition;
  if (words.take_if("relay")) {
    words.must_take(">", "relay > a");
    command_.down = true;
    return devices_or_all(words);
  }
  devices_or_all(words);
  command_.up = true;
  command_.down = !words.take_if(">");
  if (command_.down) words.must_take("|", "| or >, as in partition a | relay");
  words.must_take("relay", "relay");
}

void ScenarioParser::crash(ScenarioWords& words, Verb verb) {
  command_.verb = verb;
  device_or(words, "relay");
  command_.amount = default_down_ms;
  if (words.take_if("inside")) {
    command_.inside = words.take_number("a number of disk calls, from 1");
    if (command_.inside == 0) throw BadLine{"0", "a number of disk calls, from 1", ""};
  }
  if (words.take_if("for")) command_.amount = words.take_duration();
  if (verb == Verb::power && !out_.profile.crash_disk)
    throw BadLine{"power", "option crash_disk at the top", "Without it disks lose nothing."};
}

void ScenarioParser::cut(ScenarioWords& words) {
  command_.verb = Verb::cut;
  one_device(words);
  if (words.take_if("at")) {
    command_.verb = Verb::cut_at;
    command_.word = words.take("the name of a message");
    if (std::find(message_names().begin(), message_names().end(), command_.word) == message_names().end())
      throw unknown_word(command_.word, "the name of a message", message_names());
  } else if (words.take_if("after")) {
    command_.verb = Verb::cut_after;
    command_.amount = words.take_number("a number of bytes");
    words.must_take("bytes", "bytes");
    command_.up = words.take_if("up");
    command_.down = !command_.up;
    if (command_.down) words.must_take("down", "up or down");
  }
}

void ScenarioParser::clone(ScenarioWords& words) {
  command_.verb = Verb::clone;
  one_device(words);
  words.must_take("as", "as and the name of a new device");
  command_.names.push_back(words.take("the name of a new device"));
  declare(command_.names.back());
}

}  // namespace tidemark::sim
