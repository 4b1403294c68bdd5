// Pages: the pages of a SQLite file as they lie on the disk, for when SQLite itself refuses the file.
//
// What was committed to the write-ahead log beside the file counts instead of the page in the file. Only looks, locks
// nothing, and trusts no byte: https://www.sqlite.org/fileformat2.html is the format.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "crdt/bytes.h"

namespace tidemark::store::internal {

class Pages {
 public:
  // Throws StoreError not_found, not_a_replica (no file) or io_error if it cannot be opened at all.
  explicit Pages(const std::string& path);
  ~Pages();
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  std::uint32_t count() const { return count_; }
  // Page n, from 1, whole; false if it lies beyond the end or the disk does not give it. A last page that was cut off
  // ends in zeros.
  bool read(std::uint32_t n, Bytes& page) const;
  // Pages that the file has given up: what stands in them is old.
  std::unordered_set<std::uint32_t> free_pages() const;

 private:
  void read_log(const std::string& path);

  int file_ = -1;
  int log_ = -1;
  std::uint32_t count_ = 0;
  std::unordered_map<std::uint32_t, std::int64_t> logged_;  // page: where its bytes stand in the log
};

}  // namespace tidemark::store::internal
