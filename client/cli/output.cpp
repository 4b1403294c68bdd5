#include "client/cli/output.h"

#include <cerrno>
#include <system_error>

#include <unistd.h>

namespace tidemark::cli {
namespace {

constexpr std::size_t buffer_bytes = 64 * 1024;

}  // namespace

void Output::text(std::string_view text) {
  buffer_.append(text);
  if (buffer_.size() >= buffer_bytes) flush();
}

void Output::line(std::string_view text) {
  buffer_.append(text);
  buffer_.push_back('\n');
  if (buffer_.size() >= buffer_bytes) flush();
}

void Output::flush() {
  std::size_t written = 0;
  while (!closed_ && written < buffer_.size()) {
    const ::ssize_t n = ::write(descriptor_, buffer_.data() + written, buffer_.size() - written);
    if (n >= 0) {
      written += static_cast<std::size_t>(n);
    } else if (errno == EPIPE) {
      closed_ = true;
    } else if (errno != EINTR) {
      const int failure = errno;
      buffer_.clear();
      throw std::system_error(failure, std::generic_category(), "writing to standard output");
    }
  }
  buffer_.clear();
}

}  // namespace tidemark::cli
