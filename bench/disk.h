// Disk: what a sync of the disk costs alone, without a database above it.
#pragma once

#include <cstddef>
#include <string>

namespace tidemark::bench {

// A file that grows by appends, each synced before the call returns. Made at a path that does not exist.
class SyncedFile {
 public:
  explicit SyncedFile(const std::string& path);
  ~SyncedFile();
  SyncedFile(const SyncedFile&) = delete;
  SyncedFile& operator=(const SyncedFile&) = delete;
  void append(std::size_t bytes);

 private:
  int file_;
};

}  // namespace tidemark::bench
