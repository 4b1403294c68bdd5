// Canonical UUID text and its 16 bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidemark {

inline constexpr std::size_t uuid_size = 16;
inline constexpr std::size_t uuid_text_size = 36;
using UuidBytes = std::array<std::uint8_t, uuid_size>;

// The bytes of a 36-character lower-case UUID; nothing for every other text, so text and bytes determine each other.
std::optional<UuidBytes> pack_uuid(std::string_view text);
std::string unpack_uuid(std::span<const std::uint8_t, uuid_size> bytes);
// The same into a place of that size.
void unpack_uuid(std::span<const std::uint8_t, uuid_size> bytes, std::span<char, uuid_text_size> text);

}  // namespace tidemark
