// Bundles that several tests use. They are fixed: fixtures and the document hold their bytes.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "bundles/bundle.h"
#include "bundles/chain.h"
#include "hlc/assert.h"

namespace tidemark {

inline constexpr NodeId sample_node{0x89abcdef01234567};
inline constexpr NodeId other_node{0x0011223344556677};
inline constexpr std::uint64_t sample_ms = 1'795'185'612'345;  // 2026-11-20T14:40:12.345Z
inline constexpr std::string_view sample_space = "notes";
inline constexpr const char* sample_uuid = "0195f3a2-7c4e-7d10-8a55-1f2e3d4c5b6a";

inline Value text_value(std::string text) {
  auto value = Value::text(std::move(text));
  TIDEMARK_ASSERT(value);
  return *std::move(value);
}

inline Value bytes_value(std::string raw) {
  auto value = Value::bytes(std::move(raw));
  TIDEMARK_ASSERT(value);
  return *std::move(value);
}

inline Value json_value(std::string_view json) {
  auto value = Value::json(json);
  TIDEMARK_ASSERT(value);
  return *std::move(value);
}

inline Change one_event(const Stamp& stamp, std::string entity, std::string attribute, Value value,
                        std::optional<Stamp> base = std::nullopt) {
  return {stamp, {{{std::move(entity), std::move(attribute)}, std::move(value), base}}, {}, {}};
}

// One 20-byte text edit of what another node wrote an hour ago.
inline Bundle edit_sample() {
  return {sample_node,
          7,
          {one_event({sample_ms, 0, sample_node}, sample_uuid, "body", text_value("Buy bread and butter"),
                     Stamp{sample_ms - 3'600'000, 2, other_node})}};
}

// Every type of value, every kind of link, all members of metadata, entities of both forms, three changes.
inline Bundle full_sample() {
  Bundle bundle{sample_node, 300, {}};
  Change first;
  first.stamp = {sample_ms, 65535, sample_node};
  first.events = {{{sample_uuid, "body"}, text_value("na\u00efve"), std::nullopt},
                  {{sample_uuid, "deleted"}, Value::boolean(true), Stamp{sample_ms - 1, 3, sample_node}},
                  {{sample_uuid, "order"}, Value::integer(-3), Stamp{sample_ms + 5, 0, other_node}},
                  {{"settings", "blob"}, bytes_value(std::string("\x00\xff", 2)), std::nullopt},
                  {{"settings", "empty"}, Value::null(), std::nullopt}};
  first.links = {{LinkKind::correlation, {sample_ms - 70'000, 0, other_node}},
                 {LinkKind::undoes, {sample_ms - 1, 3, sample_node}}};
  first.metadata = {"ada", "import", "", "{\"k\": 1}"};
  Change second = one_event({sample_ms + 1, 0, sample_node}, "settings", "ratio", Value::real(0.5));
  second.metadata.author = "ada";
  Change third = one_event({sample_ms + 1, 4, sample_node}, "settings", "tags", json_value(R"(["a",{"b":null}])"),
                           Stamp{0, 0, NodeId{0}});
  third.links = {{LinkKind::causation, {sample_ms + 1, 0, sample_node}}};
  third.metadata = {"ada", "", "by hand", ""};
  bundle.changes = {first, second, third};
  return bundle;
}

inline Hash sample_previous() {
  Hash hash;
  for (std::size_t i = 0; i < hash.size(); ++i) hash[i] = static_cast<std::uint8_t>(i);
  return hash;
}

inline Bytes encoded(const Bundle& bundle) { return encode_bundle(bundle, sample_previous(), sample_space).bytes; }

inline bool same(const Bundle& a, const Bundle& b) { return a.node == b.node && a.n == b.n && a.changes == b.changes; }

// The code of the error, or "ok".
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "ok" : result.error().code;
}

inline std::string read_source_file(const std::string& path) {
  std::ifstream in(std::filesystem::path(TIDEMARK_SOURCE_DIR) / path, std::ios::binary);
  TIDEMARK_ASSERT(in.is_open());
  return {std::istreambuf_iterator<char>(in), {}};
}

// The bytes that pairs of hexadecimal digits say; white space between pairs is skipped.
inline Bytes bytes_of_hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != '\n') digits += c;
  }
  Bytes bytes(digits.size() / 2);
  TIDEMARK_ASSERT(from_hex(digits, bytes));
  return bytes;
}

}  // namespace tidemark
