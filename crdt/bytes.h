// Byte strings that are passed around.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tidemark {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
// Immutable once made, so one buffer can wait in many queues.
using SharedBytes = std::shared_ptr<const Bytes>;

}  // namespace tidemark
