#include "tests/server/watching_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <new>
#include <utility>

namespace tidemark::server::testing {

struct WatchingVfs::State {
  sqlite3_vfs vfs{};
  sqlite3_vfs* base = nullptr;
  std::string name;
  Counters counters;
  int syncs_until_failure = 0;
  bool fail_wal_writes = false;
  bool fail_next_read = false;
  std::int64_t room = -1;
};

namespace {

using State = WatchingVfs::State;

struct File {
  sqlite3_file file;
  State* state;
  bool wal;
  bool database;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File& watched(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
const sqlite3_io_methods& real(sqlite3_file* file) { return *watched(file).real()->pMethods; }

int on_close(sqlite3_file* file) { return real(file).xClose(watched(file).real()); }

int on_read(sqlite3_file* file, void* out, int count, sqlite3_int64 at) {
  if (std::exchange(watched(file).state->fail_next_read, false)) return SQLITE_IOERR_READ;
  return real(file).xRead(watched(file).real(), out, count, at);
}

int on_write(sqlite3_file* file, const void* in, int count, sqlite3_int64 at) {
  auto& self = watched(file);
  if (self.state->room >= 0) {
    if (self.state->room < count) return SQLITE_FULL;
    self.state->room -= count;
  }
  if (self.wal) {
    if (self.state->fail_wal_writes) return SQLITE_IOERR_WRITE;
    ++self.state->counters.wal_writes;
    ++self.state->counters.wal_unsynced;
  }
  return real(file).xWrite(self.real(), in, count, at);
}

int on_truncate(sqlite3_file* file, sqlite3_int64 size) { return real(file).xTruncate(watched(file).real(), size); }

int on_sync(sqlite3_file* file, int flags) {
  auto& self = watched(file);
  if (self.wal) {
    int& left = self.state->syncs_until_failure;
    if (left > 0 && --left == 0) return SQLITE_IOERR_FSYNC;
    ++self.state->counters.wal_syncs;
    self.state->counters.wal_unsynced = 0;
  } else if (self.database) {
    ++self.state->counters.database_syncs;
  }
  return real(file).xSync(self.real(), flags);
}

int on_size(sqlite3_file* file, sqlite3_int64* size) { return real(file).xFileSize(watched(file).real(), size); }
int on_lock(sqlite3_file* file, int level) { return real(file).xLock(watched(file).real(), level); }
int on_unlock(sqlite3_file* file, int level) { return real(file).xUnlock(watched(file).real(), level); }
int on_check(sqlite3_file* file, int* out) { return real(file).xCheckReservedLock(watched(file).real(), out); }
int on_control(sqlite3_file* file, int op, void* arg) { return real(file).xFileControl(watched(file).real(), op, arg); }
int on_sector(sqlite3_file* file) { return real(file).xSectorSize(watched(file).real()); }
int on_features(sqlite3_file* file) { return real(file).xDeviceCharacteristics(watched(file).real()); }
int on_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return real(file).xShmMap(watched(file).real(), page, size, extend, out);
}
int on_shm_lock(sqlite3_file* file, int at, int n, int flags) {
  return real(file).xShmLock(watched(file).real(), at, n, flags);
}
void on_barrier(sqlite3_file* file) { real(file).xShmBarrier(watched(file).real()); }
int on_unmap(sqlite3_file* file, int remove) { return real(file).xShmUnmap(watched(file).real(), remove); }

const sqlite3_io_methods methods = {2,         on_close,   on_read,     on_write,    on_truncate, on_sync,
                                    on_size,   on_lock,    on_unlock,   on_check,    on_control,  on_sector,
                                    on_features, on_map,   on_shm_lock, on_barrier,  on_unmap,    nullptr, nullptr};

int on_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* out, int flags, int* out_flags) {
  auto* state = static_cast<State*>(vfs->pAppData);
  auto* file = new (out) File{};
  file->state = state;
  file->wal = (flags & SQLITE_OPEN_WAL) != 0;
  file->database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  const int result = state->base->xOpen(state->base, path, file->real(), flags, out_flags);
  file->file.pMethods = file->real()->pMethods ? &methods : nullptr;
  return result;
}

}  // namespace

WatchingVfs::WatchingVfs() : state_(new State) {
  static std::atomic<int> made = 0;
  state_->name = "watching-" + std::to_string(++made);
  state_->base = sqlite3_vfs_find(nullptr);
  state_->vfs = *state_->base;
  state_->vfs.pNext = nullptr;
  state_->vfs.zName = state_->name.c_str();
  state_->vfs.szOsFile = static_cast<int>(sizeof(File)) + state_->base->szOsFile;
  state_->vfs.pAppData = state_;
  state_->vfs.xOpen = on_open;
  sqlite3_vfs_register(&state_->vfs, 0);
}

WatchingVfs::~WatchingVfs() {
  sqlite3_vfs_unregister(&state_->vfs);
  delete state_;
}

const std::string& WatchingVfs::name() const { return state_->name; }
WatchingVfs::Counters& WatchingVfs::counters() { return state_->counters; }
void WatchingVfs::fail_wal_sync(int n) { state_->syncs_until_failure = n; }
void WatchingVfs::leave_room(std::int64_t bytes) { state_->room = bytes; }
void WatchingVfs::fail_wal_writes(bool fail) { state_->fail_wal_writes = fail; }
void WatchingVfs::fail_next_read() { state_->fail_next_read = true; }

}  // namespace tidemark::server::testing
