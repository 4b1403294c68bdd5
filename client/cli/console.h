// Console: where a verb prints results, refusals and remarks, and the exit codes.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "client/cli/output.h"
#include "crdt/error.h"
#include "store/error.h"

namespace tidemark::cli {

inline constexpr int exit_ok = 0;
inline constexpr int exit_refused = 1;  // the input was refused or the work failed
inline constexpr int exit_usage = 2;    // the command line itself makes no sense

class Console {
 public:
  // `json_errors`: errors are one JSON object a line. `program` is what plain ones start with ("tidemark").
  Console(Output& out, std::string program, bool json_errors);

  Output& out() { return out_; }
  // From now on usage errors name this verb and its help.
  void set_verb(std::string verb) { verb_ = std::move(verb); }

  // Prints the error to stderr, after all results so far, and gives the exit code that belongs to it.
  int refuse(Error error);
  // Something that the user should know, but no error: one line on stderr, {"note":...} with JSON errors.
  void note(std::string_view text);
  // stderr is a terminal that can go back to the start of a line.
  bool can_draw() const { return terminal_ && !json_errors_; }
  // Draws over the current line of a terminal; an empty text wipes it.
  void draw(std::string_view text);

 private:
  void print(const std::string& line);

  Output& out_;
  std::string program_;
  std::string verb_;
  bool json_errors_;
  bool terminal_;
  bool colours_;
  bool drawn_ = false;
};

// The failure of a file as an Error, with what to do about it.
Error to_error(const store::StoreError& failure);

}  // namespace tidemark::cli
