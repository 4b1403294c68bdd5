// Args: what follows a verb on the command line, split into flags and the rest.
//
// Written here because values are JSON: a library that splits a bracketed argument into a list, or takes -5 for a flag,
// changes what the user says.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crdt/error.h"

namespace tidemark::cli {

struct Flag {
  std::string name;   // with its dashes: "--space"
  std::string value;  // what its value is called in the help ("NAME"); empty for a switch
  std::string help;
  bool repeats = false;
};

class Args {
 public:
  // The arguments that are no flags, in order.
  const std::vector<std::string>& words() const { return words_; }
  // The word at `index`, or nothing if there are fewer.
  std::optional<std::string> word(std::size_t index) const;
  bool has(std::string_view flag) const { return flags_.find(flag) != flags_.end(); }
  // The value of a flag, or nothing if it was not given.
  std::optional<std::string> value(std::string_view flag) const;
  // Every value of a flag that repeats, in order.
  std::vector<std::string> values(std::string_view flag) const;

 private:
  friend Result<Args> parse_args(std::span<const std::string> arguments, const std::vector<Flag>& flags);
  std::vector<std::string> words_;
  std::map<std::string, std::vector<std::string>, std::less<>> flags_;
};

// Flags may stand anywhere, as "--flag VALUE" or "--flag=VALUE"; "--" ends them. A single "-" and whatever starts like
// a negative number are words. Errors have the code usage.
Result<Args> parse_args(std::span<const std::string> arguments, const std::vector<Flag>& flags);

// An Error of code usage; `wrong` names the argument, `got` may be empty.
Error usage_error(std::string wrong, std::string_view got, std::string expected, std::string hint = {});

// The candidate that `word` was probably meant to be, or nothing if none is near.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace tidemark::cli
