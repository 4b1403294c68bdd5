#include "store/sync_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "store/error.h"

namespace tidemark::store {

namespace {

Failure failure_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Failure::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return Failure::read_only;
    case ENOSPC:
    case EDQUOT:
      return Failure::disk_full;
    default:
      return Failure::io_error;
  }
}

std::string owner_of(int descriptor) {
  char text[32] = {};
  const ssize_t size = pread(descriptor, text, sizeof text - 1, 0);
  const std::string pid(text, size > 0 ? std::strcspn(text, "\n") : 0);
  return pid.empty() ? "another process" : "process " + pid;
}

}  // namespace

SyncLock::SyncLock(const std::string& path) {
  if (path == ":memory:") return;
  const std::string doing = "locking " + path + " for syncing";
  // Two names of one file must meet in one lock.
  std::error_code unresolved;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, unresolved);
  const std::string name = (unresolved ? path : real.string()) + "-sync";
  descriptor_ = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw StoreError(failure_of(errno), doing, std::strerror(errno));
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const std::string detail = error == EWOULDBLOCK ? owner_of(descriptor_) + " syncs this file" : std::strerror(error);
    close(std::exchange(descriptor_, -1));
    throw StoreError(error == EWOULDBLOCK ? Failure::locked : failure_of(error), doing, detail);
  }
  // The pid only serves the message of the next one who tries: the lock holds without it, on a full disk say.
  const std::string pid = std::to_string(getpid()) + "\n";
  const bool emptied = ftruncate(descriptor_, 0) == 0;
  [[maybe_unused]] const bool told = emptied && pwrite(descriptor_, pid.data(), pid.size(), 0) > 0;
}

SyncLock::~SyncLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

SyncLock::SyncLock(SyncLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

SyncLock& SyncLock::operator=(SyncLock&& other) noexcept {
  if (this != &other) {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

}  // namespace tidemark::store
