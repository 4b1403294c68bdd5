#include "server/data_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "server/log_error.h"

namespace tidemark::server {
namespace {

[[noreturn]] void fail(const std::string& doing, int number) {
  const bool denied = number == EACCES || number == EROFS || number == EPERM;
  throw LogError(denied ? LogFailure::read_only : LogFailure::io_error, doing, std::strerror(number));
}

std::string owner_of(int descriptor) {
  char text[32];
  const auto count = ::pread(descriptor, text, sizeof text, 0);
  if (count <= 0) return "another process";
  const std::string pid(text, static_cast<std::size_t>(count));
  return "process " + pid.substr(0, pid.find('\n'));
}

// SQLite syncs the directory of its files, but not what that directory is named in.
void sync_parent(const std::string& directory) {
  const auto parent = std::filesystem::absolute(directory).lexically_normal().parent_path();
  const int descriptor = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // a parent that we may use but not read
  const int result = ::fsync(descriptor);
  const int number = errno;
  ::close(descriptor);
  if (result != 0) fail("syncing " + parent.string(), number);
}

}  // namespace

DataLock::DataLock(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) {
    sync_parent(directory);
  } else if (errno != EEXIST) {
    fail("creating " + directory, errno);
  }
  const std::string path = directory + "/relay.lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0) fail("opening " + path, errno);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int number = errno;
    const std::string owner = owner_of(descriptor_);
    ::close(descriptor_);
    if (number != EWOULDBLOCK) fail("locking " + path, number);
    throw LogError(LogFailure::locked, "opening " + directory, owner + " uses this directory");
  }
  // Only for messages: a full disk must not keep a relay from serving what it has.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(descriptor_, 0) == 0) [[maybe_unused]]
    const auto written = ::pwrite(descriptor_, pid.data(), pid.size(), 0);
}

DataLock::~DataLock() { ::close(descriptor_); }

}  // namespace tidemark::server
