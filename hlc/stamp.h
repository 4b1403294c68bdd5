// A stamp is one reading of a hybrid logical clock, and the total order that all replicas share.
//
// Hybrid logical clocks: Kulkarni, Demirbas, Madappa, Avva, Leone, "Logical Physical Clocks", 2014.
// The order is (ms, counter, node), each as an unsigned number. Both encodings below keep it: the
// byte order of the 16-byte form, the byte order of the 46-character form and the order of the
// stamps are the same order.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

// One incarnation of one replica file: a random 64-bit number, replaced when a fork is found.
// Every value is legal, 0 too. With a million nodes in a space the odds that two are equal are
// about 1 in 37 million; equal ones are found and healed like a copied file.
struct NodeId {
  std::uint64_t value = 0;
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

// 16 lower-case hexadecimal digits.
std::string to_string(NodeId node);
// Nothing unless the text is exactly 16 lower-case hexadecimal digits.
std::optional<NodeId> parse_node(std::string_view text);

struct Stamp {
  std::uint64_t ms = 0;       // milliseconds since the Unix epoch, 0..max_stamp_ms
  std::uint16_t counter = 0;  // counts within the millisecond
  NodeId node;
  friend auto operator<=>(const Stamp&, const Stamp&) = default;
};

// 9999-12-31T23:59:59.999Z, the last millisecond that the text form can name.
inline constexpr std::uint64_t max_stamp_ms = 253'402'300'799'999;
inline constexpr std::size_t stamp_text_size = 46;
using StampBytes = std::array<std::uint8_t, 16>;

// Big-endian: 6 bytes ms, 2 bytes counter, 8 bytes node.
StampBytes encode_stamp(const Stamp& stamp);
// Nothing if ms lies beyond max_stamp_ms. The 16 bytes start at `bytes`.
std::optional<Stamp> decode_stamp(const StampBytes& bytes);

// "2026-11-20T14:40:12.345Z-0001-89abcdef01234567": always 46 characters, lower-case hexadecimal.
std::string to_string(const Stamp& stamp);
// Strict: only what to_string can print is accepted, so text is equal exactly when stamps are.
std::optional<Stamp> parse_stamp(std::string_view text);

}  // namespace tidemark

template <>
struct std::hash<tidemark::NodeId> {
  std::size_t operator()(tidemark::NodeId node) const noexcept { return std::hash<std::uint64_t>{}(node.value); }
};
