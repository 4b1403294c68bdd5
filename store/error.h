// StoreError: the environment broke, or the file is not what it should be. Thrown by every function of the store; the
// transaction that was under way is rolled back and the store can be used again, except after io_error on a sync: then
// close it and open it anew, because what the kernel still holds cannot be trusted.
#pragma once

#include <stdexcept>
#include <string>

namespace tidemark::store {

enum class Failure {
  not_found,      // no such file
  exists,         // create() on a file that is there
  not_a_replica,  // a file, but not one of ours
  newer_schema,   // written by a later version; nothing was touched
  read_only,      // the file or its directory cannot be written
  disk_full,      // nothing of the transaction was written
  locked,         // another process syncs this file; its pid is in the message
  busy,           // another process held the write lock for longer than the time-out
  corrupt,        // SQLite or one of our checks found damage
  io_error,       // anything else the system refused
  no_memory,
};

// "disk_full" and so on: the stable code of the error.
const char* code(Failure failure);

class StoreError : public std::runtime_error {
 public:
  // `doing` says what we tried ("recording a change"), `detail` what the system said.
  StoreError(Failure failure, const std::string& doing, const std::string& detail, int sqlite_code = 0);
  Failure failure() const { return failure_; }
  int sqlite_code() const { return sqlite_code_; }  // extended result code, 0 if none

 private:
  Failure failure_;
  int sqlite_code_;
};

}  // namespace tidemark::store
