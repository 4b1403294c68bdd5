#include "server/config.h"

#include <arpa/inet.h>

#include <charconv>

namespace tidemark::server {
namespace {

Error bad_value(const Setting& setting, std::string limit, std::string hint) {
  return {"usage", setting.place, "\"" + setting.text + "\"", std::move(limit), std::move(hint), Retry::after_fix};
}

}  // namespace

std::string environment_name(std::string_view setting) {
  std::string name = "TIDEMARK_RELAY_";
  for (const char each : setting) {
    name += each == '-' ? '_' : static_cast<char>(each >= 'a' && each <= 'z' ? each - 'a' + 'A' : each);
  }
  return name;
}

Settings environment_settings(const std::function<const char*(const char*)>& get) {
  Settings settings;
  for (const auto& known : setting_names) {
    const auto variable = environment_name(known.name);
    const char* value = get(variable.c_str());
    if (value && *value) settings[known.name] = {value, variable};
  }
  return settings;
}

std::optional<Address> parse_address(std::string_view text) {
  Address address;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of("[]:") != std::string_view::npos) {
    return std::nullopt;  // without brackets nobody can tell where the port begins
  }
  const auto port = text.substr(colon + 1);
  const auto* end = port.data() + port.size();
  const auto parsed = std::from_chars(port.data(), end, address.port);
  if (host.empty() || port.empty() || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  address.host = host;
  return address;
}

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return host == "localhost";
}

Result<Config> make_config(const Settings& flags, const Settings& environment, const Settings& file) {
  const auto find = [&](const char* name) -> const Setting* {
    for (const auto* source : {&flags, &environment, &file}) {
      const auto found = source->find(name);
      if (found != source->end()) return &found->second;
    }
    return nullptr;
  };

  Config config;
  const auto* data = find("data");
  if (!data || data->text.empty()) {
    return Error{"usage",
                 "--data",
                 "nothing",
                 "a directory",
                 "Name the directory of the logs: tidemark-relay --data DIR",
                 Retry::after_fix};
  }
  config.data = data->text;
  if (const auto* tokens = find("token-file")) config.token_file = tokens->text;
  if (const auto* listen = find("listen")) {
    const auto address = parse_address(listen->text);
    if (!address) return bad_value(*listen, "HOST:PORT", "For example 127.0.0.1:7700, or [::1]:7700.");
    config.listen = *address;
  }
  if (const auto* remote = find("allow-remote")) {
    if (remote->text != "true" && remote->text != "false") return bad_value(*remote, "true or false", "");
    config.allow_remote = remote->text == "true";
  }
  if (const auto* level = find("log-level")) {
    const auto parsed = parse_log_level(level->text);
    if (!parsed) return bad_value(*level, "debug, info, warning, error or off", "");
    config.log_level = *parsed;
  }
  if (const auto* format = find("log-format")) {
    const auto parsed = parse_log_format(format->text);
    if (!parsed) return bad_value(*format, "text or json", "");
    config.log_format = *parsed;
  }
  if (!is_loopback(config.listen.host) && (!config.allow_remote || config.token_file.empty())) {
    return Error{"remote_refused",
                 "listen",
                 config.listen.host,
                 "a loopback address, or --allow-remote and --token-file",
                 "Other machines could reach this address. If that is meant, say --allow-remote and name a token file.",
                 Retry::after_fix};
  }
  return config;
}

}  // namespace tidemark::server
