// Config: what tidemark-relay was told, from flags, environment, file and defaults, in this order of precedence.
//
// Every source gives Settings, texts by name ("listen", "token-file", ...), each with the place it stands at, so that an
// error can say "TIDEMARK_RELAY_LISTEN" or "relay.toml line 3". make_config merges and judges them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "crdt/error.h"
#include "server/event_log.h"

namespace tidemark::server {

struct Address {
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 0;
  friend bool operator==(const Address& a, const Address& b) { return a.host == b.host && a.port == b.port; }
};

struct Config {
  std::string data;                   // directory
  Address listen{"127.0.0.1", 7700};  // port 0: any free one
  std::string token_file;             // empty: everybody may use every space
  bool allow_remote = false;
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::text;
};

struct Setting {
  std::string text;
  std::string place;
};
using Settings = std::map<std::string, Setting, std::less<>>;

// The names that may be set, in the order of the help.
struct SettingName {
  const char* name;
  const char* metavariable;  // nullptr: a switch, "true" or "false"
  const char* description;
};
inline constexpr SettingName setting_names[] = {
    {"data", "DIR", "directory of the logs; created if it does not exist"},
    {"listen", "HOST:PORT", "where to listen; port 0 takes any free one (default 127.0.0.1:7700)"},
    {"token-file", "FILE", "ask each device for a token; lines TOKEN SPACE, or TOKEN * for all spaces"},
    {"allow-remote", nullptr, "allow an address that other machines can reach; needs a token file"},
    {"log-level", "LEVEL", "debug, info, warning, error or off (default info)"},
    {"log-format", "FORMAT", "text or json lines on stderr (default text)"},
};

// "token-file" is TIDEMARK_RELAY_TOKEN_FILE. An empty variable counts as not set.
std::string environment_name(std::string_view setting);
Settings environment_settings(const std::function<const char*(const char*)>& get);

// A TOML file (https://toml.io) with these names at its top level. Errors: bad_config with the line: not TOML, an unknown
// name, a value of the wrong type; or that the file cannot be read.
Result<Settings> file_settings(const std::string& path);
Result<Settings> parse_settings(std::string_view toml, const std::string& path);

// Errors: usage (a value that cannot be, or a required one missing), remote_refused.
Result<Config> make_config(const Settings& flags, const Settings& environment, const Settings& file);

// "HOST:PORT", "[IPv6]:PORT"; nothing if it is neither.
std::optional<Address> parse_address(std::string_view text);
// True for 127.0.0.0/8, ::1 and "localhost".
bool is_loopback(const std::string& host);

}  // namespace tidemark::server
