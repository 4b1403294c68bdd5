#include <algorithm>

#include "crdt/utf8.h"
#include "sim/scenario_parser.h"

namespace tidemark::sim {
namespace {

constexpr std::size_t text_bytes_max = 256 * 1024;
constexpr std::size_t name_bytes_max = 16;
constexpr const char* reserved[] = {"relay", "all", "x", "hostile"};

}  // namespace

ScenarioParser::ScenarioParser(std::string name, std::string_view text) {
  out_.name = std::move(name);
  out_.text = std::string(text);
  out_.profile.name = "scenario";
  add_commands();
}

Result<Scenario> ScenarioParser::parse() {
  if (out_.text.size() > text_bytes_max || !is_utf8(out_.text))
    return error({"something else", "UTF-8 text of at most 256 KiB", ""});
  std::string_view rest = out_.text;
  bool at_top = true;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++line_;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (at_top && !line.empty() && line.front() == '#') {
      add_comment(line);
      continue;
    }
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
      at_top = at_top && out_.title.empty();
      continue;
    }
    at_top = false;
    try {
      add_line(line);
    } catch (const BadLine& bad) {
      return error(bad);
    }
  }
  if (out_.commands.empty()) return error({"no command", "at least one command", ""});
  return std::move(out_);
}

Error ScenarioParser::error(const BadLine& bad) const {
  return {"bad_scenario",
          "line " + std::to_string(std::max<std::size_t>(line_, 1)),
          excerpt(bad.got),
          bad.expected,
          bad.hint.empty() ? "sim/scenarios/README.md lists all commands." : bad.hint,
          Retry::never};
}

// The title is the first sentence.
void ScenarioParser::add_comment(std::string_view line) {
  line.remove_prefix(1);
  if (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  std::string& said = out_.description;
  if (!out_.title.empty()) {
    said += (said.empty() ? "" : "\n") + std::string(line);
    return;
  }
  const std::size_t stop = line.find(". ");
  out_.title = std::string(line.substr(0, stop == std::string_view::npos ? line.size() : stop + 1));
  if (stop != std::string_view::npos) said = std::string(line.substr(stop + 2));
}

void ScenarioParser::add_line(std::string_view line) {
  ScenarioWords words(line);
  if (words.done()) return;
  command_ = {};
  command_.line = line_;
  command_.text = words.text();
  const std::string word = words.take("a command");
  if (word.size() > 1 && word.back() == ':') {
    speak(word.substr(0, word.size() - 1), words);
  } else if (word == "note") {
    command_.verb = Verb::note;
    command_.word = command_.text.substr(std::min<std::size_t>(5, command_.text.size()));
  } else if (word == "option") {
    option(words);
    return words.end();
  } else {
    const auto at = commands_.find(word);
    if (at == commands_.end()) throw unknown_word(word, "a command", keys_of(commands_));
    at->second(words);
    words.end();
  }
  out_.commands.push_back(std::move(command_));
}

void ScenarioParser::option(ScenarioWords& words) {
  if (!out_.commands.empty()) throw BadLine{"option", "options before the first command", ""};
  Profile& profile = out_.profile;
  const std::map<std::string, bool*> switches{{"crash_disk", &profile.crash_disk},
                                              {"relaxed", &profile.relaxed},
                                              {"two_connections", &profile.two_connections},
                                              {"sealing_writes", &profile.sealing_writes}};
  const std::map<std::string, std::uint32_t*> numbers{{"bundle_events", &profile.bundle_events},
                                                      {"apply_events", &profile.apply_events},
                                                      {"in_flight_bytes", &profile.in_flight_bytes},
                                                      {"delivery_bytes", &profile.delivery_bytes}};
  const std::string word = words.take("the name of an option");
  if (word == "no_final_check") {
    out_.final_check = false;
  } else if (const auto at = switches.find(word); at != switches.end()) {
    const bool off = words.take_if("off");
    if (!off) words.take_if("on");
    *at->second = !off;
  } else if (const auto number = numbers.find(word); number != numbers.end()) {
    *number->second = std::uint32_t(std::clamp<std::int64_t>(words.take_number("a number"), 1, 0x7fffffff));
  } else {
    std::vector<std::string> all = keys_of(switches);
    for (const auto& [key, value] : numbers) all.push_back(key);
    all.push_back("no_final_check");
    throw unknown_word(word, "the name of an option", all);
  }
}

// --- names -----------------------------------------------------------------------------------------------------------

void ScenarioParser::declare(const std::string& name) {
  const bool good = !name.empty() && name.size() <= name_bytes_max && name.front() >= 'a' && name.front() <= 'z' &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
                    });
  if (!good || std::find(std::begin(reserved), std::end(reserved), name) != std::end(reserved))
    throw BadLine{name, "the name of a device: lower-case letters and digits, not relay, all, x or hostile", ""};
  if (!known_.insert(name).second) throw BadLine{name, "the name of a new device", ""};
}

// With a `devices` line a name that it lacks is a slip; without one, devices appear on first use.
std::string ScenarioParser::device(const std::string& name) {
  if (known_.count(name) != 0) return name;
  if (listed_) throw unknown_word(name, "the name of a device", {known_.begin(), known_.end()});
  declare(name);
  return name;
}

void ScenarioParser::one_device(ScenarioWords& words) { command_.names = {device(words.take("the name of a device"))}; }

void ScenarioParser::device_or(ScenarioWords& words, const std::string& other) {
  if (words.take_if(other))
    command_.names = {other};
  else
    command_.names = {device(words.take("the name of a device, or " + other))};
}

void ScenarioParser::devices_or_all(ScenarioWords& words) {
  if (words.take_if("all")) {
    command_.names = {"all"};
    return;
  }
  do {
    command_.names.push_back(device(words.take("the name of a device, or all")));
    words.take_if(",");
  } while (!words.done() && words.peek() != "|" && words.peek() != ">");
}

Result<Scenario> Scenario::parse(std::string name, std::string_view text) {
  return ScenarioParser(std::move(name), text).parse();
}

}  // namespace tidemark::sim
