// Merging of texts and JSON: what merges is a value, the same whichever side wins, and a side without changes has no say.
#include <optional>
#include <string_view>

#include "crdt/merge_values.h"
#include "hlc/assert.h"

using namespace tidemark;

namespace {

// Cuts the input at its first byte 0xff, which no UTF-8 holds.
std::string_view cut(std::string_view& input) {
  const std::string_view part = input.substr(0, input.find('\xff'));
  input.remove_prefix(part.size() < input.size() ? part.size() + 1 : input.size());
  return part;
}

void check_merge(const Value& base, const Value& winner, const Value& loser) {
  TIDEMARK_ASSERT(merge_values(base, winner, base) == winner);
  TIDEMARK_ASSERT(merge_values(base, base, loser) == loser);
  TIDEMARK_ASSERT(merge_values(base, winner, winner) == winner);
  const auto merged = merge_values(base, winner, loser);
  const auto mirrored = merge_values(base, loser, winner);
  TIDEMARK_ASSERT(merged.has_value() == mirrored.has_value());
  if (!merged) return;
  // The order of array elements depends on the winner.
  TIDEMARK_ASSERT(merged->payload_size() == mirrored->payload_size());
  TIDEMARK_ASSERT(base.type() == ValueType::json || *merged == *mirrored);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view base = cut(input);
  const std::string_view winner = cut(input);
  const std::string_view loser = cut(input);
  const auto base_text = Value::text(std::string(base));
  const auto winner_text = Value::text(std::string(winner));
  const auto loser_text = Value::text(std::string(loser));
  if (base_text && winner_text && loser_text) check_merge(*base_text, *winner_text, *loser_text);
  const auto base_json = Value::json(base);
  const auto winner_json = Value::json(winner);
  const auto loser_json = Value::json(loser);
  if (base_json && winner_json && loser_json) check_merge(*base_json, *winner_json, *loser_json);
  return 0;
}
