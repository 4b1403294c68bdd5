#include "server/data_lock.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "server/log_error.h"
#include "tests/support/temp_dir.h"

using namespace tidemark::server;
using tidemark::test::TempDir;

namespace {

std::optional<LogError> failure(const std::string& path) {
  try {
    const DataLock lock(path);
  } catch (const LogError& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a data directory is created and locked until its lock goes") {
  const TempDir directory;
  const auto data = directory / "data";
  {
    const DataLock lock(data);
    CHECK(std::filesystem::is_directory(data));
    const auto error = failure(data);
    REQUIRE(error);
    CHECK(error->failure() == LogFailure::locked);
    CHECK(std::string(error->what()).find("process " + std::to_string(::getpid())) != std::string::npos);
  }
  CHECK_FALSE(failure(data));
}

TEST_CASE("the lock of a killed process is gone with it") {
  const TempDir directory;
  const auto data = directory / "data";
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const DataLock lock(data);
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    ::pause();
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  const auto error = failure(data);
  REQUIRE(error);
  CHECK(std::string(error->what()).find("process " + std::to_string(child)) != std::string::npos);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  CHECK_FALSE(failure(data));
}

TEST_CASE("a directory that cannot be used is an error with its name") {
  const TempDir directory;
  const auto error = failure(directory / "missing/data");
  REQUIRE(error);
  CHECK(error->failure() == LogFailure::io_error);
  CHECK(std::string(error->what()).find("missing/data") != std::string::npos);
}
