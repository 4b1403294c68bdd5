#include "client/cli/event_line.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "crdt/json.h"

namespace tidemark::cli {
namespace {

constexpr std::string_view white = " \t\r\n";

// Goes over JSON text by brackets and quotes alone.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t position() const { return position_; }
  bool at_end() const { return position_ == text_.size(); }

  void skip_white() {
    while (!at_end() && white.find(text_[position_]) != std::string_view::npos) ++position_;
  }

  bool take(char c) {
    if (at_end() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  // A string with its quotes; empty if none starts here or it does not end.
  std::string_view string() {
    if (at_end() || text_[position_] != '"') return {};
    const std::size_t start = position_;
    for (std::size_t i = start + 1; i < text_.size(); ++i) {
      const void* found = std::memchr(text_.data() + i, '"', text_.size() - i);
      if (found == nullptr) return {};
      i = static_cast<std::size_t>(static_cast<const char*>(found) - text_.data());
      std::size_t escapes = i;
      while (text_[escapes - 1] == '\\') --escapes;
      if ((i - escapes) % 2 == 0) {
        position_ = i + 1;
        return text_.substr(start, position_ - start);
      }
    }
    return {};
  }

  // A value of any type; empty if there is none.
  std::string_view value() {
    if (at_end()) return {};
    if (text_[position_] == '"') return string();
    const std::size_t start = position_;
    if (text_[position_] == '{' || text_[position_] == '[') {
      if (!container()) return {};
    } else {
      position_ = std::min(text_.find_first_of(",]} \t\r\n", position_), text_.size());
      if (!is_literal(text_.substr(start, position_ - start))) return {};
    }
    return text_.substr(start, position_ - start);
  }

 private:
  static bool is_literal(std::string_view token) {
    if (token == "true" || token == "false" || token == "null") return true;
    return token.find_first_not_of("+-.0123456789eE") == std::string_view::npos;
  }

  bool container() {
    std::size_t depth = 0;
    while (true) {
      const std::size_t next = text_.find_first_of("\"{}[]", position_);
      if (next == std::string_view::npos) return false;
      position_ = next;
      const char c = text_[position_];
      if (c == '"') {
        if (string().empty()) return false;
        continue;
      }
      ++position_;
      if (c == '{' || c == '[') {
        ++depth;
      } else if (--depth == 0) {
        return true;
      }
    }
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

Error bad_json(const Scanner& scanner, std::string expected) {
  return {"bad_json", "byte " + std::to_string(scanner.position() + 1), "", std::move(expected), "", Retry::after_fix};
}

// The place for a member of this name, or null if it is none of ours.
std::string_view* place(EventLine& line, std::string_view quoted) {
  std::string spelled;
  if (quoted.find('\\') != std::string_view::npos) {
    if (Result<std::string> name = unquote_json(quoted)) spelled = quote_json(*name);
    quoted = spelled;
  }
  if (quoted == "\"t\"") return &line.t;
  if (quoted == "\"device\"") return &line.device;
  if (quoted == "\"entity\"") return &line.entity;
  if (quoted == "\"attribute\"") return &line.attribute;
  if (quoted == "\"value\"") return &line.value;
  return nullptr;
}

Error missing(const char* member) {
  return {"missing_member", member, "nothing", "lines of the form {\"entity\":...,\"attribute\":...,\"value\":...}", "",
          Retry::after_fix};
}

Result<std::string> name_of(const char* member, std::string_view json) {
  if (json.empty()) return missing(member);
  if (json.front() != '"') return Error{"wrong_type", member, excerpt(json), "a text", "", Retry::after_fix};
  Result<std::string> text = unquote_json(json);
  if (text) return text;
  Error error = text.error();
  error.field = std::string(member) + ": " + error.field;
  return error;
}

}  // namespace

bool is_blank(std::string_view line) { return line.find_first_not_of(white) == std::string_view::npos; }

Result<EventLine> slice_event_line(std::string_view text) {
  EventLine line;
  Scanner scanner(text);
  scanner.skip_white();
  if (!scanner.take('{')) return bad_json(scanner, "a JSON object a line");
  scanner.skip_white();
  bool more = !scanner.take('}');
  while (more) {
    scanner.skip_white();
    const std::string_view name = scanner.string();
    if (name.empty()) return bad_json(scanner, "a member name in quotes");
    scanner.skip_white();
    if (!scanner.take(':')) return bad_json(scanner, "a colon");
    scanner.skip_white();
    const std::string_view value = scanner.value();
    if (value.empty()) return bad_json(scanner, "a value that ends");
    if (std::string_view* member = place(line, name)) {
      if (!member->empty())
        return Error{"duplicate_key", std::string(name), "it twice", "it once", "", Retry::after_fix};
      *member = value;
    }
    scanner.skip_white();
    more = scanner.take(',');
    if (!more && !scanner.take('}')) return bad_json(scanner, "a comma or the end of the object");
  }
  scanner.skip_white();
  if (!scanner.at_end()) return bad_json(scanner, "nothing after the object");
  return line;
}

Result<Write> to_write(const EventLine& line) {
  Result<std::string> entity = name_of("entity", line.entity);
  if (!entity) return entity.error();
  Result<std::string> attribute = name_of("attribute", line.attribute);
  if (!attribute) return attribute.error();
  if (line.value.empty()) return missing("value");
  Write write{{std::move(*entity), std::move(*attribute)}, {}};
  if (const auto error = check_cell(write.cell)) return *error;
  Result<Value> value = Value::from_json(line.value);
  if (!value) {
    Error error = value.error();
    error.field = "value: " + error.field;
    return error;
  }
  write.value = std::move(*value);
  return write;
}

Result<std::int64_t> to_time(const EventLine& line) {
  if (line.t.empty()) return missing("t");
  const auto number = parse_number(line.t);
  const auto* ms = std::get_if<std::int64_t>(&number);
  if (ms == nullptr || *ms < 0 || *ms > max_import_ms) {
    return Error{"bad_time",      "t", excerpt(line.t), "whole milliseconds since 1970, before the year 9999", "",
                 Retry::after_fix};
  }
  return *ms;
}

bool is_of_device(const EventLine& line, std::string_view device) {
  if (line.device.size() < 2 || line.device.front() != '"') return false;
  if (line.device.find('\\') == std::string_view::npos) return line.device.substr(1, line.device.size() - 2) == device;
  const Result<std::string> text = unquote_json(line.device);
  return text && *text == device;
}

}  // namespace tidemark::cli
