// SyncLock: one syncing process a file. An operating-system lock on "<file>-sync" that dies with its owner.
#pragma once

#include <string>

namespace tidemark::store {

class SyncLock {
 public:
  // Throws StoreError locked, naming the owner's pid, if another process or object holds it. ":memory:" always succeeds.
  explicit SyncLock(const std::string& path);
  ~SyncLock();
  SyncLock(SyncLock&& other) noexcept;
  SyncLock& operator=(SyncLock&& other) noexcept;

 private:
  int descriptor_ = -1;
};

}  // namespace tidemark::store
