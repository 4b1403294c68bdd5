#include "client/cli/args.h"

#include <algorithm>
#include <numeric>

namespace tidemark::cli {
namespace {

bool is_word(std::string_view argument) {
  if (argument.size() < 2 || argument[0] != '-') return true;
  return (argument[1] >= '0' && argument[1] <= '9') || argument[1] == '.';
}

// Insertions, deletions and replacements that turn a into b.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row[b.size()];
}

Error unknown_flag(const std::string& name, const std::vector<Flag>& flags) {
  std::vector<std::string> names;
  for (const Flag& flag : flags) names.push_back(flag.name);
  const auto meant = nearest(name, names);
  return usage_error("flag", name, "a flag of this command", meant ? "Perhaps " + *meant + " was meant" : "");
}

}  // namespace

std::optional<std::string> Args::word(std::size_t index) const {
  if (index >= words_.size()) return std::nullopt;
  return words_[index];
}

std::optional<std::string> Args::value(std::string_view flag) const {
  const auto found = flags_.find(flag);
  if (found == flags_.end()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Args::values(std::string_view flag) const {
  const auto found = flags_.find(flag);
  return found == flags_.end() ? std::vector<std::string>{} : found->second;
}

Result<Args> parse_args(std::span<const std::string> arguments, const std::vector<Flag>& flags) {
  Args args;
  bool only_words = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (only_words || is_word(argument)) {
      args.words_.push_back(argument);
      continue;
    }
    if (argument == "--") {
      only_words = true;
      continue;
    }
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto flag = std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return f.name == name; });
    if (flag == flags.end()) return unknown_flag(name, flags);
    if (!flag->repeats && args.has(name)) return usage_error(name, "it twice", "it once");

    std::string value;
    if (flag->value.empty()) {
      if (equals != std::string::npos) return usage_error(name, argument.substr(equals + 1), "no value");
    } else if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size() && is_word(arguments[i + 1])) {
      value = arguments[++i];
    } else {
      return usage_error(name, i + 1 < arguments.size() ? arguments[i + 1] : "nothing", flag->value + " after it");
    }
    args.flags_[name].push_back(std::move(value));
  }
  return args;
}

Error usage_error(std::string wrong, std::string_view got, std::string expected, std::string hint) {
  return {"usage", std::move(wrong), excerpt(got), std::move(expected), std::move(hint), Retry::after_fix};
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t least = 3;  // what differs in more than two letters is another word
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < least && distance < candidate.size() / 2 + 1) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace tidemark::cli
