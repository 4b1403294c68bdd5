#include "bundles/layout.h"
#include "bundles/uuid.h"
#include "bundles/varint.h"

namespace tidemark {
namespace {

// The longest varints that these numbers can need inside a bundle.
constexpr std::size_t ms_bytes = 7;         // up to max_stamp_ms, also doubled by zigzag
constexpr std::size_t counter_bytes = 3;    // 16 bits
constexpr std::size_t per_event_bytes = 2;  // counts of, and distances between, at most 10,000 events
constexpr std::size_t reference_bytes = 3;  // distances between entries that take 8 bytes, or 4 a change
constexpr std::size_t text_size_bytes = 3;  // sizes up to max_bundle_bytes
static_assert(max_stamp_ms * 2 + 1 < std::uint64_t{1} << 7 * ms_bytes);
static_assert(max_bundle_events + 1 < 1u << 7 * per_event_bytes);
static_assert(layout::metadata_members * max_bundle_events + 1 < 1u << 7 * reference_bytes);
static_assert(max_bundle_bytes < 1u << 7 * text_size_bytes);
static_assert(max_change_links < 1u << 7 * per_event_bytes);

constexpr std::size_t change_bytes =
    ms_bytes + counter_bytes + 2 * per_event_bytes + layout::metadata_members * reference_bytes;
constexpr std::size_t base_bytes = reference_bytes + layout::node_bytes + ms_bytes + counter_bytes;
constexpr std::size_t link_bytes = 1 + base_bytes;

std::size_t varint_size(std::uint64_t number) {
  std::size_t size = 1;
  while (number >>= 7) ++size;
  return size;
}

std::size_t text_bound(const std::string& text) { return text.empty() ? 0 : text_size_bytes + text.size(); }

std::size_t value_bound(const Value& value) {
  if (value.type() == ValueType::integer) return varint_size(layout::zigzag(value.as_integer()));
  return value.payload_size() + (layout::has_size(value.type()) ? varint_size(value.payload_size()) : 0);
}

std::size_t event_bound(const Event& event) {
  const std::string& attribute = event.cell.attribute;
  return per_event_bytes + 1 + (pack_uuid(event.cell.entity) ? uuid_size : event.cell.entity.size()) +  //
         per_event_bytes + varint_size(attribute.size()) + attribute.size() +                           //
         1 + value_bound(event.value) + base_bytes;
}

}  // namespace

std::size_t layout::metadata_size(const Metadata& metadata) {
  return metadata.author.size() + metadata.source.size() + metadata.note.size() + metadata.json.size();
}

std::size_t size_bound(const Change& change) {
  const Metadata& metadata = change.metadata;
  std::size_t bound = change_bytes + change.links.size() * link_bytes + text_bound(metadata.author) +
                      text_bound(metadata.source) + text_bound(metadata.note) + text_bound(metadata.json);
  for (const Event& event : change.events) bound += event_bound(event);
  return bound;
}

bool fits_bundle(const Change& change) { return size_bound(change) + bundle_overhead_bound <= max_bundle_bytes; }

}  // namespace tidemark
