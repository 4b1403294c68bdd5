// Validation of UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <string_view>

namespace tidemark {

// The part of UTF-8 that needs no closer look; many times as fast.
bool is_ascii(std::string_view bytes);

bool is_utf8(std::string_view bytes);

// Size of the longest prefix that is UTF-8; the size of `bytes` if all of it is.
std::size_t utf8_prefix(std::string_view bytes);

}  // namespace tidemark
