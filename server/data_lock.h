// DataLock: one relay a data directory. An operating-system lock on DIR/relay.lock that dies with its owner.
#pragma once

#include <string>

namespace tidemark::server {

class DataLock {
 public:
  // Creates the directory (its parent must exist) and takes the lock. Throws LogError locked, naming the owner's pid, if
  // another process or object holds it; read_only or io_error if the directory cannot be used.
  explicit DataLock(const std::string& directory);
  ~DataLock();
  DataLock(const DataLock&) = delete;
  DataLock& operator=(const DataLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace tidemark::server
