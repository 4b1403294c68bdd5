// LogError: the storage of a relay's logs failed, or is not what it should be.
//
// Thrown where a file is opened; inside the engine it becomes the Error of a call's outcome. Nothing is half done when
// it is thrown: the transaction that was under way is rolled back by whoever began it.
#pragma once

#include <stdexcept>
#include <string>

#include "crdt/error.h"

namespace tidemark::server {

enum class LogFailure {
  locked,        // another relay uses this directory; its pid is in the message
  not_a_log,     // a file, but not one of ours
  newer_schema,  // written by a later version; nothing was touched
  full,          // no room: on the disk, or for one more space
  read_only,     // the file or its directory cannot be written
  busy,          // another process held the write lock for too long
  corrupt,       // SQLite or one of our checks found damage
  no_memory,
  io_error,  // anything else the system refused
  refused,   // a row contradicts one that is there
};

// The stable code: "locked", "not_a_relay_log", "newer_schema", "relay_full", "read_only", "relay_busy",
// "relay_corrupt", "no_memory", "io_error", "relay_refused".
const char* code(LogFailure failure);

class LogError : public std::runtime_error {
 public:
  // `doing` says what we tried ("reading entries"), `detail` what was found. `sqlite_code` is the extended result code;
  // 0 means that our own check failed and that the connection is sound.
  LogError(LogFailure failure, const std::string& doing, const std::string& detail, int sqlite_code = 0);

  LogFailure failure() const { return failure_; }
  int sqlite_code() const { return sqlite_code_; }
  // As the outcome of a call: field is `doing`, got is `detail` with the SQLite code, retry and hint follow from the failure.
  Error error() const;

 private:
  LogFailure failure_;
  int sqlite_code_;
  std::string doing_;
  std::string detail_;
};

}  // namespace tidemark::server
