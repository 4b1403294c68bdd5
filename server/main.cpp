// The `tidemark-relay` program: reads its settings, opens the directory, serves until it is told to stop.
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <system_error>

#include "crdt/json.h"
#include "server/config.h"
#include "server/data_lock.h"
#include "server/event_log.h"
#include "server/log_error.h"
#include "server/service.h"

namespace tidemark::server {
namespace {

constexpr int exit_ok = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

constexpr const char* about =
    "A Tidemark relay: keeps the bundles of devices durably and passes them on, over WebSockets.";

constexpr const char* footer = R"(
Examples:
  tidemark-relay --data /var/lib/tidemark
  tidemark-relay --data ./data --listen 127.0.0.1:0        # prints the port it got
  tidemark-relay --config /etc/tidemark-relay.toml --log-format json
  tidemark-relay --data ./data --listen 0.0.0.0:7700 --allow-remote --token-file tokens

A configuration file is TOML and holds the same names:
  data = "/var/lib/tidemark"
  listen = "127.0.0.1:7700"
  token-file = "/etc/tidemark/tokens"
A flag counts before the environment, the environment before the file.

When it is ready, the first line on stdout is {"listening":"HOST:PORT"}; the log goes to stderr.
http://HOST:PORT/healthz says how it is, /metrics says so to Prometheus.
SIGTERM or SIGINT lets what was taken in be confirmed and stops; a second one stops at once.

Exit status: 0 stopped as told, 1 failed (the directory is locked or damaged, the address is in use), 2 usage.)";

int refuse(const Error& error, int status) {
  std::fprintf(stderr, "tidemark-relay: %s\n", to_string(error).c_str());
  return status;
}

// A descriptor that the caller closed would be given to the database, and a message would end up in it.
void occupy_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) {
      [[maybe_unused]] const int opened = ::open("/dev/null", O_RDWR);
    }
  }
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  randombytes_buf(&number, sizeof number);
  return number;
}

Result<Config> configure(const Settings& flags, const std::string& config_flag) {
  const char* from_environment = std::getenv("TIDEMARK_RELAY_CONFIG");
  const std::string path = !config_flag.empty() ? config_flag : from_environment ? from_environment : "";
  Settings file;
  if (!path.empty()) {
    auto read = file_settings(path);
    if (!read) return read.error();
    file = std::move(*read);
  }
  return make_config(flags, environment_settings([](const char* name) { return std::getenv(name); }), file);
}

int serve(const Config& config) {
  set_up_event_log(config.log_level, config.log_format);
  ServiceOptions options;
  if (!config.token_file.empty()) {
    auto tokens = Tokens::read(config.token_file);
    if (!tokens) return refuse(tokens.error(), exit_usage);
    options.tokens = std::move(*tokens);
  }
  options.listen = config.listen;
  options.log.path = config.data + "/relay.db";
  options.wall_clock = system_wall_ms;
  options.random = random_number;
  options.version = TIDEMARK_VERSION;

  const DataLock lock(config.data);
  net::Loop loop;
  Service service(loop, std::move(options));
  loop.on_termination([&, asked = false]() mutable {
    if (std::exchange(asked, true)) std::_Exit(exit_failed);
    service.stop([&] { loop.stop(); });
  });
  log_event(LogLevel::info, "listening",
            {{"address", service.address()},
             {"data", config.data},
             {"version", TIDEMARK_VERSION},
             {"tokens", config.token_file.empty() ? "none" : config.token_file}});
  std::printf("{\"listening\":%s}\n", quote_json(service.address()).c_str());
  std::fflush(stdout);
  loop.run();
  log_event(LogLevel::info, "stopped");
  return exit_ok;
}

int run(int count, char** values) {
  CLI::App app(about, "tidemark-relay");
  app.footer(footer);
  app.set_version_flag("--version", "tidemark-relay " TIDEMARK_VERSION);
  std::string config_flag;
  std::map<std::string, std::string> texts;
  bool allow_remote = false;
  for (const auto& setting : setting_names) {
    const std::string name = setting.name;
    const std::string help = std::string(setting.description) + " [" + environment_name(name) + "]";
    if (setting.metavariable) {
      app.add_option("--" + name, texts[name], help)->type_name(setting.metavariable);
    } else {
      app.add_flag("--" + name, allow_remote, help);
    }
  }
  app.add_option("--config", config_flag, "read settings from this file [TIDEMARK_RELAY_CONFIG]")->type_name("FILE");
  try {
    app.parse(count, values);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return refuse({"usage", error.what(), "", "", "See: tidemark-relay --help", Retry::after_fix}, exit_usage);
  }

  Settings flags;
  for (const auto& [name, text] : texts) {
    if (app.count("--" + name) > 0) flags[name] = {text, "--" + name};
  }
  if (allow_remote) flags["allow-remote"] = {"true", "--allow-remote"};
  const auto config = configure(flags, config_flag);
  if (!config) return refuse(config.error(), exit_usage);
  return serve(*config);
}

}  // namespace
}  // namespace tidemark::server

int main(int count, char** values) {
  using namespace tidemark;
  server::occupy_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  try {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used here");
    return server::run(count, values);
  } catch (const server::LogError& failure) {
    return server::refuse(failure.error(), server::exit_failed);
  } catch (const std::exception& failure) {
    return server::refuse({"failed", failure.what(), "", "", "", Retry::after_fix}, server::exit_failed);
  }
}
