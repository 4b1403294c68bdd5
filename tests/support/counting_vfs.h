// CountingVfs: SQLite's own file system with an eye on it. It passes every call through, counts syncs, keeps the order of
// what mattered for durability, and lets a test fail a call. The log grows until clear().
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace tidemark {

class CountingVfs {
 public:
  enum class Call { open, write, truncate, sync, remove };

  // Registers the VFS under this name, beside the default one. It must outlive every connection that uses it.
  explicit CountingVfs(std::string name);
  ~CountingVfs();
  CountingVfs(const CountingVfs&) = delete;
  CountingVfs& operator=(const CountingVfs&) = delete;

  const std::string& name() const { return name_; }
  // Since the last clear(): syncs of write-ahead logs; of all files; bytes that were written to them.
  std::uint64_t syncs() const;
  std::uint64_t syncs_of_all() const;
  std::uint64_t written_bytes() const;
  // "sync notes-wal", "write notes" and so on, in order since the last clear(); without folders. A test may add lines.
  std::vector<std::string> log() const;
  void note(const std::string& line);
  void clear();

  // Counts syncs but does not wait for the disk: for tests that do not cut the power.
  bool skips_syncs = false;
  bool keeps_log = true;

  // Called before each call is passed on, from whatever thread makes it. Anything but SQLITE_OK fails the call instead.
  std::function<int(Call call, const std::string& path)> hook;

 private:
  struct File;
  static File* file_of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  static int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags);
  static const sqlite3_io_methods* methods();
  int meet(Call call, const std::string& path, int bytes = 0);

  std::string name_;
  sqlite3_vfs* real_;
  sqlite3_vfs vfs_{};
  mutable std::mutex mutex_;
  std::uint64_t syncs_ = 0;
  std::uint64_t syncs_of_all_ = 0;
  std::uint64_t written_bytes_ = 0;
  std::vector<std::string> log_;
};

// What SQLite holds for an open file: ours in front, the real one behind it in the same memory.
struct CountingVfs::File {
  sqlite3_file base;
  CountingVfs* owner;
  std::string* path;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(this) + offset()); }
  static constexpr std::size_t offset() {
    return (sizeof(File) + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);
  }
};

inline CountingVfs::CountingVfs(std::string name) : name_(std::move(name)), real_(sqlite3_vfs_find(nullptr)) {
  vfs_ = *real_;
  vfs_.zName = name_.c_str();
  vfs_.szOsFile = static_cast<int>(File::offset()) + real_->szOsFile;
  vfs_.pNext = nullptr;
  vfs_.pAppData = this;
  vfs_.xOpen = &open_file;
  vfs_.xDelete = [](sqlite3_vfs* vfs, const char* path, int sync_folder) {
    auto* self = static_cast<CountingVfs*>(vfs->pAppData);
    const int refused = self->meet(Call::remove, path);
    return refused != SQLITE_OK ? refused : self->real_->xDelete(self->real_, path, sync_folder);
  };
  sqlite3_vfs_register(&vfs_, 0);
}

inline CountingVfs::~CountingVfs() { sqlite3_vfs_unregister(&vfs_); }

inline std::uint64_t CountingVfs::syncs() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return syncs_;
}

inline std::uint64_t CountingVfs::syncs_of_all() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return syncs_of_all_;
}

inline std::uint64_t CountingVfs::written_bytes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return written_bytes_;
}

inline std::vector<std::string> CountingVfs::log() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return log_;
}

inline void CountingVfs::note(const std::string& line) {
  const std::lock_guard<std::mutex> lock(mutex_);
  log_.push_back(line);
}

inline void CountingVfs::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  syncs_ = 0;
  syncs_of_all_ = 0;
  written_bytes_ = 0;
  log_.clear();
}

inline int CountingVfs::meet(Call call, const std::string& path, int bytes) {
  if (hook) {
    const int refused = hook(call, path);
    if (refused != SQLITE_OK) return refused;
  }
  static constexpr const char* verbs[] = {"open", "write", "truncate", "sync", "remove"};
  const std::lock_guard<std::mutex> lock(mutex_);
  if (keeps_log) log_.push_back(std::string(verbs[static_cast<int>(call)]) + ' ' + path.substr(path.rfind('/') + 1));
  if (call == Call::sync) ++syncs_of_all_;
  written_bytes_ += static_cast<std::uint64_t>(bytes);
  if (call == Call::sync && path.size() > 4 && path.compare(path.size() - 4, 4, "-wal") == 0) ++syncs_;
  return SQLITE_OK;
}

inline int CountingVfs::open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto* self = static_cast<CountingVfs*>(vfs->pAppData);
  File* ours = file_of(file);
  ours->base.pMethods = nullptr;
  const int refused = self->meet(Call::open, path == nullptr ? "" : path);
  if (refused != SQLITE_OK) return refused;
  const int result = self->real_->xOpen(self->real_, path, ours->real(), flags, out_flags);
  if (ours->real()->pMethods == nullptr) return result;
  ours->owner = self;
  ours->path = new std::string(path == nullptr ? "" : path);
  ours->base.pMethods = methods();
  return result;
}

inline const sqlite3_io_methods* CountingVfs::methods() {
  static const sqlite3_io_methods table = [] {
    sqlite3_io_methods m{};
    m.iVersion = 3;
    m.xClose = [](sqlite3_file* f) {
      File* ours = file_of(f);
      delete ours->path;
      return ours->real()->pMethods->xClose(ours->real());
    };
    m.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
      return file_of(f)->real()->pMethods->xRead(file_of(f)->real(), to, size, at);
    };
    m.xWrite = [](sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
      File* ours = file_of(f);
      const int refused = ours->owner->meet(Call::write, *ours->path, size);
      return refused != SQLITE_OK ? refused : ours->real()->pMethods->xWrite(ours->real(), from, size, at);
    };
    m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
      File* ours = file_of(f);
      const int refused = ours->owner->meet(Call::truncate, *ours->path);
      return refused != SQLITE_OK ? refused : ours->real()->pMethods->xTruncate(ours->real(), size);
    };
    m.xSync = [](sqlite3_file* f, int flags) {
      File* ours = file_of(f);
      const int refused = ours->owner->meet(Call::sync, *ours->path);
      if (refused == SQLITE_OK && ours->owner->skips_syncs) return SQLITE_OK;
      return refused != SQLITE_OK ? refused : ours->real()->pMethods->xSync(ours->real(), flags);
    };
    m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
      return file_of(f)->real()->pMethods->xFileSize(file_of(f)->real(), size);
    };
    m.xLock = [](sqlite3_file* f, int level) { return file_of(f)->real()->pMethods->xLock(file_of(f)->real(), level); };
    m.xUnlock = [](sqlite3_file* f, int level) {
      return file_of(f)->real()->pMethods->xUnlock(file_of(f)->real(), level);
    };
    m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
      return file_of(f)->real()->pMethods->xCheckReservedLock(file_of(f)->real(), out);
    };
    m.xFileControl = [](sqlite3_file* f, int op, void* arg) {
      return file_of(f)->real()->pMethods->xFileControl(file_of(f)->real(), op, arg);
    };
    m.xSectorSize = [](sqlite3_file* f) { return file_of(f)->real()->pMethods->xSectorSize(file_of(f)->real()); };
    m.xDeviceCharacteristics = [](sqlite3_file* f) {
      return file_of(f)->real()->pMethods->xDeviceCharacteristics(file_of(f)->real());
    };
    m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return file_of(f)->real()->pMethods->xShmMap(file_of(f)->real(), page, size, extend, out);
    };
    m.xShmLock = [](sqlite3_file* f, int at, int n, int flags) {
      return file_of(f)->real()->pMethods->xShmLock(file_of(f)->real(), at, n, flags);
    };
    m.xShmBarrier = [](sqlite3_file* f) { file_of(f)->real()->pMethods->xShmBarrier(file_of(f)->real()); };
    m.xShmUnmap = [](sqlite3_file* f, int remove) {
      return file_of(f)->real()->pMethods->xShmUnmap(file_of(f)->real(), remove);
    };
    m.xFetch = [](sqlite3_file* f, sqlite3_int64 at, int size, void** out) {
      return file_of(f)->real()->pMethods->xFetch(file_of(f)->real(), at, size, out);
    };
    m.xUnfetch = [](sqlite3_file* f, sqlite3_int64 at, void* page) {
      return file_of(f)->real()->pMethods->xUnfetch(file_of(f)->real(), at, page);
    };
    return m;
  }();
  return &table;
}

}  // namespace tidemark
