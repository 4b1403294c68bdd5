// Reading the front of a bundle. Internal to this folder.
#pragma once

#include <optional>

#include "bundles/bundle.h"
#include "bundles/varint.h"

namespace tidemark::layout {

// Leaves the reader at the first byte after the header. Errors: truncated, bad_header.
Result<BundleHeader> read_header(Reader& reader);

// Nothing if a part is out of range.
std::optional<Stamp> stamp_of(std::uint64_t ms, std::uint64_t counter, NodeId node);
// `number` is the counter, or what it grows by if the millisecond stays the same.
std::optional<Stamp> stamp_after(const Stamp& previous, std::uint64_t ms_after, std::uint64_t number);

}  // namespace tidemark::layout
