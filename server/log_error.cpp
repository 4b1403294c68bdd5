#include "server/log_error.h"

#include "hlc/assert.h"

namespace tidemark::server {
namespace {

struct Meaning {
  LogFailure failure;
  const char* code;
  const char* hint;
  Retry retry;
};

constexpr Meaning meanings[] = {
    {LogFailure::locked, "locked", "Stop the other relay, or give this one a data directory of its own.",
     Retry::after_fix},
    {LogFailure::not_a_log, "not_a_relay_log", "Choose the directory of a relay, or an empty one.", Retry::after_fix},
    {LogFailure::newer_schema, "newer_schema", "Use the version of tidemark-relay that wrote it, or a later one.",
     Retry::after_fix},
    {LogFailure::full, "relay_full", "Make room on the relay's disk; what was sent stays with its sender.",
     Retry::later},
    {LogFailure::read_only, "read_only", "Let the relay's user write the data directory.", Retry::after_fix},
    {LogFailure::busy, "relay_busy", "Another program holds the relay's database; it is tried again.", Retry::later},
    {LogFailure::corrupt, "relay_corrupt",
     "Stop the relay and put its data directory back from a copy; devices send again what the copy lacks.",
     Retry::after_fix},
    {LogFailure::no_memory, "no_memory", "Give the relay more memory.", Retry::later},
    {LogFailure::io_error, "io_error", "Look into the system log of the relay's machine.", Retry::later},
    {LogFailure::refused, "relay_refused", "The log holds this bundle already; it has to be loaded anew.",
     Retry::later},
};

const Meaning& meaning(LogFailure failure) {
  for (const auto& each : meanings) {
    if (each.failure == failure) return each;
  }
  TIDEMARK_ASSERT(!"every failure has a meaning");
  return meanings[0];
}

}  // namespace

const char* code(LogFailure failure) { return meaning(failure).code; }

LogError::LogError(LogFailure failure, const std::string& doing, const std::string& detail, int sqlite_code)
    : std::runtime_error(std::string(code(failure)) + ": " + doing + ": " + detail +
                         (sqlite_code != 0 ? " (SQLite " + std::to_string(sqlite_code) + ")" : "")),
      failure_(failure),
      sqlite_code_(sqlite_code),
      doing_(doing),
      detail_(detail) {}

Error LogError::error() const {
  const auto& found = meaning(failure_);
  const auto got = sqlite_code_ != 0 ? detail_ + " (SQLite " + std::to_string(sqlite_code_) + ")" : detail_;
  return {found.code, doing_, got, "", found.hint, found.retry};
}

}  // namespace tidemark::server
