#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "server/config.h"

namespace tidemark::server {
namespace {

std::string place(const std::string& path, const toml::source_region& region) {
  return path + " line " + std::to_string(region.begin.line);
}

Error bad_config(std::string field, std::string got, std::string limit, std::string hint) {
  return {"bad_config", std::move(field), std::move(got), std::move(limit), std::move(hint), Retry::after_fix};
}

std::string known_names() {
  std::string names;
  for (const auto& known : setting_names) names += (names.empty() ? "" : ", ") + std::string(known.name);
  return names;
}

}  // namespace

Result<Settings> parse_settings(std::string_view text, const std::string& path) {
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return bad_config(place(path, error.source()), std::string(error.description()), "TOML", "Correct the line.");
  }
  // A table is sorted by name; errors are told in the order of the file.
  std::optional<std::pair<toml::source_position, Error>> first;
  const auto complain = [&](const toml::source_region& region, Error error) {
    if (!first || region.begin < first->first) first.emplace(region.begin, std::move(error));
  };
  Settings settings;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const auto where = place(path, key.source());
    const auto* known = std::find_if(std::begin(setting_names), std::end(setting_names),
                                     [&](const SettingName& each) { return name == each.name; });
    if (known == std::end(setting_names)) {
      complain(key.source(), bad_config(where, "\"" + name + "\"", "one of " + known_names(), "Correct the name."));
    } else if (known->metavariable ? !node.is_string() : !node.is_boolean()) {
      complain(key.source(), bad_config(where, "\"" + name + "\" of another type",
                                        known->metavariable ? "a text in quotes" : "true or false", ""));
    } else {
      const auto value = known->metavariable ? **node.as_string() : std::string(**node.as_boolean() ? "true" : "false");
      settings[name] = {value, where};
    }
  }
  if (first) return std::move(first->second);
  return settings;
}

Result<Settings> file_settings(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return bad_config(path, "a file that cannot be read", "", "Check the name and its permissions.");
  return parse_settings(text, path);
}

}  // namespace tidemark::server
