// The first half of a body: stamps, counts and dictionaries; and the end.
#include "bundles/body_reader.h"

#include <algorithm>

#include "bundles/dictionary.h"
#include "bundles/layout.h"
#include "bundles/refusal.h"
#include "bundles/uuid.h"

namespace tidemark::layout {

Result<BundleView> BodyReader::read() {
  using Step = std::optional<Error> (BodyReader::*)();
  constexpr Step steps[] = {&BodyReader::read_stamps,     &BodyReader::read_event_counts, &BodyReader::read_entities,
                            &BodyReader::read_attributes, &BodyReader::read_nodes,        &BodyReader::find_cells,
                            &BodyReader::find_values,     &BodyReader::find_bases,        &BodyReader::read_events,
                            &BodyReader::read_links,      &BodyReader::read_metadata,     &BodyReader::check_end};
  for (const Step step : steps) {
    if (auto error = (this->*step)()) return std::move(*error);
  }
  return std::move(view_);
}

std::optional<Error> BodyReader::read_stamps() {
  view_.node_ = header_.node;
  view_.n_ = header_.n;
  // read_header bounds both counts by max_bundle_events, here the bytes that follow bound them.
  if (header_.events > reader_.left() / event_bytes_min) {
    return truncated("events", std::to_string(header_.events) + " events");
  }
  std::vector<ChangeView>& changes = view_.changes_;
  changes.resize(static_cast<std::size_t>(header_.changes));
  changes.front().stamp = header_.first;
  changes.back().stamp = header_.last;
  if (changes.size() <= 2) return std::nullopt;
  const std::size_t inner = changes.size() - 2;
  Reader ms_after = reader_.varints(inner);
  Reader counters = reader_.varints(inner);
  if (auto error = column_end("stamps")) return error;
  for (std::size_t i = 1; i <= inner; ++i) {
    const Stamp& previous = changes[i - 1].stamp;
    const auto stamp = stamp_after(previous, ms_after.varint(), counters.varint());
    if (!ms_after.ok() || !counters.ok()) return not_minimal("stamps");
    if (!stamp || *stamp > header_.last) {
      return Error{"stamp_outside", place("change", i, "stamp"),
                   stamp ? to_string(*stamp) : "beyond the last possible stamp", "at most " + to_string(header_.last),
                   "Park the bundle; its writer's clock or program is wrong."};
    }
    if (*stamp <= previous || *stamp == header_.last) {
      return not_canonical(place("change", i, "stamp"), "ascending stamps");
    }
    changes[i].stamp = *stamp;
  }
  return std::nullopt;
}

std::optional<Error> BodyReader::read_event_counts() {
  std::uint64_t left = header_.events;
  event_counts_.reserve(view_.changes_.size());
  for (std::size_t i = 1; i <= view_.changes_.size(); ++i) {
    const bool last = i == view_.changes_.size();
    const std::uint64_t count = last ? left : reader_.varint();
    if (count == 0 || count > left) {
      if (auto error = column_end("event counts")) return error;
      return not_canonical("event counts", "1 or more each, " + std::to_string(header_.events) + " together");
    }
    left -= count;
    event_counts_.push_back(static_cast<std::uint32_t>(count));
  }
  return std::nullopt;
}

std::optional<Error> BodyReader::read_entities() {
  const std::uint64_t count = reader_.count(entry_bytes_min);
  // Of more entries than events not all can be used, and each UUID takes its bytes.
  entities_.reserve(std::min(count, header_.events));
  std::vector<char>& unpacked = view_.unpacked_;
  unpacked.reserve(uuid_text_size * std::min<std::size_t>(count, reader_.left() / (1 + uuid_size)));
  TextDictionary distinct(std::min(count, header_.events));
  for (std::uint64_t i = 0; i < count && reader_.ok(); ++i) {
    Reader entry = reader_;
    const std::uint8_t tag = reader_.byte();
    if (tag > max_entity_bytes) return too_long("bad_entity", place("entity", i, "entry"), tag, max_entity_bytes);
    const ByteView bytes = reader_.bytes(tag == entity_uuid_tag ? uuid_size : tag);
    if (!reader_.ok()) break;
    // No UUID stands as text, so entries of equal text have equal bytes, their tag included.
    if (distinct.use(as_text(entry.bytes(1 + bytes.size()))) != 0) return not_canonical("bundle", "an entity once");
    if (tag == entity_uuid_tag) {
      unpacked.resize(unpacked.size() + uuid_text_size);
      const std::span<char, uuid_text_size> text = std::span(unpacked).last<uuid_text_size>();
      unpack_uuid(bytes.first<uuid_size>(), text);
      entities_.add({text.data(), text.size()});
      continue;
    }
    const std::string_view text = as_text(bytes);
    if (pack_uuid(text)) return not_canonical("bundle", "a UUID as 16 bytes");
    if (!is_entity(text)) texts_ = Texts::unknown;
    entities_.add(text);
  }
  return column_end("dictionaries");
}

std::optional<Error> BodyReader::read_attributes() {
  const std::uint64_t count = reader_.count(entry_bytes_min);
  attributes_.reserve(std::min(count, header_.events));
  TextDictionary distinct(std::min(count, header_.events));
  for (std::uint64_t i = 0; i < count && reader_.ok(); ++i) {
    const std::string_view text = as_text(reader_.bytes(reader_.varint()));
    if (text.size() > max_attribute_bytes) {
      return too_long("bad_attribute", place("attribute", i, "entry"), text.size(), max_attribute_bytes);
    }
    if (!reader_.ok()) break;
    if (distinct.use(text) != 0) return not_canonical("bundle", "an attribute once");
    if (!is_attribute(text)) texts_ = Texts::unknown;
    attributes_.add(text);
  }
  return column_end("dictionaries");
}

std::optional<Error> BodyReader::read_nodes() {
  NodeDictionary distinct;
  distinct.use(header_.node);
  nodes_.add(header_.node);
  nodes_.mark_used();
  const std::uint64_t count = reader_.count(node_bytes);
  for (std::uint64_t i = 0; i < count; ++i) {
    const NodeId node{reader_.be64()};
    if (distinct.use(node) != 0) return not_canonical("bundle", "a node once, the bundle's own not at all");
    nodes_.add(node);
  }
  return column_end("dictionaries");
}

std::optional<Error> BodyReader::check_end() {
  if (reader_.left() > 0) return not_canonical("end", "nothing between metadata and trailer");
  if (!entities_.all_used() || !attributes_.all_used() || !nodes_.all_used()) {
    return not_canonical("dictionaries", "every entry used");
  }
  for (const ChangeView& change : view_.changes_) {
    if (auto error = check_change(change, texts_)) return error;
  }
  return std::nullopt;
}

std::optional<Error> BodyReader::column_end(const Reader& reader, const char* column) {
  if (reader.ok()) return std::nullopt;
  if (reader.malformed()) return not_minimal(column);
  return truncated(column, "the whole column");
}

Error BodyReader::bad_use(const Reader& reader, const char* column) {
  if (auto error = column_end(reader, column)) return *std::move(error);
  return not_canonical(column, "references to entries of the dictionary");
}

Error BodyReader::bad_stamp(const Reader& reader, const char* column) {
  if (auto error = column_end(reader, column)) return *std::move(error);
  return {"bad_stamp", column, "a part out of range", "a stamp from 1970 to the year 9999",
          "Its writer's clock or program is wrong."};
}

}  // namespace tidemark::layout
