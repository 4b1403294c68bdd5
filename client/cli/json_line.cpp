#include "client/cli/json_line.h"

#include <vector>

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

JsonLine& JsonLine::truth(std::string_view member, bool truth) { return json(member, truth ? "true" : "false"); }

JsonLine& JsonLine::list(std::string_view member, std::span<const std::string> jsons) {
  name(member);
  text_.push_back('[');
  for (const std::string& json : jsons) {
    if (&json != jsons.data()) text_.push_back(',');
    text_.append(json);
  }
  text_.push_back(']');
  return *this;
}

JsonLine& JsonLine::stamps(std::string_view member, std::span<const Stamp> stamps) {
  std::vector<std::string> jsons;
  for (const Stamp& stamp : stamps) jsons.push_back(quote_json(to_string(stamp)));
  return list(member, jsons);
}

}  // namespace tidemark::cli
