#include "server/event_log.h"

#include <doctest/doctest.h>

using namespace tidemark::server;

TEST_CASE("an event is one line of text") {
  CHECK(format_event(LogFormat::text, "listening", {{"address", "127.0.0.1:7700"}, {"sessions", 3}}) ==
        "listening address=127.0.0.1:7700 sessions=3");
  CHECK(format_event(LogFormat::text, "closed", {{"reason", "too late"}, {"peer", ""}}) ==
        "closed reason=\"too late\" peer=\"\"");
}

TEST_CASE("an event is one JSON object") {
  CHECK(format_event(LogFormat::json, "listening", {{"address", "127.0.0.1:7700"}, {"sessions", 3}}) ==
        R"("event":"listening","address":"127.0.0.1:7700","sessions":3)");
}

TEST_CASE("what a peer sent cannot make a second line or break the encoding") {
  for (const auto format : {LogFormat::text, LogFormat::json}) {
    const auto line =
        format_event(format, "closed", {{"reason", "a\nb\"c\\d"}, {"peer", "x=y"}, {"bytes", "ok\xff..."}});
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find("a\\nb\\\"c\\\\d") != std::string::npos);
    CHECK(line.find('\xff') == std::string::npos);
  }
}

TEST_CASE("levels and formats are read as they are written") {
  for (const char* level : {"debug", "info", "warning", "error", "off"})
    CHECK(name_of(*parse_log_level(level)) == std::string(level));
  CHECK_FALSE(parse_log_level("loud"));
  CHECK(parse_log_format("json") == LogFormat::json);
  CHECK_FALSE(parse_log_format("xml"));
}
