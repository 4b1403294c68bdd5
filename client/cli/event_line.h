// EventLine: a line {"t","device","entity","attribute","value",...} as `import` and `set --batch` read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crdt/change.h"
#include "crdt/error.h"

namespace tidemark::cli {

// Where the members stand in the line, as JSON texts; empty if absent. Slices instead of a parsed tree, so that a value
// is read by nobody but Value::from_json and keeps every digit, and so that lines of other devices cost next to
// nothing.
struct EventLine {
  std::string_view t;
  std::string_view device;
  std::string_view entity;
  std::string_view attribute;
  std::string_view value;
};

// True if nothing but JSON white space is in the line.
bool is_blank(std::string_view line);

// Finds the members. Other members are ignored, and whatever stands inside their quotes and brackets is not judged.
// Errors: bad_json, duplicate_key (of one of ours).
Result<EventLine> slice_event_line(std::string_view line);

// The write that a line describes. Errors: missing_member, wrong_type, and those of unquote_json, Value::from_json
// and check_cell.
Result<Write> to_write(const EventLine& line);

// The line's t: an integer number of ms, 0..max_import_ms. Errors: missing_member, bad_time.
Result<std::int64_t> to_time(const EventLine& line);
inline constexpr std::int64_t max_import_ms = 253'370'764'800'000;  // 9999-01-01: a clock's greatest reading

// True if the line's device is the text `device`.
bool is_of_device(const EventLine& line, std::string_view device);

}  // namespace tidemark::cli
