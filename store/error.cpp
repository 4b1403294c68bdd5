#include "store/error.h"

namespace tidemark::store {

const char* code(Failure failure) {
  switch (failure) {
    case Failure::not_found:
      return "not_found";
    case Failure::exists:
      return "exists";
    case Failure::not_a_replica:
      return "not_a_replica";
    case Failure::newer_schema:
      return "newer_schema";
    case Failure::read_only:
      return "read_only";
    case Failure::disk_full:
      return "disk_full";
    case Failure::locked:
      return "locked";
    case Failure::busy:
      return "busy";
    case Failure::corrupt:
      return "corrupt";
    case Failure::io_error:
      return "io_error";
    case Failure::no_memory:
      return "no_memory";
  }
  return "unknown";
}

StoreError::StoreError(Failure failure, const std::string& doing, const std::string& detail, int sqlite_code)
    : std::runtime_error(std::string(code(failure)) + ": " + doing + ": " + detail),
      failure_(failure),
      sqlite_code_(sqlite_code) {}

}  // namespace tidemark::store
