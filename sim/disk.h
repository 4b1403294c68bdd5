// Disk: the disk of one simulated node, in memory, as a SQLite VFS that can lose power, fail and lie.
//
// In Mode::fast what is written is there, which is what a process crash needs. In Mode::crash every file keeps a durable
// image beside what its processes see, and whatever was written since its last sync is undecided until power_loss(): each
// sector of it is then kept, dropped or torn. The model follows SQLite's own crash tests and its unix VFS: sectors of 512
// bytes, in any order; a growing file may lose its growth; the name of a new file is durable with the file's first sync;
// a removal is durable when the directory was synced with it. Shared memory and locks live as long as the processes.
//
// Every choice is drawn from the caller, and 0 is always the kindest one. Not modelled: directories as such, and sectors
// that go bad by themselves (rot() does that on request). One thread, and one disk a node; a disk outlives its handles.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace tidemark::sim {

class Disk {
 public:
  enum class Mode { fast, crash };
  // The calls that can fail or be the last one of a process.
  enum class Call { open, read, write, truncate, sync, remove };
  // A number below `bound`, which is at least 1.
  using Draw = std::function<std::uint32_t(std::uint32_t bound)>;

  struct Counts {
    std::uint64_t calls = 0;  // of the kinds above but read
    std::uint64_t writes = 0;
    std::uint64_t syncs = 0;
    std::uint64_t power_losses = 0;
    std::uint64_t sectors_kept = 0;  // at power losses, of those that were not synced
    std::uint64_t sectors_dropped = 0;
    std::uint64_t sectors_torn = 0;
    std::uint64_t faults = 0;  // calls that failed because of fail() or the quota
    std::uint64_t bits_rotten = 0;
  };

  Disk(Mode mode, Draw draw);
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // SQLite's random numbers start over. Each new disk does it, and whoever leaves out the making of one may have to.
  static void seed_sqlite();

  const std::string& vfs() const;  // its name for SQLite; any path without a folder is a file of this disk
  Mode mode() const;
  const Counts& counts() const;

  // --- crashes ---
  // The process dies in the n-th call from now (1 is the next; reads do not count): a write may still happen in part or
  // in full, as drawn, everything after it fails with SQLITE_IOERR until the process is started again. None: never.
  void die_after(std::optional<std::uint64_t> calls);
  void die();
  bool dead() const;
  // A new process on what the dead one left, with no locks and no shared memory. All its handles must be closed.
  void restart();
  // The same after a loss of power: what was not synced is decided now. Also allowed while nobody has a file open.
  void power_loss();
  // What a loss of power would leave now if every unsynced sector were dropped, as a disk of its own.
  std::unique_ptr<Disk> durable_copy() const;
  std::uint64_t unsynced_bytes(const std::string& path) const;

  // --- faults that a process survives ---
  struct Fault {
    Call call = Call::write;
    std::uint64_t after = 1;  // the n-th such call from now is the first that fails
    std::uint64_t times = 1;  // so many fail; 0: all until clear_faults()
    int code = 0;             // SQLite extended result code; 0: the I/O error that suits the call
    bool drops_unsynced =
        false;  // with sync: what it should have made durable is lost for good at the next power loss,
                // even if a later sync succeeds (the pages were marked clean)
  };
  void fail(const Fault& fault);
  void clear_faults();
  bool armed() const;                                    // a call to come may fail or be the last one
  void limit_bytes(std::optional<std::uint64_t> bytes);  // of all files; growing beyond it is SQLITE_FULL
  void lie_about_syncs(bool lies);                       // xSync says it is done and does nothing
  // Flips so many bits of a file at drawn places, also in its durable image. Nothing if the file is empty.
  void rot(const std::string& path, std::uint32_t bits);

  // --- files, as another process would see them; nobody may have the path open for those that change ---
  bool exists(const std::string& path) const;
  std::vector<std::string> paths() const;
  std::uint64_t size(const std::string& path) const;
  std::string read(const std::string& path) const;
  void write(const std::string& path, const std::string& bytes);  // and durably
  void truncate(const std::string& path, std::uint64_t size);     // and durably
  void remove(const std::string& path);                           // and durably
  // A database with its -wal, as `cp` copies it, durably; what was at `to` goes.
  void copy_database(const std::string& path, Disk& to_disk, const std::string& to) const;
  std::uint64_t bytes_used() const;
  // Changes whenever what read() gives of any file may have changed.
  std::uint64_t version() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemark::sim
