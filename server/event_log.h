// The relay's structured log on stderr: one line an event, as text or as a JSON object.
//
//   2026-11-20T14:40:12.345Z info connection_closed session=7 code=1008 reason="first message too late"
//   {"time":"2026-11-20T14:40:12.345Z","level":"info","event":"connection_closed","session":7,"code":1008,...}
//
// Event names are stable, lower_snake_case. Nothing secret goes in: no credential, no content of a bundle.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::server {

enum class LogLevel { debug, info, warning, error, off };
enum class LogFormat { text, json };

// "debug" and so on, and back.
const char* name_of(LogLevel level);
std::optional<LogLevel> parse_log_level(std::string_view text);
std::optional<LogFormat> parse_log_format(std::string_view text);

struct Field {
  Field(std::string_view name_, std::string_view text) : name(name_), value(text), quoted(true) {}
  Field(std::string_view name_, const std::string& text) : Field(name_, std::string_view(text)) {}
  Field(std::string_view name_, const char* text) : Field(name_, std::string_view(text)) {}
  Field(std::string_view name_, std::uint64_t number) : name(name_), value(std::to_string(number)) {}

  std::string_view name;  // lower_snake_case
  std::string value;
  bool quoted = false;
};

// Call it before the first event; until then events go to stderr as text from level info up.
void set_up_event_log(LogLevel level, LogFormat format);

// From any thread.
void log_event(LogLevel level, std::string_view event, std::initializer_list<Field> fields = {});

// What follows the level in a line, without its end.
std::string format_event(LogFormat format, std::string_view event, std::initializer_list<Field> fields);

}  // namespace tidemark::server
