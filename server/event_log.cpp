#include "server/event_log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <memory>

#include "crdt/json.h"
#include "crdt/utf8.h"

namespace tidemark::server {
namespace {

std::atomic<LogFormat> current_format = LogFormat::text;

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger> make_logger(LogFormat format) {
  const char* pattern =
      format == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})" : "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
  auto logger = std::make_shared<spdlog::logger>("relay", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
  logger->set_level(spdlog::level::info);
  return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
  static auto only = make_logger(LogFormat::text);
  return only;
}

// What a peer sent may hold anything; a line stays a line of UTF-8.
std::string readable(std::string_view text) {
  return is_utf8(text) ? std::string(text) : std::string(text.substr(0, utf8_prefix(text))) + "...";
}

bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char each) {
    return each > ' ' && each < 0x7F && each != '"' && each != '=' && each != '\\';
  });
}

}  // namespace

const char* name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
    case LogLevel::off:
      return "off";
  }
  return "info";
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
  for (const auto level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error, LogLevel::off}) {
    if (text == name_of(level)) return level;
  }
  return std::nullopt;
}

std::optional<LogFormat> parse_log_format(std::string_view text) {
  if (text == "text") return LogFormat::text;
  if (text == "json") return LogFormat::json;
  return std::nullopt;
}

void set_up_event_log(LogLevel level, LogFormat format) {
  current_format = format;
  logger() = make_logger(format);
  logger()->set_level(spdlog_level(level));
}

std::string format_event(LogFormat format, std::string_view event, std::initializer_list<Field> fields) {
  const bool json = format == LogFormat::json;
  std::string line = json ? "\"event\":" + quote_json(event) : std::string(event);
  for (const auto& field : fields) {
    line += json ? "," + quote_json(field.name) + ":" : " " + std::string(field.name) + "=";
    const bool plain = json ? !field.quoted : !field.quoted || is_plain(field.value);
    line += plain ? field.value : quote_json(readable(field.value));
  }
  return line;
}

void log_event(LogLevel level, std::string_view event, std::initializer_list<Field> fields) {
  const auto at = spdlog_level(level);
  if (!logger()->should_log(at)) return;
  logger()->log(at, spdlog::string_view_t(format_event(current_format, event, fields)));
}

}  // namespace tidemark::server
