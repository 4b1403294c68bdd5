// Looking into frames without decoding them whole, for the lookout.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "bundles/bundle.h"
#include "sync/frame.h"

namespace tidemark::sim {

// First bytes of binary frames, see docs/protocol.md.
inline constexpr std::uint8_t push_type = 1;
inline constexpr std::uint8_t entries_type = 2;

// --- text frames, as sync/json_encode.cpp writes them: members ascend, no spaces, quotation marks in texts escaped ---
bool says(std::string_view text, std::string_view what);
// What follows the key up to the next quotation mark, and a number after it; empty and 0 if the key is not there.
std::string_view word_after(std::string_view text, std::string_view key);
std::uint64_t number_after(std::string_view text, std::string_view key);
std::string_view type_in(std::string_view text);  // "hello", "confirm" and so on
std::int64_t time_in(std::string_view text);
std::uint64_t n_in(std::string_view text);  // the first one
NodeId node_in(std::string_view text);      // likewise; zeros if there is none
// Every node of a hello, the current one first.
std::vector<NodeId> nodes_in(std::string_view text);

// --- binary frames ---
std::uint8_t type_of(const sync::Frame& frame);
// Nothing if it is no bundle. Cost: decompression, where it is compressed.
std::optional<BundleHeader> header_of(ByteView envelope);

bool names(const std::vector<NodeId>& nodes, NodeId node);

}  // namespace tidemark::sim
