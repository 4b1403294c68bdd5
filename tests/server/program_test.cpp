#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tests/server/log_world.h"
#include "tests/server/running_service.h"

using namespace tidemark;
using namespace tidemark::server;
using namespace tidemark::server::testing;

namespace {

// A tidemark-relay as a process.
class Program {
 public:
  Program(const TempDir& directory, std::vector<std::string> arguments, std::vector<std::string> environment = {})
      : errors_(directory / "stderr") {
    int out[2];
    REQUIRE(::pipe(out) == 0);
    arguments.insert(arguments.begin(), TIDEMARK_RELAY);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(::open(errors_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
      ::close(out[0]);
      ::close(out[1]);
      std::vector<char*> words;
      for (auto& word : arguments) words.push_back(word.data());
      words.push_back(nullptr);
      for (auto& variable : environment) ::putenv(variable.data());
      ::execv(TIDEMARK_RELAY, words.data());
      ::_exit(127);
    }
    ::close(out[1]);
    output_ = out[0];
  }
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      wait();
    }
    ::close(output_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  std::string line() {
    std::string text;
    for (char each; ::read(output_, &each, 1) == 1 && each != '\n';) text += each;
    return text;
  }
  // Of the line that says that it is ready.
  std::string address() {
    const auto text = line();
    const std::string before = "{\"listening\":\"";
    if (text.compare(0, before.size(), before) != 0) return text;
    return text.substr(before.size(), text.size() - before.size() - 2);
  }
  void signal(int number) { ::kill(pid_, number); }
  // The exit status; -1 for one that was killed.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string errors() const {
    std::ifstream file(errors_);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  bool complained(const std::string& part) const { return errors().find(part) != std::string::npos; }

 private:
  std::string errors_;
  pid_t pid_ = 0;
  int output_ = -1;
};

std::vector<std::string> any_port(const TempDir& directory) {
  return {"--data", directory / "data", "--listen", "127.0.0.1:0"};
}

int refused(const TempDir& directory, std::vector<std::string> arguments, const std::string& code) {
  Program program(directory, std::move(arguments));
  CHECK(program.line().empty());
  const int status = program.wait();
  CAPTURE(program.errors());
  CHECK(program.complained(code));
  return status;
}

}  // namespace

TEST_CASE("the program serves until SIGTERM and exits with 0") {
  const TempDir directory;
  for (const int number : {SIGTERM, SIGINT}) {
    Program program(directory, any_port(directory));
    const auto address = program.address();
    Device alice(*net::parse_url("ws://" + address), "notes", 1);
    REQUIRE(alice.hello());
    REQUIRE(alice.next<sync::Welcome>());
    program.signal(number);
    CHECK(alice.closed() == 1001);
    CHECK(program.wait() == 0);
    CHECK(program.complained("listening address=" + address));
    CHECK(program.complained("stopped"));
  }
}

TEST_CASE("a second signal stops the program at once") {
  const TempDir directory;
  Program program(directory, any_port(directory));
  test::RawSocket mute(program.address());  // never answers the closing handshake
  REQUIRE(mute.upgrade() == 101);
  program.signal(SIGTERM);
  REQUIRE(mute.read_close().close_code() == 1001);
  program.signal(SIGTERM);
  CHECK(program.wait() == 1);
}

TEST_CASE("a killed program keeps everything it confirmed") {
  const TempDir directory;
  std::uint64_t confirmed = 0;
  {
    Program program(directory, any_port(directory));
    Device alice(*net::parse_url("ws://" + program.address()), "notes", 1);
    REQUIRE(alice.hello());
    REQUIRE(alice.next<sync::Welcome>());
    for (int i = 0; i < 200; ++i) alice.push("value " + std::to_string(i));
    confirmed = alice.next<sync::Confirm>()->n;
    program.signal(SIGKILL);
    while (const auto confirm = alice.next<sync::Confirm>()) confirmed = confirm->n;
    CHECK(program.wait() == -1);
  }
  Program program(directory, any_port(directory));
  Device bob(*net::parse_url("ws://" + program.address()), "notes", 2);
  REQUIRE(bob.hello());
  CHECK(bob.next<sync::Welcome>()->seq >= confirmed);
}

TEST_CASE("two programs never share a directory") {
  const TempDir directory;
  Program first(directory, any_port(directory));
  REQUIRE_FALSE(first.address().empty());
  const TempDir elsewhere;
  CHECK(refused(elsewhere, any_port(directory), "tidemark-relay: locked: ") == 1);
  first.signal(SIGKILL);
  first.wait();
  Program second(directory, any_port(directory));
  CHECK_FALSE(second.address().empty());
}

TEST_CASE("an address in use is a failure that names it") {
  const TempDir directory, elsewhere;
  Program first(directory, any_port(directory));
  const auto address = first.address();
  CHECK(refused(elsewhere, {"--data", elsewhere / "data", "--listen", address}, address) == 1);
}

TEST_CASE("what cannot be meant is a usage error") {
  const TempDir directory;
  const auto data = directory / "data";
  CHECK(refused(directory, {}, "usage: --data") == 2);
  CHECK(refused(directory, {"--data", data, "--listen", "nowhere"}, "usage: --listen") == 2);
  CHECK(refused(directory, {"--data", data, "--colour", "blue"}, "--colour") == 2);
  CHECK(refused(directory, {"--data", data, "--listen", "0.0.0.0:0"}, "remote_refused") == 2);
  CHECK(refused(directory, {"--data", data, "--listen", "0.0.0.0:0", "--allow-remote"}, "remote_refused") == 2);
  CHECK(refused(directory, {"--data", data, "--token-file", directory / "none"}, "bad_token_file") == 2);
  CHECK(refused(directory, {"--config", directory / "none.toml"}, "bad_config") == 2);
  CHECK_FALSE(std::filesystem::exists(data));
}

TEST_CASE("help teaches and version tells, both with 0") {
  const TempDir directory;
  Program help(directory, {"--help"});
  std::string text;
  for (auto line = help.line();; line = help.line()) {
    text += line + "\n";
    if (line.find("Exit status") != std::string::npos) break;
  }
  CHECK(help.wait() == 0);
  for (const char* word : {"--data DIR", "TIDEMARK_RELAY_TOKEN_FILE", "Examples:", "/healthz", "2 usage"}) {
    CHECK(text.find(word) != std::string::npos);
  }
  Program version(directory, {"--version"});
  CHECK(version.line().find("tidemark-relay ") == 0);
  CHECK(version.wait() == 0);
}

TEST_CASE("settings come from environment and file too") {
  const TempDir directory;
  std::ofstream(directory / "relay.toml") << "data = '" << directory / "data"
                                          << "'\nlisten = '127.0.0.1:1'\nlog-format = 'json'\n";
  std::ofstream(directory / "tokens") << "0123456789abcdef notes\n";
  Program program(directory, {"--token-file", directory / "tokens"},
                  {"TIDEMARK_RELAY_CONFIG=" + (directory / "relay.toml"), "TIDEMARK_RELAY_LISTEN=127.0.0.1:0"});
  Device alice(*net::parse_url("ws://" + program.address()), "notes", 1, "0123456789abcdef");
  REQUIRE(alice.hello());
  CHECK(alice.next<sync::Welcome>());
  CHECK(program.complained("\"event\":\"listening\""));
  CHECK(std::filesystem::exists(directory / "data/relay.db"));
}
