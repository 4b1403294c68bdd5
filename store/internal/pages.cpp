#include "store/internal/pages.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "store/error.h"
#include "store/internal/schema.h"

namespace tidemark::store::internal {

namespace {

constexpr std::int64_t log_header_bytes = 32;
constexpr std::int64_t frame_header_bytes = 24;
// Offsets in the first page.
constexpr std::size_t free_list_at = 32;

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t(bytes[0]) << 24 | std::uint32_t(bytes[1]) << 16 | std::uint32_t(bytes[2]) << 8 | bytes[3];
}

std::int64_t size_of(int descriptor) {
  struct ::stat status {};
  return ::fstat(descriptor, &status) == 0 ? std::int64_t(status.st_size) : 0;
}

// As many bytes as there are; the rest becomes zeros. False if there is none.
bool read_at(int descriptor, std::int64_t offset, std::uint8_t* out, std::size_t size) {
  std::size_t got = 0;
  while (got < size) {
    const ::ssize_t n = ::pread(descriptor, out + got, size - got, ::off_t(offset) + ::off_t(got));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    got += static_cast<std::size_t>(n);
  }
  std::fill(out + got, out + size, std::uint8_t{0});
  return got > 0;
}

// The running check sum of a write-ahead log, over pairs of numbers in the byte order that its header names.
class LogSum {
 public:
  explicit LogSum(bool big) : big_(big) {}
  void add(const std::uint8_t* bytes, std::size_t size) {
    for (std::size_t i = 0; i + 8 <= size; i += 8) {
      first_ += number(bytes + i) + second_;
      second_ += number(bytes + i + 4) + first_;
    }
  }
  bool is(const std::uint8_t* stored) const {
    return first_ == big_endian(stored) && second_ == big_endian(stored + 4);
  }

 private:
  std::uint32_t number(const std::uint8_t* b) const {
    if (big_) return big_endian(b);
    return std::uint32_t(b[3]) << 24 | std::uint32_t(b[2]) << 16 | std::uint32_t(b[1]) << 8 | b[0];
  }
  bool big_;
  std::uint32_t first_ = 0;
  std::uint32_t second_ = 0;
};

}  // namespace

Pages::Pages(const std::string& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (file_ < 0) {
    throw StoreError(errno == ENOENT ? Failure::not_found : Failure::io_error, "opening " + path, std::strerror(errno));
  }
  struct ::stat status {};
  if (::fstat(file_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(file_);
    throw StoreError(Failure::not_a_replica, "opening " + path, "it is no file");
  }
  count_ = static_cast<std::uint32_t>((size_of(file_) + page_size - 1) / page_size);
  read_log(path + "-wal");
}

Pages::~Pages() {
  ::close(file_);
  if (log_ >= 0) ::close(log_);
}

// Frames count up to the last one that ends a transaction, as long as the sums hold.
void Pages::read_log(const std::string& path) {
  log_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (log_ < 0) return;
  std::uint8_t header[log_header_bytes];
  if (!read_at(log_, 0, header, sizeof header)) return;
  constexpr std::uint32_t magic = 0x377f0682;
  const std::uint32_t found = big_endian(header);
  if ((found & ~1U) != magic || big_endian(header + 8) != std::uint32_t(page_size)) return;
  LogSum sum((found & 1) != 0);
  sum.add(header, 24);
  if (!sum.is(header + 24)) return;
  const std::int64_t end = size_of(log_);
  std::unordered_map<std::uint32_t, std::int64_t> pending;
  Bytes frame(static_cast<std::size_t>(frame_header_bytes + page_size));
  const auto frame_bytes = static_cast<std::int64_t>(frame.size());
  for (std::int64_t at = log_header_bytes; at + frame_bytes <= end; at += frame_bytes) {
    read_at(log_, at, frame.data(), frame.size());
    sum.add(frame.data(), 8);
    sum.add(frame.data() + frame_header_bytes, static_cast<std::size_t>(page_size));
    if (std::memcmp(frame.data() + 8, header + 16, 8) != 0 || !sum.is(frame.data() + 16)) break;
    pending[big_endian(frame.data())] = at + frame_header_bytes;
    const std::uint32_t pages_after = big_endian(frame.data() + 4);
    if (pages_after == 0) continue;
    for (const auto& [page, place] : pending) logged_[page] = place;
    pending.clear();
    count_ = pages_after;
  }
}

bool Pages::read(std::uint32_t n, Bytes& page) const {
  page.resize(static_cast<std::size_t>(page_size));
  if (n == 0 || n > count_) return false;
  if (const auto logged = logged_.find(n); logged != logged_.end())
    return read_at(log_, logged->second, page.data(), page.size());
  return read_at(file_, std::int64_t(n - 1) * page_size, page.data(), page.size());
}

std::unordered_set<std::uint32_t> Pages::free_pages() const {
  std::unordered_set<std::uint32_t> free;
  Bytes page;
  if (!read(1, page)) return free;
  std::uint32_t trunk = big_endian(page.data() + free_list_at);
  while (trunk != 0 && read(trunk, page) && free.insert(trunk).second) {
    const std::size_t room = page.size() / 4 - 2;
    const std::size_t leaves = std::min<std::size_t>(big_endian(page.data() + 4), room);
    for (std::size_t i = 0; i < leaves; ++i) free.insert(big_endian(page.data() + 8 + 4 * i));
    trunk = big_endian(page.data());
  }
  return free;
}

}  // namespace tidemark::store::internal
