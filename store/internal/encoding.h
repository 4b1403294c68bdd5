// How the columns of the replica file spell stamps, nodes, entities, values and links.
//
// SQLite's integers are signed, so unsigned ones are stored with their top bit flipped: the order stays.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crdt/change.h"
#include "store/internal/connection.h"

namespace tidemark::store::internal {

// Values up to so many payload bytes stand in `attributes` too, larger ones only in their event.
inline constexpr std::size_t small_value_bytes = 64;
static_assert(small_value_bytes >= 8, "only strings are ever left to their event");
// A cell's key is its entity's id and, in the low bits, its attribute's.
inline constexpr int attribute_bits = 24;

std::int64_t node_column(NodeId node);
NodeId node_of_column(std::int64_t column);
// (ms, counter) as one number; the node has a column of its own.
std::int64_t hlc_column(const Stamp& stamp);
Stamp stamp_of_columns(std::int64_t hlc, NodeId node);  // throws corrupt beyond the last stamp

constexpr std::int64_t cell_key(std::int64_t entity, std::int64_t attribute) {
  return entity << attribute_bits | attribute;
}
constexpr std::int64_t entity_of_key(std::int64_t key) { return key >> attribute_bits; }
constexpr std::int64_t attribute_of_key(std::int64_t key) { return key & ((std::int64_t{1} << attribute_bits) - 1); }

// The 16 bytes of a canonical UUID, or nothing for any other id.
std::optional<Bytes> uuid_bytes(std::string_view entity);
std::string uuid_text(std::string_view bytes);  // of 16 bytes
std::string entity_of_column(const Query& row, int column);  // a UUID's bytes, or any other id as text

bool is_small(const Value& value);
ValueType kind_of_column(std::int64_t column);  // throws corrupt
// Throws corrupt unless the columns are what Value's binding makes.
Value value_of_columns(const Query& row, ValueType kind, int column);

// One line a link: "undoes 2026-...". Throws corrupt on anything else.
std::string links_text(const std::vector<Link>& links);
std::vector<Link> links_of_text(const std::string& text);

}  // namespace tidemark::store::internal
