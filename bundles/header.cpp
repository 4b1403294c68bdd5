#include "bundles/header.h"

#include <algorithm>

#include "bundles/chain.h"
#include "bundles/refusal.h"

namespace tidemark {
namespace {

constexpr const char* ask_again = "The bytes are damaged or not a bundle; ask its sender for the bundle again.";

Error bad_header(std::string field, std::uint64_t got, std::string expected) {
  return {"bad_header", std::move(field), std::to_string(got), std::move(expected), ask_again};
}

}  // namespace

namespace layout {

Result<BundleHeader> read_header(Reader& reader) {
  BundleHeader header;
  header.version = reader.byte();
  header.suite = reader.byte();
  header.node.value = reader.be64();
  header.n = reader.varint();
  const std::uint64_t first_ms = reader.varint();
  const std::uint64_t first_counter = reader.varint();
  const std::uint64_t ms_after = reader.varint();
  const std::uint64_t last_number = reader.varint();
  header.changes = reader.varint();
  header.events = reader.varint();
  if (reader.malformed()) {
    return Error{"bad_header", "header", "a malformed number", "minimal LEB128 within 64 bits", ask_again};
  }
  if (!reader.ok()) return truncated("header", "all its fields");

  const auto first = stamp_of(first_ms, first_counter, header.node);
  if (!first) return bad_header("first stamp", first_ms, "a stamp up to the year 9999");
  const auto last = stamp_after(*first, ms_after, last_number);
  if (!last) return bad_header("last stamp", ms_after, "a stamp up to the year 9999");
  header.first = *first;
  header.last = *last;
  if (header.n == 0) return bad_header("n", 0, "1 or more");
  if (header.events > max_bundle_events) {
    return bad_header("events", header.events, "at most " + std::to_string(max_bundle_events));
  }
  if (header.changes == 0 || header.changes > header.events) {
    return bad_header("changes", header.changes, "from 1 to the number of events");
  }
  // Stamps strictly ascend, so one change has one stamp and more have several.
  if ((header.changes == 1) != (header.first == header.last)) {
    return bad_header("changes", header.changes, "1 exactly if first and last stamp are equal");
  }
  return header;
}

std::optional<Stamp> stamp_of(std::uint64_t ms, std::uint64_t counter, NodeId node) {
  if (ms > max_stamp_ms || counter > UINT16_MAX) return std::nullopt;
  return Stamp{ms, static_cast<std::uint16_t>(counter), node};
}

std::optional<Stamp> stamp_after(const Stamp& previous, std::uint64_t ms_after, std::uint64_t number) {
  if (ms_after > max_stamp_ms || number > UINT16_MAX) return std::nullopt;
  return stamp_of(previous.ms + ms_after, ms_after == 0 ? previous.counter + number : number, previous.node);
}

}  // namespace layout

Result<BundleHeader> decode_header(ByteView canonical) {
  if (canonical.size() > max_bundle_bytes) return layout::too_large(canonical.size());
  Reader reader(canonical);
  return layout::read_header(reader);
}

Result<Head> check_trailer(ByteView canonical, const Hash& previous_head, std::string_view space) {
  const auto header = decode_header(canonical);
  if (!header) return header.error();
  if (canonical.size() < trailer_size) return layout::truncated("trailer", std::to_string(trailer_size) + " bytes");
  const ByteView trailer = canonical.last(trailer_size);
  const Head head{header->node, header->n,
                  next_head(previous_head, space, canonical.first(canonical.size() - trailer_size))};
  const ByteView expected = ByteView(head.hash).first(trailer_size);
  if (!std::equal(trailer.begin(), trailer.end(), expected.begin())) {
    return Error{
        "bad_chain",
        "trailer",
        to_hex(trailer),
        to_hex(expected),
        "Its content, its predecessor or its space is not the one this chain has; compare the heads of the node.",
        Retry::after_fix};
  }
  return head;
}

}  // namespace tidemark
