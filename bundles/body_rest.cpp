// The second half of a body: bases, links and metadata.
#include "bundles/body_reader.h"

#include "bundles/layout.h"
#include "bundles/refusal.h"

namespace tidemark::layout {

std::optional<Error> BodyReader::read_bases() {
  std::vector<const Slot*> based;
  based.reserve(slots_.size());
  for (const Slot& slot : slots_) {
    const std::uint64_t code = reader_.varint();
    if (code == 0) continue;
    const NodeId* node = nodes_.resolve(code - 1);
    if (node == nullptr) return bad_use("bases");
    slot.event->base = Stamp{0, 0, *node};
    based.push_back(&slot);
  }
  for (const Slot* slot : based) {
    if (!read_ms(*slot->event->base, slot->change->stamp)) return bad_stamp("base ms");
  }
  for (const Slot* slot : based) {
    if (!read_counter(*slot->event->base)) return bad_stamp("base counters");
  }
  return column_end("bases");
}

std::optional<Error> BodyReader::read_links() {
  const std::uint64_t total = reader_.count(link_bytes_min);
  if (total == 0) return column_end("links");
  std::uint64_t left = total;
  std::vector<std::pair<const Change*, Link*>> links;
  for (Change& change : bundle_.changes) {
    const std::uint64_t count = reader_.varint();
    if (count > left) return not_canonical("link counts", std::to_string(total) + " together");
    left -= count;
    change.links.resize(static_cast<std::size_t>(count));
    for (Link& link : change.links) links.emplace_back(&change, &link);
  }
  if (left > 0) {
    if (auto error = column_end("link counts")) return error;
    return not_canonical("link counts", std::to_string(total) + " together");
  }
  for (const auto& [change, link] : links) {
    const std::uint8_t kind = reader_.byte();
    if (kind > static_cast<std::uint8_t>(last_link_kind)) return not_canonical("link kinds", "0 to 3");
    link->kind = static_cast<LinkKind>(kind);
  }
  for (const auto& [change, link] : links) {
    const NodeId* node = nodes_.resolve(reader_.varint());
    if (node == nullptr) return bad_use("link nodes");
    link->target.node = *node;
  }
  for (const auto& [change, link] : links) {
    if (!read_ms(link->target, change->stamp)) return bad_stamp("link ms");
  }
  for (const auto& [change, link] : links) {
    if (!read_counter(link->target)) return bad_stamp("link counters");
  }
  return column_end("links");
}

std::optional<Error> BodyReader::read_metadata() {
  const std::uint64_t entries = reader_.count(entry_bytes_min);
  if (entries == 0) return column_end("metadata");
  Entries<ByteView> texts;
  for (std::uint64_t i = 0; i < entries && reader_.ok(); ++i) {
    const ByteView text = reader_.bytes(reader_.varint());
    if (text.size() > max_metadata_bytes) {
      return too_long("metadata_too_large", "metadata", text.size(), max_metadata_bytes);
    }
    texts.add(text);
  }
  std::size_t total = 0;
  for (Change& change : bundle_.changes) {
    Metadata& metadata = change.metadata;
    for (std::string* member : {&metadata.author, &metadata.source, &metadata.note, &metadata.json}) {
      const std::uint64_t code = reader_.varint();
      if (code == 0) continue;
      const ByteView* text = texts.resolve(code - 1);
      if (text == nullptr) return bad_use("metadata");
      // Before the copy: entries are shared, so a few bytes could otherwise ask for gigabytes.
      total += text->size();
      if (total > max_bundle_bytes) {
        return too_long("metadata_too_large", "metadata of all changes", total, max_bundle_bytes);
      }
      *member = as_text(*text);
    }
  }
  return column_end("metadata");
}

bool BodyReader::read_ms(Stamp& target, const Stamp& own) {
  constexpr auto limit = static_cast<std::int64_t>(max_stamp_ms);
  const std::int64_t distance = unzigzag(reader_.varint());
  if (distance < -limit || distance > limit) return false;
  const std::int64_t ms = static_cast<std::int64_t>(own.ms) - distance;
  if (ms < 0 || ms > limit) return false;
  target.ms = static_cast<std::uint64_t>(ms);
  return true;
}

bool BodyReader::read_counter(Stamp& target) {
  const std::uint64_t counter = reader_.varint();
  if (counter > UINT16_MAX) return false;
  target.counter = static_cast<std::uint16_t>(counter);
  return true;
}

std::optional<Error> BodyReader::bad_stamp(const char* column) const {
  if (auto error = column_end(column)) return error;
  return Error{"bad_stamp", column, "a part out of range", "a stamp from 1970 to the year 9999",
               "Its writer's clock or program is wrong."};
}

}  // namespace tidemark::layout
