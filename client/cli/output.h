// Output: standard output, buffered, for programs at the other end of a pipe.
#pragma once

#include <string>
#include <string_view>

namespace tidemark::cli {

// Failures are thrown as std::system_error, except the reader's leaving (EPIPE): then everything further is dropped
// without a word and closed() tells long work that it may stop. Needs SIGPIPE to be ignored.
class Output {
 public:
  explicit Output(int descriptor) : descriptor_(descriptor) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Adds the text as it is. It is written when enough has come together, and by flush().
  void text(std::string_view text);
  // Adds the text and a line feed.
  void line(std::string_view text);
  // What was not flushed when the Output goes is lost: main flushes, so that a failure becomes an exit code.
  void flush();
  bool closed() const { return closed_; }

 private:
  int descriptor_;
  bool closed_ = false;
  std::string buffer_;
};

}  // namespace tidemark::cli
