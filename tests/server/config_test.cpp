#include "server/config.h"

#include <doctest/doctest.h>

#include <fstream>

#include "tests/support/temp_dir.h"

using namespace tidemark;
using namespace tidemark::server;
using tidemark::test::TempDir;

namespace {

Settings settings(std::initializer_list<std::pair<const char*, const char*>> pairs, const std::string& place = "--") {
  Settings made;
  for (const auto& [name, text] : pairs) made[name] = {text, place + name};
  return made;
}

Error refused(const Settings& flags) {
  const auto config = make_config(flags, {}, {});
  REQUIRE_FALSE(config);
  return config.error();
}

}  // namespace

TEST_CASE("flags count before environment, file and defaults") {
  const auto flags = settings({{"data", "from-flag"}});
  const auto environment = settings({{"data", "from-environment"}, {"log-level", "debug"}, {"listen", "127.0.0.1:1"}});
  const auto file =
      settings({{"data", "from-file"}, {"log-level", "error"}, {"log-format", "json"}, {"listen", "127.0.0.1:2"}});
  const auto config = make_config(flags, environment, file);
  REQUIRE(config);
  CHECK(config->data == "from-flag");
  CHECK(config->log_level == LogLevel::debug);
  CHECK(config->log_format == LogFormat::json);
  CHECK(config->listen == Address{"127.0.0.1", 1});
  CHECK_FALSE(config->allow_remote);
}

TEST_CASE("only the data directory is required") {
  const auto config = make_config(settings({{"data", "d"}}), {}, {});
  REQUIRE(config);
  CHECK(config->listen == Address{"127.0.0.1", 7700});
  CHECK(config->token_file.empty());
  CHECK(config->log_level == LogLevel::info);
  CHECK(refused({}).code == "usage");
  CHECK(refused(settings({{"data", ""}})).field == "--data");
}

TEST_CASE("an address is HOST:PORT") {
  CHECK(parse_address("127.0.0.1:0") == Address{"127.0.0.1", 0});
  CHECK(parse_address("localhost:65535") == Address{"localhost", 65535});
  CHECK(parse_address("[::1]:7700") == Address{"::1", 7700});
  for (const char* bad :
       {"", ":", "7700", "127.0.0.1", ":7700", "host:", "host:65536", "host:-1", "host:1x", "::1:7700", "[]:1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_address(bad));
  }
}

TEST_CASE("an address that others can reach needs the word and a token file") {
  for (const char* local : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1"}) {
    CHECK(make_config(settings({{"data", "d"}, {"listen", local}}), {}, {}));
  }
  for (const char* remote : {"0.0.0.0:1", "[::]:1", "192.168.0.1:1", "example.org:1", "127.evil.example:1"}) {
    CAPTURE(remote);
    CHECK(refused(settings({{"data", "d"}, {"listen", remote}})).code == "remote_refused");
    CHECK(refused(settings({{"data", "d"}, {"listen", remote}, {"allow-remote", "true"}})).code == "remote_refused");
    CHECK(refused(settings({{"data", "d"}, {"listen", remote}, {"token-file", "t"}})).code == "remote_refused");
    CHECK(make_config(settings({{"data", "d"}, {"listen", remote}, {"token-file", "t"}, {"allow-remote", "true"}}), {},
                      {}));
  }
}

TEST_CASE("a value that cannot be is refused with the place it stands at") {
  const std::pair<const char*, const char*> bad[] = {
      {"listen", "nowhere"}, {"allow-remote", "maybe"}, {"log-level", "loud"}, {"log-format", "xml"}};
  for (const auto& each : bad) {
    const auto error = refused(settings({{"data", "d"}, each}, "here: "));
    CHECK(error.code == "usage");
    CHECK(error.field == std::string("here: ") + each.first);
    CHECK(error.got == "\"" + std::string(each.second) + "\"");
  }
}

TEST_CASE("the environment names settings in capitals") {
  CHECK(environment_name("token-file") == "TIDEMARK_RELAY_TOKEN_FILE");
  const auto found = environment_settings([](const char* name) -> const char* {
    if (std::string(name) == "TIDEMARK_RELAY_LISTEN") return "127.0.0.1:9";
    if (std::string(name) == "TIDEMARK_RELAY_DATA") return "";
    return nullptr;
  });
  REQUIRE(found.size() == 1);
  CHECK(found.at("listen").text == "127.0.0.1:9");
  CHECK(found.at("listen").place == "TIDEMARK_RELAY_LISTEN");
}

TEST_CASE("a file holds the same names as TOML") {
  const auto read = parse_settings(
      "# relay\ndata = '/srv/tidemark'\nlisten = \"127.0.0.1:7701\"\nallow-remote = true\n", "relay.toml");
  REQUIRE(read);
  CHECK(read->size() == 3);
  CHECK(read->at("data").text == "/srv/tidemark");
  CHECK(read->at("listen").place == "relay.toml line 3");
  CHECK(read->at("allow-remote").text == "true");
}

TEST_CASE("a bad file is refused with its line") {
  const auto field = [](const char* text) {
    const auto read = parse_settings(text, "relay.toml");
    REQUIRE_FALSE(read);
    CHECK(read.error().code == "bad_config");
    return read.error().field;
  };
  CHECK(field("data = 'd'\n\nlissten = 'x'\nabc = 1\n") == "relay.toml line 3");
  CHECK(field("data = 7\n") == "relay.toml line 1");
  CHECK(field("data = 'd'\nallow-remote = 'true'\n") == "relay.toml line 2");
  CHECK(field("data = 'd'\nlisten = \n") == "relay.toml line 2");
  CHECK(field("[server]\ndata = 'd'\n") == "relay.toml line 1");
  CHECK(field("data = 'd'\ndata = 'e'\n") == "relay.toml line 2");
}

TEST_CASE("a config file is read, or the error names it") {
  const TempDir directory;
  const auto path = directory / "relay.toml";
  CHECK(file_settings(path).error().field == path);
  std::ofstream(path) << "data = 'd'\n";
  const auto read = file_settings(path);
  REQUIRE(read);
  CHECK(read->at("data").place == path + " line 1");
}
