// What encoder and decoder share of the inside of a bundle; docs/bundle-format.md describes it in full.
// Internal to this folder.
#pragma once

#include <cstdint>
#include <string_view>

#include "bundles/bundle.h"
#include "crdt/value.h"

namespace tidemark::layout {

// The least that one element of a column set takes, so that a count can be checked against what is left.
inline constexpr std::uint64_t event_bytes_min = 4;  // entity, attribute, type, base
inline constexpr std::uint64_t link_bytes_min = 4;   // kind, node, ms, counter
inline constexpr std::uint64_t entry_bytes_min = 2;  // a length and a byte of text
inline constexpr std::uint64_t node_bytes = 8;

// Tag of an entity entry that holds a UUID; every other tag is the length of the text.
inline constexpr std::uint8_t entity_uuid_tag = 0;

inline constexpr std::size_t metadata_members = 4;

// Numbers with a sign, small when near zero on either side: 0, -1, 1, -2 become 0, 1, 2, 3.
inline std::uint64_t zigzag(std::int64_t number) {
  return static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
}
inline std::int64_t unzigzag(std::uint64_t code) { return static_cast<std::int64_t>(code >> 1 ^ (~(code & 1) + 1)); }

inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

inline bool has_size(ValueType type) {
  return type == ValueType::text || type == ValueType::bytes || type == ValueType::json;
}

// Bytes of metadata in all changes together, repeats counted. At most max_bundle_bytes in a bundle, since
// the dictionary would otherwise let a few bytes stand for gigabytes.
std::size_t metadata_size(const Metadata& metadata);

}  // namespace tidemark::layout
