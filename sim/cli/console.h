// Console: what `tidemark-sim` says: results on stdout, how far it is on stderr.
//
// Colours and progress are for terminals only, colours not where NO_COLOR is set.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace tidemark::sim::cli {

// Why a verb cannot do what it was asked to; main prints it and exits with the code.
struct Refusal {
  int exit_code;
  std::string message;
};

class Console {
 public:
  Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  ~Console();  // takes the progress line away

  // Written at once: whoever reads at the other end of a pipe sees each line when it is known. If the reader left, what
  // follows is dropped without a word. A disk that is full is a Refusal.
  void text(std::string_view text);
  void line(std::string_view line);
  bool reader_left() const { return left_; }  // long work may stop

  // A line on stderr that takes the place of the last one; ten times a second at most, and only on a terminal.
  void progress(const std::string& line);
  bool shows_progress() const { return draws_; }
  // A line on stderr that stays: "tidemark-sim: MESSAGE".
  void note(std::string_view message);

  bool colours() const { return colours_; }  // on stdout
  std::string red(std::string_view text) const { return painted("\x1b[31m", text); }
  std::string green(std::string_view text) const { return painted("\x1b[32m", text); }
  std::string dim(std::string_view text) const { return painted("\x1b[2m", text); }
  std::size_t width() const;  // columns of the terminal at stdout; 100 if there is none

 private:
  std::string painted(const char* code, std::string_view text) const;
  void clear_progress();

  bool colours_ = false;
  bool draws_ = false;
  bool drawn_ = false;
  bool left_ = false;
  std::chrono::steady_clock::time_point drawn_at_;
};

}  // namespace tidemark::sim::cli
