// Every bound of the data model, with its reason. What exceeds one is refused with an error that
// names the field, the size found and the limit.
#pragma once

#include <cstddef>

namespace tidemark {

inline constexpr std::size_t max_space_bytes = 255;         // travels with a one-byte length in files and logs
inline constexpr std::size_t max_entity_bytes = 64;         // a UUID is 36; room for prefixed ids
inline constexpr std::size_t max_attribute_bytes = 255;     // names, not content
inline constexpr std::size_t max_value_bytes = 256 * 1024;  // of the canonical value bytes without their tag
inline constexpr std::size_t max_json_depth = 32;           // nested objects and arrays; bounds recursion
inline constexpr std::size_t max_diff_edits = 1000;         // of lines or words; bounds time and memory of a diff
inline constexpr std::size_t max_change_events = 10'000;    // a change fits one bundle
inline constexpr std::size_t max_change_links = 256;
inline constexpr std::size_t max_metadata_bytes = 64 * 1024;  // of all four members of a change's metadata together
inline constexpr std::size_t max_metadata_json_bytes = 16 * 1024;  // of its free JSON: a description, not content
inline constexpr std::size_t max_identity_bytes = 255;  // a file's default author, and source: each change repeats them
inline constexpr std::size_t max_bundle_events = 10'000;
inline constexpr std::size_t max_bundle_bytes = 512 * 1024;  // canonical bytes, before compression
inline constexpr std::size_t max_message_bytes = 1024 * 1024;

static_assert(max_metadata_json_bytes < max_metadata_bytes, "the JSON leaves room for the other members");
static_assert(max_value_bytes + max_metadata_bytes < max_bundle_bytes, "the largest change of one event fits a bundle");
static_assert(max_bundle_bytes < max_message_bytes, "a bundle fits a message");

}  // namespace tidemark
