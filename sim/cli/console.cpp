#include "sim/cli/console.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <sys/ioctl.h>
#include <unistd.h>

#include "crdt/columns.h"
#include "sim/cli/verb.h"

namespace tidemark::sim::cli {
namespace {

constexpr std::chrono::milliseconds draw_interval{100};
constexpr std::size_t usual_columns = 100;

std::size_t columns_at(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual_columns;
  return size.ws_col;
}

}  // namespace

Console::Console() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal && std::strcmp(terminal, "dumb") == 0;
  colours_ = ::isatty(STDOUT_FILENO) == 1 && !(no_color && *no_color) && !dumb;
  draws_ = ::isatty(STDERR_FILENO) == 1 && !dumb;
}

Console::~Console() { clear_progress(); }

void Console::text(std::string_view text) {
  clear_progress();
  while (!text.empty() && !left_) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0)
      text.remove_prefix(std::size_t(written));
    else if (errno == EPIPE)
      left_ = true;
    else if (errno != EINTR)
      throw Refusal{exit_file, std::string("cannot write to stdout: ") + std::strerror(errno)};
  }
}

void Console::line(std::string_view line) { text(std::string(line) + "\n"); }

void Console::progress(const std::string& line) {
  if (!draws_) return;
  const auto now = std::chrono::steady_clock::now();
  if (drawn_ && now - drawn_at_ < draw_interval) return;
  drawn_at_ = now;
  drawn_ = true;
  std::fprintf(stderr, "\r\x1b[K%s", cut_to(line, columns_at(STDERR_FILENO) - 1).c_str());
}

void Console::clear_progress() {
  if (drawn_) std::fprintf(stderr, "\r\x1b[K");
  drawn_ = false;
}

void Console::note(std::string_view message) {
  clear_progress();
  std::fprintf(stderr, "tidemark-sim: %.*s\n", int(message.size()), message.data());
}

std::size_t Console::width() const { return columns_at(STDOUT_FILENO); }

std::string Console::painted(const char* code, std::string_view text) const {
  return colours_ ? code + std::string(text) + "\x1b[0m" : std::string(text);
}

}  // namespace tidemark::sim::cli
