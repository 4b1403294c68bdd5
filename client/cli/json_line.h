// JsonLine: one JSON object, member by member, in the order in which they are added.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "crdt/value.h"
#include "hlc/stamp.h"

namespace tidemark::cli {

class JsonLine {
 public:
  JsonLine& json(std::string_view name, std::string_view json);  // `json` as it stands
  JsonLine& text(std::string_view name, std::string_view text);  // UTF-8
  JsonLine& number(std::string_view name, std::uint64_t number);
  JsonLine& value(std::string_view name, const Value& value);
  JsonLine& stamp(std::string_view name, const Stamp& stamp);
  JsonLine& truth(std::string_view name, bool truth);
  // An array of JSON texts as they stand, and one of stamps.
  JsonLine& list(std::string_view name, std::span<const std::string> jsons);
  JsonLine& stamps(std::string_view name, std::span<const Stamp> stamps);
  // null if there is none.
  JsonLine& stamp(std::string_view name, const std::optional<Stamp>& stamp);

  // The object, without a line feed.
  std::string str() const { return text_ + '}'; }

 private:
  void name(std::string_view name);

  std::string text_ = "{";
};

}  // namespace tidemark::cli
