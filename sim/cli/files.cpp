#include "sim/cli/files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "sim/cli/verb.h"

namespace tidemark::sim::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw Refusal{exit_file, path + ": " + why};
}

std::string folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

// A descriptor that is closed at the end of its scope.
struct Descriptor {
  explicit Descriptor(int number_) : number(number_) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  int number;
};

}  // namespace

std::string read_file(const std::string& path) {
  if (fs::is_directory(path)) refuse(path, "is a folder");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) refuse(path, errno != 0 ? std::strerror(errno) : "cannot be read");
  return text;
}

void write_file(const std::string& path, std::string_view text) {
  // A device or a pipe has no name to be renamed to.
  const bool plain = !fs::exists(path) || fs::is_regular_file(path);
  const std::string next = plain ? path + ".new" : path;
  const Descriptor file(::open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  bool good = file.number >= 0;
  while (good && !text.empty()) {
    const ssize_t written = ::write(file.number, text.data(), text.size());
    if (written > 0) text.remove_prefix(std::size_t(written));
    good = written > 0 || errno == EINTR;
  }
  if (plain) good = good && ::fsync(file.number) == 0 && std::rename(next.c_str(), path.c_str()) == 0;
  if (good) return;
  const std::string why = std::strerror(errno);
  if (plain && file.number >= 0) ::unlink(next.c_str());
  refuse(path, why);
}

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) refuse(path, error.message());
}

void update_file(const std::string& path, const std::function<std::string(const std::string& before)>& next) {
  const Descriptor folder(::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.number < 0 || ::flock(folder.number, LOCK_EX) != 0) refuse(path, std::strerror(errno));
  write_file(path, next(fs::exists(path) ? read_file(path) : ""));
}

Tapes read_tape(const std::string& path) {
  Result<Tapes> tapes = Tapes::parse(read_file(path));
  if (!tapes) refuse(path, to_string(tapes.error()));
  if (tapes->invariant.starts_with("rule: "))
    refuse(path, "breaks " + tapes->invariant + ", of an app; only a program with that app in it can play it");
  return std::move(*tapes);
}

std::string keep_tape(const std::string& folder, const RunReport& report) {
  const std::string name = report.tapes.profile.name + "-" + std::to_string(report.seed) + ".tape";
  std::string path = (fs::path(folder) / name).string();
  write_file(path, report.tapes.to_text());
  return path;
}

}  // namespace tidemark::sim::cli
