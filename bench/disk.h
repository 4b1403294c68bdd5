// Disk: what a sync of it costs alone, without a database above it, and what files take of it.
#pragma once

#include <cstddef>
#include <cstdint>
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

// Of the files in a folder and below it.
std::uint64_t disk_bytes(const std::string& folder);

}  // namespace tidemark::bench
