#include "sim/disk.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "hlc/assert.h"
#include "sim/internal/disk_parts.h"

namespace tidemark::sim {

namespace internal {

namespace {

constexpr std::size_t smallest_room = 64 * 1024;  // of a file that is written to; it is going to grow

// What stands in a torn sector behind the bytes that arrived, if it is neither old nor new.
char garbage(char byte, std::size_t at) {
  const std::uint64_t mixed = (at + 1) * 0x9e3779b97f4a7c15ULL;
  return static_cast<char>(byte ^ static_cast<char>(1 + (mixed >> 32) % 255));
}

std::uint32_t bound_of(std::size_t count) {
  return static_cast<std::uint32_t>(std::min<std::size_t>(count, UINT32_MAX));
}

}  // namespace

void DiskFile::write(std::size_t at, const char* from, std::size_t count) {
  if (count == 0) return;
  const std::size_t end = at + count;
  if (loses_power_) {
    const std::size_t start = std::min(at, bytes_.size());  // a gap before it is written too, as zeros
    for (std::size_t number = start / sector_bytes; number * sector_bytes < end; ++number) {
      Sector& sector = unsynced(static_cast<std::uint32_t>(number));
      const std::size_t first = std::max(start, sector.start()) - sector.start();
      const std::size_t last = std::min(end - sector.start(), sector_bytes);
      sector.written_from = std::min(sector.written_from, static_cast<std::uint16_t>(first));
      sector.written_to = std::max(sector.written_to, static_cast<std::uint16_t>(last));
      sector.lost = false;
    }
  }
  if (end > bytes_.capacity()) bytes_.reserve(std::max({end, smallest_room, 4 * bytes_.capacity()}));
  if (at > bytes_.size()) bytes_.resize(at);
  const std::size_t within = std::min(count, bytes_.size() - at);
  std::memcpy(bytes_.data() + at, from, within);
  bytes_.append(from + within, count - within);
}

void DiskFile::put_durably(std::string bytes) {
  bytes_ = std::move(bytes);
  durable_size_ = bytes_.size();
  unsynced_.clear();
  places_.clear();
}

void DiskFile::truncate(std::size_t size) {
  if (size > bytes_.size()) {
    const char zero = 0;
    return write(size - 1, &zero, 1);
  }
  if (loses_power_) {
    for (std::size_t number = size / sector_bytes; number * sector_bytes < bytes_.size(); ++number)
      unsynced(static_cast<std::uint32_t>(number));
  }
  bytes_.resize(size);
}

// Keeps the old bytes of a sector that is about to be changed.
DiskFile::Sector& DiskFile::unsynced(std::uint32_t number) {
  if (number >= places_.size()) places_.resize(number + std::size_t{1});
  std::uint32_t& place = places_[number];
  if (place != 0) return unsynced_[place - 1];
  Sector& sector = unsynced_.emplace_back(number);
  place = static_cast<std::uint32_t>(unsynced_.size());
  const std::size_t start = std::min(sector.start(), bytes_.size());
  const std::size_t count = std::min(bytes_.size() - start, sector_bytes);
  std::memcpy(sector.old.data(), bytes_.data() + start, count);
  std::memset(sector.old.data() + count, 0, sector_bytes - count);
  return sector;
}

void DiskFile::flip(std::size_t at, int bit) {
  const auto mask = static_cast<char>(1 << bit);
  bytes_[at] = static_cast<char>(bytes_[at] ^ mask);
  const std::size_t number = at / sector_bytes;
  if (number >= places_.size() || places_[number] == 0) return;
  char& old = unsynced_[places_[number] - 1].old[at % sector_bytes];
  if (at < durable_size_) old = static_cast<char>(old ^ mask);
}

void DiskFile::sync() {
  std::size_t lost = 0;
  for (Sector& sector : unsynced_) {
    if (!sector.lost || sector.start() >= bytes_.size()) {
      places_[sector.number] = 0;
      continue;
    }
    const std::size_t count = std::min(bytes_.size() - sector.start(), sector_bytes);
    std::memset(sector.old.data() + count, 0, sector_bytes - count);
    unsynced_[lost] = sector;
    places_[sector.number] = static_cast<std::uint32_t>(++lost);
  }
  unsynced_.erase(unsynced_.begin() + static_cast<std::ptrdiff_t>(lost), unsynced_.end());
  durable_size_ = bytes_.size();
}

void DiskFile::lose_unsynced() {
  for (Sector& sector : unsynced_) sector.lost = true;
}

std::uint64_t DiskFile::unsynced_bytes() const {
  std::uint64_t count = loses_power_ && durable_size_ > bytes_.size() ? durable_size_ - bytes_.size() : 0;
  for (const Sector& sector : unsynced_) {
    const std::size_t end = std::min(sector.start() + sector.written_to, bytes_.size());
    const std::size_t from = sector.start() + sector.written_from;
    if (end > from) count += end - from;
  }
  return count;
}

// Puts old bytes of the sector back, within these bounds of the file.
void DiskFile::restore(const Sector& sector, std::size_t from, std::size_t to, std::string& bytes) const {
  const std::size_t first = std::max(from, sector.start());
  const std::size_t last = std::min({to, sector.start() + sector_bytes, bytes.size()});
  if (first < last) std::memcpy(bytes.data() + first, sector.old.data() + (first - sector.start()), last - first);
}

std::string DiskFile::durable() const {
  std::string bytes = bytes_;
  if (!loses_power_) return bytes;
  bytes.resize(durable_size_);
  for (const Sector& sector : unsynced_) restore(sector, 0, durable_size_, bytes);
  return bytes;
}

std::size_t DiskFile::settle_length(const Disk::Draw& draw) const {
  const std::size_t size = bytes_.size();
  if (size < durable_size_) return draw(2) == 0 ? size : durable_size_;
  if (size == durable_size_) return size;
  const std::size_t growth = size - durable_size_;
  switch (draw(growth > 1 ? 3 : 2)) {
    case 0:
      return size;
    case 1:
      return durable_size_;
    default:
      return size - 1 - (growth > 2 ? draw(bound_of(growth - 1)) : 0);
  }
}

void DiskFile::settle(const Disk::Draw& draw, Disk::Counts& counts) {
  std::sort(unsynced_.begin(), unsynced_.end(), [](const Sector& a, const Sector& b) { return a.number < b.number; });
  const std::size_t size = bytes_.size();
  bytes_.resize(settle_length(draw));
  for (const Sector& sector : unsynced_) {
    restore(sector, size, bytes_.size(), bytes_);  // of a file that was cut and is not
    if (sector.written_from >= sector.written_to || sector.start() >= size) continue;
    if (sector.start() >= bytes_.size())
      ++counts.sectors_dropped;
    else
      settle_sector(sector, draw, counts);
  }
  unsynced_.clear();
  places_.clear();
  durable_size_ = bytes_.size();
}

void DiskFile::settle_sector(const Sector& sector, const Disk::Draw& draw, Disk::Counts& counts) {
  const std::size_t start = sector.start();
  const std::size_t end = std::min(start + sector_bytes, bytes_.size());
  if (std::memcmp(bytes_.data() + start, sector.old.data(), end - start) == 0) {
    ++counts.sectors_kept;
    return;
  }
  // Only what changed is at risk: to the disk, a byte that is written with the value it has is one that was not written,
  // since the system always hands it whole sectors. POWERSAFE_OVERWRITE promises that such bytes stay.
  std::size_t from = start + sector.written_from;
  std::size_t to = std::min(start + sector.written_to, end);
  while (from < to && bytes_[from] == sector.old[from - start]) ++from;
  while (from < to && bytes_[to - 1] == sector.old[to - 1 - start]) --to;
  const std::uint32_t fate = sector.lost ? 1 : draw(from < to ? 3 : 2);
  ++(fate == 0 ? counts.sectors_kept : fate == 1 ? counts.sectors_dropped : counts.sectors_torn);
  if (fate == 0) return;
  if (fate == 1) return restore(sector, start, end, bytes_);
  // A prefix of what was written arrived, at best all but its last byte. Behind it are old bytes, or in the upper half
  // of the draws neither old nor new ones.
  const std::size_t length = to - from;
  const std::uint32_t where = draw(static_cast<std::uint32_t>(2 * length));
  const std::size_t torn = to - 1 - where % length;
  if (where < length) return restore(sector, torn, to, bytes_);
  for (std::size_t at = torn; at < to; ++at) bytes_[at] = garbage(bytes_[at], at);
}

void DiskState::lose_power() {
  ++counts.power_losses;
  if (mode == Disk::Mode::fast) return;
  ++version;
  for (auto at = files.begin(); at != files.end();) {
    DiskFile& file = *at->second;
    if (!file.name_durable && draw(2) != 0) {
      file.count_dropped(counts);
      at = files.erase(at);
      continue;
    }
    file.settle(draw, counts);
    ++at;
  }
  for (const auto& [path, file] : removed) {
    if (files.count(path) != 0 || draw(2) == 0) continue;
    file->named = true;
    file->settle(draw, counts);
    files[path] = file;
  }
  removed.clear();
  used = 0;
  for (const auto& [path, file] : files) {
    file->name_durable = true;
    used += file->size();
  }
}

}  // namespace internal

struct Disk::Parts : internal::DiskState {
  using DiskState::DiskState;

  // Nobody may have a file open that is changed behind the back of SQLite.
  void check_closed(const std::string& path) const {
    const internal::DiskFile* file = find(path);
    TIDEMARK_ASSERT(file == nullptr || file->sharing.handles == 0);
  }

  void start_process() {
    TIDEMARK_ASSERT(handles == 0);
    dead = false;
    die_in.reset();
    arm();
  }

  void remove_durably(const std::string& path) {
    check_closed(path);
    removed.erase(path);
    const auto at = files.find(path);
    if (at != files.end()) remove(at, true);
  }

  void put_durably(const std::string& path, std::string bytes) {
    remove_durably(path);
    const std::shared_ptr<internal::DiskFile> file = create(path);
    used += bytes.size();
    file->put_durably(std::move(bytes));
    file->name_durable = true;
  }
};

Disk::Disk(Mode mode, Draw draw) : parts_(std::make_unique<Parts>(mode, std::move(draw))) {}

Disk::~Disk() = default;

// SQLite asks its default VFS for randomness, once a process, and makes WAL salts and journal nonces of it. A run that can
// be repeated needs the same ones each time.
void Disk::seed_sqlite() { sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, 1, nullptr); }

const std::string& Disk::vfs() const { return parts_->name; }

Disk::Mode Disk::mode() const { return parts_->mode; }

const Disk::Counts& Disk::counts() const { return parts_->counts; }

void Disk::die_after(std::optional<std::uint64_t> calls) {
  TIDEMARK_ASSERT(!calls || *calls > 0);
  parts_->die_in = calls;
  parts_->arm();
}

void Disk::die() {
  parts_->dead = true;
  parts_->arm();
}

bool Disk::dead() const { return parts_->dead; }

void Disk::restart() { parts_->start_process(); }

void Disk::power_loss() {
  parts_->start_process();
  parts_->lose_power();
}

std::unique_ptr<Disk> Disk::durable_copy() const {
  auto copy = std::make_unique<Disk>(Mode::fast, parts_->draw);
  for (const auto& [name, file] : parts_->removed) copy->parts_->put_durably(name, file->durable());
  for (const auto& [name, file] : parts_->files) {
    if (file->name_durable || mode() == Mode::fast) copy->parts_->put_durably(name, file->durable());
  }
  return copy;
}

std::uint64_t Disk::unsynced_bytes(const std::string& path) const {
  const internal::DiskFile* file = parts_->find(path);
  return file == nullptr ? 0 : file->unsynced_bytes();
}

void Disk::fail(const Fault& fault) {
  parts_->faults.push_back({fault});
  parts_->arm();
}

void Disk::clear_faults() {
  parts_->faults.clear();
  parts_->arm();
}

bool Disk::armed() const { return parts_->armed; }

void Disk::limit_bytes(std::optional<std::uint64_t> bytes) { parts_->limit = bytes; }

void Disk::lie_about_syncs(bool lies) { parts_->lies = lies; }

void Disk::rot(const std::string& path, std::uint32_t bits) {
  internal::DiskFile* file = parts_->find(path);
  if (file == nullptr || file->size() == 0) return;
  for (std::uint32_t i = 0; i < bits; ++i) {
    const std::uint32_t at = parts_->choose(static_cast<std::uint32_t>(file->size()));
    file->flip(at, static_cast<int>(parts_->choose(8)));
    ++parts_->version;
    ++parts_->counts.bits_rotten;
  }
}

bool Disk::exists(const std::string& path) const { return parts_->find(path) != nullptr; }

std::vector<std::string> Disk::paths() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : parts_->files) names.push_back(name);
  return names;
}

std::uint64_t Disk::size(const std::string& path) const {
  const internal::DiskFile* file = parts_->find(path);
  return file == nullptr ? 0 : file->size();
}

std::string Disk::read(const std::string& path) const {
  const internal::DiskFile* file = parts_->find(path);
  return file == nullptr ? std::string() : file->bytes();
}

void Disk::write(const std::string& path, const std::string& bytes) { parts_->put_durably(path, bytes); }

void Disk::truncate(const std::string& path, std::uint64_t size) {
  parts_->check_closed(path);
  internal::DiskFile* file = parts_->find(path);
  if (file == nullptr) return;
  parts_->truncate(*file, size);
  file->sync();
  file->name_durable = true;
}

void Disk::remove(const std::string& path) { parts_->remove_durably(path); }

void Disk::copy_database(const std::string& path, Disk& to_disk, const std::string& to) const {
  static constexpr const char* suffixes[] = {"", "-wal"};
  std::vector<std::shared_ptr<const internal::DiskFile>> files;  // first all of them: both may be this disk
  for (const char* suffix : suffixes) {
    const auto at = parts_->files.find(path + suffix);
    files.push_back(at == parts_->files.end() ? nullptr : at->second);
  }
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) to_disk.remove(to + suffix);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i]) to_disk.parts_->put_durably(to + suffixes[i], files[i]->bytes());
  }
}

std::uint64_t Disk::bytes_used() const { return parts_->used; }

std::uint64_t Disk::version() const { return parts_->version; }

}  // namespace tidemark::sim
