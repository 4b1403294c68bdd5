// The errors that several readers of hostile bytes give. Internal to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "crdt/error.h"

namespace tidemark::layout {

// "change 3 stamp".
std::string place(const char* what, std::size_t index, const char* part);

Error truncated(std::string place, std::string expected);
Error not_canonical(std::string place, std::string expected);
Error not_minimal(std::string place);  // a number
Error too_long(const char* code, std::string place, std::size_t got, std::size_t limit);
// More bytes than a bundle may have.
Error too_large(std::uint64_t size);

}  // namespace tidemark::layout
