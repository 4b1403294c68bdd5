// When: how users name stamps and points of the past.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "client/cli/args.h"
#include "client/history.h"

namespace tidemark::cli {

// A stamp; "#3" for the third change; "now" for everything that is here; or a time, which means as of its end: that of the
// millisecond, the second or the UTC day that is named. Error: bad_when.
Result<When> read_when(std::string_view text);

// A time as above, but its first millisecond. `field` is what the error names. Error: bad_time.
Result<std::int64_t> read_time_from(std::string field, std::string_view text);

// Error: bad_stamp.
Result<Stamp> read_stamp(std::string field, std::string_view text);

// The stamp that a flag names, if it is given. Error: bad_stamp.
Result<std::optional<Stamp>> stamp_flag(const Args& args, const char* flag);

// What the help of verbs that take a WHEN says.
extern const char when_help[];

}  // namespace tidemark::cli
