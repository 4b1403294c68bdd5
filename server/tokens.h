// Tokens: who may use which space, from the operator's file.
//
// A line is `TOKEN SPACE`, or `TOKEN *` for every space; the space is the rest of the line. Blank lines and those that
// start with # do not count. A token may stand on several lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crdt/error.h"
#include "crdt/head.h"

namespace tidemark::server {

inline constexpr std::size_t min_token_bytes = 16;    // shorter ones can be guessed
inline constexpr std::size_t max_token_bytes = 1024;  // what a hello carries, sync::max_credential_bytes

class Tokens {
 public:
  // Error bad_token_file; its field names the line, and no part of a token is ever in it.
  static Result<Tokens> parse(std::string_view text);
  // Reads the file; it is small. Also bad_token_file if it cannot be read.
  static Result<Tokens> read(const std::string& path);

  // Only digests are kept, and all of them are compared in constant time: how long it takes tells nothing about them.
  bool allows(std::string_view token, std::string_view space) const;
  std::size_t size() const { return rights_.size(); }

 private:
  struct Right {
    Hash token{};       // BLAKE2b-256
    std::string space;  // "*": every one
  };
  std::vector<Right> rights_;
};

}  // namespace tidemark::server
