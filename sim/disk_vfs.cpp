// What SQLite calls of a Disk: the VFS, its locks and shared memory, and which calls fail.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "hlc/assert.h"
#include "sim/internal/disk_parts.h"

namespace tidemark::sim::internal {

namespace {

std::string fresh_name() {
  static std::atomic<std::uint64_t> count{0};
  return "tidemark-disk-" + std::to_string(++count);
}

int error_that_suits(Disk::Call call) {
  switch (call) {
    case Disk::Call::open:
      return SQLITE_CANTOPEN;
    case Disk::Call::read:
      return SQLITE_IOERR_READ;
    case Disk::Call::write:
      return SQLITE_IOERR_WRITE;
    case Disk::Call::truncate:
      return SQLITE_IOERR_TRUNCATE;
    case Disk::Call::sync:
      return SQLITE_IOERR_FSYNC;
    case Disk::Call::remove:
      return SQLITE_IOERR_DELETE;
  }
  return SQLITE_IOERR;
}

}  // namespace

DiskState::DiskState(Disk::Mode mode_, Disk::Draw draw_)
    : mode(mode_), draw(draw_ ? std::move(draw_) : [](std::uint32_t) { return 0U; }), name(fresh_name()) {
  Disk::seed_sqlite();
  vfs = vfs_of(*this);
  const int registered = sqlite3_vfs_register(&vfs, 0);
  TIDEMARK_ASSERT(registered == SQLITE_OK);
}

DiskState::~DiskState() {
  TIDEMARK_ASSERT(handles == 0);
  sqlite3_vfs_unregister(&vfs);
}

std::uint32_t DiskState::choose(std::uint32_t bound) { return bound < 2 ? 0 : draw(bound); }

int DiskState::meet(Disk::Call call, DiskFile* file) {
  if (dead) return SQLITE_IOERR;
  if (call != Disk::Call::read) ++counts.calls;
  if (call == Disk::Call::write) ++counts.writes;
  if (call == Disk::Call::sync) ++counts.syncs;
  if (!armed) return SQLITE_OK;
  last_error = EIO;
  if (call != Disk::Call::read && die_in && --*die_in == 0) {
    dead = true;
    die_in.reset();
    return dies_here;
  }
  int result = SQLITE_OK;
  for (Armed& one : faults) {
    if (one.fault.call != call || ++one.met < one.fault.after) continue;
    if (result != SQLITE_OK || (one.fault.times != 0 && one.failed == one.fault.times)) continue;
    ++one.failed;
    ++counts.faults;
    result = one.fault.code != 0 ? one.fault.code : error_that_suits(call);
    if (file != nullptr && call == Disk::Call::sync && one.fault.drops_unsynced) file->lose_unsynced();
  }
  return result;
}

DiskFile* DiskState::find(const std::string& path) const {
  const auto at = files.find(path);
  return at == files.end() ? nullptr : at->second.get();
}

std::shared_ptr<DiskFile> DiskState::create(const std::string& path) {
  auto file = std::make_shared<DiskFile>(mode == Disk::Mode::crash);
  files[path] = file;
  ++version;
  return file;
}

void DiskState::remove(DiskFiles::iterator at, bool durably) {
  DiskFile& file = *at->second;
  if (file.sharing.handles == 0) used -= file.size();  // else with the last of them
  file.named = false;
  if (durably)
    removed.clear();
  else if (file.name_durable && mode == Disk::Mode::crash)
    removed[at->first] = at->second;
  files.erase(at);
  ++version;
}

void DiskState::sync(DiskHandle& handle) {
  if (lies) return;
  handle.file->sync();
  if (handle.file->named) handle.file->name_durable = true;
  if (handle.syncs_folder) removed.clear();
  handle.syncs_folder = false;
}

bool DiskState::has_room(const DiskFile& file, std::size_t size) {
  if (!limit || size <= file.size() || used + (size - file.size()) <= *limit) return true;
  ++counts.faults;
  last_error = ENOSPC;
  return false;
}

void DiskState::write(DiskFile& file, std::size_t at, const char* from, std::size_t count) {
  const std::size_t before = file.size();
  file.write(at, from, count);
  ++version;
  used += file.size() - before;
}

void DiskState::truncate(DiskFile& file, std::size_t size) {
  used = used - file.size() + size;
  file.truncate(size);
  ++version;
}

// --- the VFS ---------------------------------------------------------------------------------------------------------

namespace {

constexpr int longest_path = 512;
constexpr sqlite3_int64 now_ms = 212'000'000'000'000;  // of the Julian calendar: a day in 2005, and it stays that day
constexpr double ms_per_day = 86'400'000.0;

DiskState& disk_of(sqlite3_vfs* vfs) { return *static_cast<DiskState*>(vfs->pAppData); }
DiskHandle& handle_of(sqlite3_file* file) { return *reinterpret_cast<DiskHandle*>(file); }

int read_file(sqlite3_file* base, void* to, int count, sqlite3_int64 at) {
  DiskHandle& handle = handle_of(base);
  if (handle.disk->armed) {
    const int met = handle.disk->meet(Disk::Call::read);
    if (met != SQLITE_OK) return met;
  }
  const std::string& bytes = handle.file->bytes();
  const auto wanted = static_cast<std::size_t>(count);
  const std::size_t from = std::min(static_cast<std::size_t>(at), bytes.size());
  const std::size_t there = std::min(wanted, bytes.size() - from);
  std::memcpy(to, bytes.data() + from, there);
  if (there == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + there, 0, wanted - there);
  return SQLITE_IOERR_SHORT_READ;
}

// So much of the last write of a process still happened.
std::size_t last_part(DiskState& disk, const DiskFile& file, std::size_t count) {
  if (!file.named || count == 0) return 0;
  switch (disk.draw(count > 1 ? 3 : 2)) {
    case 0:
      return count;
    case 1:
      return count > 1 ? count - 1 - disk.choose(static_cast<std::uint32_t>(count - 1)) : 0;
    default:
      return 0;
  }
}

int write_file(sqlite3_file* base, const void* from, int count, sqlite3_int64 at) {
  DiskHandle& handle = handle_of(base);
  DiskState& disk = *handle.disk;
  DiskFile& file = *handle.file;
  const int met = disk.meet(Disk::Call::write);
  if (met != SQLITE_OK && met != dies_here) return met;
  if (handle.read_only) return SQLITE_READONLY;
  const auto start = static_cast<std::size_t>(at);
  auto length = static_cast<std::size_t>(count);
  if (disk.limit && !disk.has_room(file, start + length)) return met == dies_here ? SQLITE_IOERR : SQLITE_FULL;
  if (met == dies_here) length = last_part(disk, file, length);
  disk.write(file, start, static_cast<const char*>(from), length);
  return met == dies_here ? SQLITE_IOERR : SQLITE_OK;
}

int truncate_file(sqlite3_file* base, sqlite3_int64 to) {
  DiskHandle& handle = handle_of(base);
  DiskState& disk = *handle.disk;
  DiskFile& file = *handle.file;
  const auto size = static_cast<std::size_t>(to);
  const int met = disk.meet(Disk::Call::truncate);
  if (met != SQLITE_OK && met != dies_here) return met;
  if (!disk.has_room(file, size)) return met == dies_here ? SQLITE_IOERR : SQLITE_FULL;
  const bool happens = met == SQLITE_OK || (file.named && size != file.size() && disk.draw(2) == 0);
  if (happens) disk.truncate(file, size);
  return met == dies_here ? SQLITE_IOERR : SQLITE_OK;
}

int sync_file(sqlite3_file* base, int) {
  DiskHandle& handle = handle_of(base);
  DiskState& disk = *handle.disk;
  DiskFile& file = *handle.file;
  const int met = disk.meet(Disk::Call::sync, &file);
  if (met != SQLITE_OK && met != dies_here) return met;
  const bool changes = !file.synced() || !file.name_durable || (handle.syncs_folder && !disk.removed.empty());
  const bool decides = disk.mode == Disk::Mode::crash && !disk.lies && file.named && changes;
  if (met == SQLITE_OK || (decides && disk.draw(2) == 0)) disk.sync(handle);
  return met == dies_here ? SQLITE_IOERR : SQLITE_OK;
}

int size_of_file(sqlite3_file* base, sqlite3_int64* size) {
  const DiskHandle& handle = handle_of(base);
  *size = static_cast<sqlite3_int64>(handle.file->size());
  return handle.disk->dead ? SQLITE_IOERR : SQLITE_OK;
}

// SQLite's five levels: many may read, one of them may prepare to write (RESERVED), waits for the others to leave while
// no new ones may come (PENDING), and then is alone (EXCLUSIVE).
int lock_file(sqlite3_file* base, int level) {
  DiskHandle& handle = handle_of(base);
  if (handle.disk->dead) return SQLITE_IOERR;
  if (handle.level >= level) return SQLITE_OK;
  DiskSharing& sharing = handle.file->sharing;
  const bool another_writes = sharing.writer != nullptr && sharing.writer != &handle;
  if (level == SQLITE_LOCK_SHARED) {
    if (another_writes && sharing.writer->level >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
    ++sharing.readers;
  } else {
    if (another_writes) return SQLITE_BUSY;
    sharing.writer = &handle;
    if (level == SQLITE_LOCK_EXCLUSIVE && sharing.readers > 1) {
      handle.level = SQLITE_LOCK_PENDING;
      return SQLITE_BUSY;
    }
  }
  handle.level = level;
  return SQLITE_OK;
}

int unlock_file(sqlite3_file* base, int level) {
  DiskHandle& handle = handle_of(base);
  if (handle.level <= level) return SQLITE_OK;
  DiskSharing& sharing = handle.file->sharing;
  if (sharing.writer == &handle) sharing.writer = nullptr;
  if (level == SQLITE_LOCK_NONE) --sharing.readers;
  handle.level = level;
  return SQLITE_OK;
}

int is_reserved(sqlite3_file* base, int* reserved) {
  const DiskHandle& handle = handle_of(base);
  *reserved = handle.file->sharing.writer != nullptr ? 1 : 0;
  return handle.disk->dead ? SQLITE_IOERR : SQLITE_OK;
}

int map_shm(sqlite3_file* base, int number, int size, int extend, void volatile** region) {
  DiskHandle& handle = handle_of(base);
  *region = nullptr;
  if (handle.disk->dead) return SQLITE_IOERR;
  DiskSharing& sharing = handle.file->sharing;
  if (!handle.shm) ++sharing.shm_users;
  handle.shm = true;
  const auto wanted = static_cast<std::size_t>(number);
  if (wanted >= sharing.regions.size() && extend == 0) return SQLITE_OK;
  while (wanted >= sharing.regions.size())
    sharing.regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
  *region = sharing.regions[wanted].get();
  return SQLITE_OK;
}

void unlock_shm(DiskHandle& handle, unsigned mask) {
  for (unsigned i = 0; i < SQLITE_SHM_NLOCK; ++i) {
    int& lock = handle.file->sharing.shm_locks[i];
    if ((handle.shm_shared & mask & (1U << i)) != 0) --lock;
    if ((handle.shm_alone & mask & (1U << i)) != 0) lock = 0;
  }
  handle.shm_shared &= ~mask;
  handle.shm_alone &= ~mask;
}

int lock_shm(sqlite3_file* base, int first, int count, int flags) {
  DiskHandle& handle = handle_of(base);
  const unsigned mask = ((1U << count) - 1) << first;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    unlock_shm(handle, mask);
    return SQLITE_OK;
  }
  if (handle.disk->dead) return SQLITE_IOERR;
  const bool shared = (flags & SQLITE_SHM_SHARED) != 0;
  if (((shared ? handle.shm_shared : handle.shm_alone) & mask) == mask) return SQLITE_OK;
  const auto begin = handle.file->sharing.shm_locks.begin() + first;
  const auto in_the_way = [shared](int lock) { return shared ? lock < 0 : lock != 0; };
  if (std::any_of(begin, begin + count, in_the_way)) return SQLITE_BUSY;
  for (auto lock = begin; lock != begin + count; ++lock) *lock = shared ? *lock + 1 : -1;
  (shared ? handle.shm_shared : handle.shm_alone) |= mask;
  return SQLITE_OK;
}

int unmap_shm(sqlite3_file* base, int) {
  DiskHandle& handle = handle_of(base);
  if (!handle.shm) return SQLITE_OK;
  unlock_shm(handle, ~0U);
  handle.shm = false;
  if (--handle.file->sharing.shm_users == 0) handle.file->sharing.regions.clear();
  return SQLITE_OK;
}

int close_file(sqlite3_file* base) {
  DiskHandle& handle = handle_of(base);
  unmap_shm(base, 0);
  unlock_file(base, SQLITE_LOCK_NONE);
  --handle.disk->handles;
  if (--handle.file->sharing.handles == 0 && !handle.file->named) handle.disk->used -= handle.file->size();
  handle.~DiskHandle();
  return SQLITE_OK;
}

const sqlite3_io_methods* methods() {
  static const sqlite3_io_methods table = [] {
    sqlite3_io_methods m{};
    m.iVersion = 2;  // with shared memory, without memory-mapped files
    m.xClose = &close_file;
    m.xRead = &read_file;
    m.xWrite = &write_file;
    m.xTruncate = &truncate_file;
    m.xSync = &sync_file;
    m.xFileSize = &size_of_file;
    m.xLock = &lock_file;
    m.xUnlock = &unlock_file;
    m.xCheckReservedLock = &is_reserved;
    m.xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; };
    m.xSectorSize = [](sqlite3_file*) { return static_cast<int>(sector_bytes); };
    m.xDeviceCharacteristics = [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; };
    m.xShmMap = &map_shm;
    m.xShmLock = &lock_shm;
    m.xShmBarrier = [](sqlite3_file*) {};
    m.xShmUnmap = &unmap_shm;
    return m;
  }();
  return &table;
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* out, int flags, int* out_flags) {
  DiskState& disk = disk_of(vfs);
  out->pMethods = nullptr;
  const bool temporary = path == nullptr || (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
  const int met = disk.meet(Disk::Call::open);
  if (met != SQLITE_OK && met != dies_here) return met;
  const auto found = temporary ? disk.files.end() : disk.files.find(path);
  std::shared_ptr<DiskFile> file = found == disk.files.end() ? nullptr : found->second;
  const bool creates = file == nullptr && (flags & SQLITE_OPEN_CREATE) != 0;
  if (met == dies_here) {
    if (creates && !temporary && disk.draw(2) == 0) disk.create(path);
    return SQLITE_IOERR;
  }
  if (temporary) {
    file = std::make_shared<DiskFile>(false);
    file->named = false;
  } else if (creates) {
    file = disk.create(path);
  } else if (file == nullptr || (flags & SQLITE_OPEN_EXCLUSIVE) != 0) {
    disk.last_error = file == nullptr ? ENOENT : EEXIST;
    return SQLITE_CANTOPEN;
  }
  ++disk.handles;
  ++file->sharing.handles;
  const bool read_only = (flags & SQLITE_OPEN_READONLY) != 0;
  // As the VFS for unix has it, whether the file is new or not.
  const bool journal = (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)) != 0;
  const bool syncs_folder = journal && (flags & SQLITE_OPEN_CREATE) != 0;
  new (out) DiskHandle{{methods()}, &disk, std::move(file), read_only, syncs_folder};
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int remove_file(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  DiskState& disk = disk_of(vfs);
  const int met = disk.meet(Disk::Call::remove);
  if (met != SQLITE_OK && met != dies_here) return met;
  const auto found = disk.files.find(path);
  const bool there = found != disk.files.end();
  if (there && (met == SQLITE_OK || disk.draw(2) == 0))
    disk.remove(found, met == SQLITE_OK && sync_folder != 0 && !disk.lies);
  if (met == dies_here) return SQLITE_IOERR;
  return there ? SQLITE_OK : SQLITE_IOERR_DELETE_NOENT;
}

// As the VFS for unix has it: an empty file does not exist, which is how SQLite forgets an empty journal.
int look_for_file(sqlite3_vfs* vfs, const char* path, int kind, int* there) {
  const DiskState& disk = disk_of(vfs);
  const DiskFile* file = disk.find(path);
  *there = file != nullptr && (kind != SQLITE_ACCESS_EXISTS || file->size() > 0) ? 1 : 0;
  return disk.dead ? SQLITE_IOERR : SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int room, char* out) {
  const std::size_t length = std::strlen(path);
  if (length >= static_cast<std::size_t>(room)) return SQLITE_CANTOPEN;
  std::memcpy(out, path, length + 1);
  return SQLITE_OK;
}

// splitmix64, from the same seed for every disk.
int random_bytes(sqlite3_vfs* vfs, int count, char* out) {
  DiskState& disk = disk_of(vfs);
  for (int i = 0; i < count; ++i) {
    std::uint64_t z = ++disk.randomness * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    out[i] = static_cast<char>((z ^ (z >> 27)) >> 56);
  }
  return count;
}

}  // namespace

sqlite3_vfs vfs_of(DiskState& disk) {
  sqlite3_vfs vfs{};
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(DiskHandle);
  vfs.mxPathname = longest_path;
  vfs.zName = disk.name.c_str();
  vfs.pAppData = &disk;
  vfs.xOpen = &open_file;
  vfs.xDelete = &remove_file;
  vfs.xAccess = &look_for_file;
  vfs.xFullPathname = &full_path;
  vfs.xRandomness = &random_bytes;
  vfs.xSleep = [](sqlite3_vfs*, int microseconds) { return microseconds; };  // nobody else would come to run meanwhile
  vfs.xCurrentTime = [](sqlite3_vfs*, double* days) {
    *days = static_cast<double>(now_ms) / ms_per_day;
    return SQLITE_OK;
  };
  vfs.xGetLastError = [](sqlite3_vfs* self, int, char*) { return disk_of(self).last_error; };
  vfs.xCurrentTimeInt64 = [](sqlite3_vfs*, sqlite3_int64* ms) {
    *ms = now_ms;
    return SQLITE_OK;
  };
  return vfs;
}

}  // namespace tidemark::sim::internal
