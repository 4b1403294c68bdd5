#include "client/cli/line_reader.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tidemark::cli {
namespace {

constexpr std::size_t read_bytes = 256 * 1024;

[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), "reading " + (path == "-" ? "standard input" : path));
}

}  // namespace

LineReader::LineReader(const std::string& path)
    : descriptor_(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      owned_(path != "-"),
      path_(path) {
  if (descriptor_ < 0) fail(path);
  struct ::stat status {};
  if (::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode)) {
    bytes_total_ = static_cast<std::uint64_t>(std::max<::off_t>(status.st_size, 0));
  }
}

LineReader::~LineReader() {
  if (owned_) ::close(descriptor_);
}

bool LineReader::fill() {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
  }
  const std::size_t had = buffer_.size();
  buffer_.resize(had + read_bytes);
  ::ssize_t n = 0;
  do {
    n = ::read(descriptor_, buffer_.data() + had, read_bytes);
  } while (n < 0 && errno == EINTR);
  if (n < 0) fail(path_);
  buffer_.resize(had + static_cast<std::size_t>(n));
  return n > 0;
}

LineReader::Next LineReader::next(std::string_view& line) {
  while (true) {
    const std::size_t feed = buffer_.find('\n', scanned_);
    const std::size_t end = feed == std::string::npos ? buffer_.size() : feed;
    if (end - start_ > max_line_bytes) {
      ++number_;
      return Next::too_long;
    }
    const bool last = feed == std::string::npos && ended_ && end > start_;
    if (feed != std::string::npos || last) {
      line = std::string_view(buffer_).substr(start_, end - start_);
      const std::size_t after = last ? end : end + 1;
      bytes_given_ += after - start_;
      start_ = scanned_ = after;
      ++number_;
      return Next::line;
    }
    if (ended_) return Next::end;
    scanned_ = buffer_.size();
    ended_ = !fill();
  }
}

bool LineReader::would_wait() const {
  if (ended_ || buffer_.find('\n', scanned_) != std::string::npos) return false;
  ::pollfd poll{descriptor_, POLLIN, 0};
  return ::poll(&poll, 1, 0) == 0;
}

}  // namespace tidemark::cli
