#include "client/cli/json_line.h"

#include "crdt/json.h"

namespace tidemark::cli {

void JsonLine::name(std::string_view name) {
  if (text_.size() > 1) text_.push_back(',');
  append_quoted_json(text_, name);
  text_.push_back(':');
}

JsonLine& JsonLine::json(std::string_view member, std::string_view json) {
  name(member);
  text_.append(json);
  return *this;
}

JsonLine& JsonLine::text(std::string_view member, std::string_view text) {
  name(member);
  append_quoted_json(text_, text);
  return *this;
}

JsonLine& JsonLine::number(std::string_view member, std::uint64_t number) {
  return json(member, std::to_string(number));
}

JsonLine& JsonLine::value(std::string_view member, const Value& value) { return json(member, value.to_json()); }

JsonLine& JsonLine::stamp(std::string_view member, const Stamp& stamp) { return text(member, to_string(stamp)); }

JsonLine& JsonLine::stamp(std::string_view member, const std::optional<Stamp>& stamp) {
  return stamp ? this->stamp(member, *stamp) : json(member, "null");
}

}  // namespace tidemark::cli
