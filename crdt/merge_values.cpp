#include "crdt/merge_values.h"

#include "crdt/limits.h"
#include "crdt/merge_json.h"
#include "crdt/merge_text.h"
#include "crdt/three_way.h"
#include "hlc/assert.h"

namespace tidemark {
namespace {

std::optional<std::string> merge_payloads(const Value& base, const Value& winner, const Value& loser) {
  switch (base.type()) {
    case ValueType::text:
      return merge_text(base.as_string(), winner.as_string(), loser.as_string());
    case ValueType::json:
      return merge_json(base.as_string(), winner.as_string(), loser.as_string());
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Value> merge_values(const Value& base, const Value& winner, const Value& loser) {
  if (const Value* side = changed_side(base, winner, loser)) return *side;
  if (base.type() != winner.type() || base.type() != loser.type()) return std::nullopt;
  const auto merged = merge_payloads(base, winner, loser);
  if (!merged || merged->size() > max_value_bytes) return std::nullopt;
  auto value = Value::from_canonical(base.type(), *merged);
  TIDEMARK_ASSERT(value);
  return *std::move(value);
}

}  // namespace tidemark
