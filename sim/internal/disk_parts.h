// The parts of a Disk: its files, with what is durable of each, and what all its handles share.
#pragma once

#include <sqlite3.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/disk.h"

namespace tidemark::sim::internal {

struct DiskHandle;

inline constexpr std::size_t sector_bytes = 512;

// What the handles of one file share while they are open.
struct DiskSharing {
  int handles = 0;
  int readers = 0;               // handles with a SHARED lock or more
  DiskHandle* writer = nullptr;  // the one with more than that
  std::vector<std::unique_ptr<char[]>> regions;
  std::array<int, SQLITE_SHM_NLOCK> shm_locks{};  // so many share it; -1: one has it alone
  int shm_users = 0;
};

// One file: the bytes that processes see and, where a loss of power matters, the durable ones wherever they may differ.
class DiskFile {
 public:
  explicit DiskFile(bool loses_power) : loses_power_(loses_power) {}

  const std::string& bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  void write(std::size_t at, const char* from, std::size_t count);
  void put_durably(std::string bytes);  // in place of what was there
  void truncate(std::size_t size);
  void flip(std::size_t at, int bit);
  // Makes durable what was not lost before.
  void sync();
  // What is not durable now will not be by a later sync, unless it is written again.
  void lose_unsynced();
  bool synced() const { return unsynced_.empty() && durable_size_ == bytes_.size(); }
  std::uint64_t unsynced_bytes() const;
  std::string durable() const;
  // Decides what a loss of power left, which is durable from then on.
  void settle(const Disk::Draw& draw, Disk::Counts& counts);
  // The file went with its name, and with it whatever was not durable.
  void count_dropped(Disk::Counts& counts) const { counts.sectors_dropped += unsynced_.size(); }

  bool named = true;  // false: removed or temporary; goes with its last handle
  bool name_durable = false;
  DiskSharing sharing;

 private:
  // A sector that was changed since the last sync, as it is durably.
  struct Sector {
    explicit Sector(std::uint32_t sector) : number(sector) {}  // `old` is filled at once
    std::size_t start() const { return number * sector_bytes; }
    std::uint32_t number;
    std::uint16_t written_from = sector_bytes, written_to = 0;  // nothing: only cut off
    bool lost = false;
    std::array<char, sector_bytes> old;
  };

  Sector& unsynced(std::uint32_t number);
  std::size_t settle_length(const Disk::Draw& draw) const;
  void settle_sector(const Sector& sector, const Disk::Draw& draw, Disk::Counts& counts);
  void restore(const Sector& sector, std::size_t from, std::size_t to, std::string& bytes) const;

  std::string bytes_;
  bool loses_power_;
  std::size_t durable_size_ = 0;
  std::vector<Sector> unsynced_;
  std::vector<std::uint32_t> places_;  // by sector: its place in unsynced_ plus 1, or 0
};

using DiskFiles = std::map<std::string, std::shared_ptr<DiskFile>>;

// The process dies in this call; no code of SQLite's.
inline constexpr int dies_here = -1;

class DiskState {
 public:
  DiskState(Disk::Mode mode, Disk::Draw draw);
  ~DiskState();
  DiskState(const DiskState&) = delete;
  DiskState& operator=(const DiskState&) = delete;

  std::uint32_t choose(std::uint32_t bound);
  // Counts the call and says how it ends: SQLITE_OK for one that goes on, a fault's code, dies_here.
  int meet(Disk::Call call, DiskFile* file = nullptr);
  void arm() { armed = dead || die_in || !faults.empty(); }

  DiskFile* find(const std::string& name) const;
  std::shared_ptr<DiskFile> create(const std::string& name);
  void remove(DiskFiles::iterator at, bool durably);
  void sync(DiskHandle& handle);
  // False, and counted as a fault, if the file may not become so large.
  bool has_room(const DiskFile& file, std::size_t size);
  void write(DiskFile& file, std::size_t at, const char* from, std::size_t count);
  void truncate(DiskFile& file, std::size_t size);
  void lose_power();

  const Disk::Mode mode;
  const Disk::Draw draw;
  Disk::Counts counts;
  DiskFiles files;
  DiskFiles removed;  // whose removal is not durable
  std::uint64_t used = 0;
  std::uint64_t version = 0;  // of the bytes and names of all files, as processes see them
  std::optional<std::uint64_t> limit;
  bool lies = false;

  bool armed = false;  // false: no call ends otherwise than well
  bool dead = false;
  std::optional<std::uint64_t> die_in;
  struct Armed {
    Disk::Fault fault;
    std::uint64_t met = 0;
    std::uint64_t failed = 0;
  };
  std::vector<Armed> faults;

  int handles = 0;
  int last_error = 0;  // errno of the last call that failed
  std::uint64_t randomness = 0;
  std::string name;
  sqlite3_vfs vfs{};
};

// What SQLite keeps of an open file.
struct DiskHandle {
  sqlite3_file base;
  DiskState* disk;
  std::shared_ptr<DiskFile> file;
  bool read_only;
  bool syncs_folder;  // with its first sync, which makes removals durable
  int level = SQLITE_LOCK_NONE;
  bool shm = false;
  unsigned shm_shared = 0, shm_alone = 0;  // bit by lock
};

// The VFS of this disk, by its name.
sqlite3_vfs vfs_of(DiskState& disk);

}  // namespace tidemark::sim::internal
