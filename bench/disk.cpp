#include "bench/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

namespace tidemark::bench {

SyncedFile::SyncedFile(const std::string& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600)) {
  if (file_ < 0) throw std::runtime_error(path + " cannot be created");
}

SyncedFile::~SyncedFile() { ::close(file_); }

void SyncedFile::append(std::size_t bytes) {
  const std::string text(bytes, 'x');
  if (::write(file_, text.data(), bytes) != ssize_t(bytes) || ::fdatasync(file_) != 0)
    throw std::runtime_error("a synced append failed");
}

std::uint64_t disk_bytes(const std::string& folder) {
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) sum += entry.file_size();
  }
  return sum;
}

}  // namespace tidemark::bench
