// WatchingVfs: the default SQLite VFS, watched: it counts what is written and synced, and fails the calls it is told to.
#pragma once

#include <cstdint>
#include <string>

namespace tidemark::server::testing {

class WatchingVfs {
 public:
  WatchingVfs();  // registers it under name()
  ~WatchingVfs();
  WatchingVfs(const WatchingVfs&) = delete;
  WatchingVfs& operator=(const WatchingVfs&) = delete;
  const std::string& name() const;

  struct Counters {
    int wal_writes = 0;
    int wal_syncs = 0;
    int wal_unsynced = 0;    // writes to the write-ahead log since its last sync
    int database_syncs = 0;
  };
  Counters& counters();

  // The n-th sync of the write-ahead log from now on (1 = the next) fails; 0 stops failing.
  void fail_wal_sync(int n);
  // From now on so many bytes more can be written, then the disk is full; negative: without limit.
  void leave_room(std::int64_t bytes);
  void fail_wal_writes(bool fail);
  void fail_next_read();

  struct State;

 private:
  State* state_;
};

}  // namespace tidemark::server::testing
