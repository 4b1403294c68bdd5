#include "bundles/body_reader.h"

#include "bundles/layout.h"
#include "bundles/refusal.h"
#include "bundles/uuid.h"

namespace tidemark::layout {
namespace {

std::string place(const char* what, std::size_t index, const char* part) {
  return std::string(what) + " " + std::to_string(index) + " " + part;
}

}  // namespace

Result<Bundle> BodyReader::read() {
  using Step = std::optional<Error> (BodyReader::*)();
  constexpr Step steps[] = {&BodyReader::read_stamps, &BodyReader::read_event_counts, &BodyReader::read_dictionaries,
                            &BodyReader::read_cells,  &BodyReader::read_values,       &BodyReader::read_bases,
                            &BodyReader::read_links,  &BodyReader::read_metadata,     &BodyReader::check_end};
  for (const Step step : steps) {
    if (auto error = (this->*step)()) return std::move(*error);
  }
  return std::move(bundle_);
}

std::optional<Error> BodyReader::read_stamps() {
  bundle_.node = header_.node;
  bundle_.n = header_.n;
  // read_header bounds both counts by max_bundle_events, here the bytes that follow bound them.
  if (header_.events > reader_.left() / event_bytes_min) {
    return truncated("events", std::to_string(header_.events) + " events");
  }
  bundle_.changes.resize(static_cast<std::size_t>(header_.changes));
  bundle_.changes.front().stamp = header_.first;
  bundle_.changes.back().stamp = header_.last;
  const std::size_t inner_end = bundle_.changes.size() - 1;
  std::vector<std::uint64_t> ms_after(bundle_.changes.size());
  for (std::size_t i = 1; i < inner_end; ++i) ms_after[i] = reader_.varint();
  for (std::size_t i = 1; i < inner_end; ++i) {
    const Stamp& previous = bundle_.changes[i - 1].stamp;
    const auto stamp = stamp_after(previous, ms_after[i], reader_.varint());
    if (!reader_.ok()) break;
    if (!stamp || *stamp > header_.last) {
      return Error{"stamp_outside", place("change", i, "stamp"),
                   stamp ? to_string(*stamp) : "beyond the last possible stamp", "at most " + to_string(header_.last),
                   "Park the bundle; its writer's clock or program is wrong."};
    }
    if (*stamp <= previous || *stamp == header_.last) {
      return not_canonical(place("change", i, "stamp"), "ascending stamps");
    }
    bundle_.changes[i].stamp = *stamp;
  }
  return column_end("stamps");
}

std::optional<Error> BodyReader::read_event_counts() {
  std::uint64_t left = header_.events;
  slots_.reserve(static_cast<std::size_t>(left));
  for (Change& change : bundle_.changes) {
    const bool last = &change == &bundle_.changes.back();
    const std::uint64_t count = last ? left : reader_.varint();
    if (count == 0 || count > left) {
      if (auto error = column_end("event counts")) return error;
      return not_canonical("event counts", "1 or more each, " + std::to_string(header_.events) + " together");
    }
    left -= count;
    change.events.resize(static_cast<std::size_t>(count));
    for (Event& event : change.events) slots_.push_back({&change, &event});
  }
  return std::nullopt;
}

std::optional<Error> BodyReader::read_dictionaries() {
  const std::uint64_t entities = reader_.count(entry_bytes_min);
  for (std::uint64_t i = 0; i < entities && reader_.ok(); ++i) {
    const std::uint8_t tag = reader_.byte();
    if (tag > max_entity_bytes) return too_long("bad_entity", place("entity", i, "entry"), tag, max_entity_bytes);
    const ByteView bytes = reader_.bytes(tag == entity_uuid_tag ? uuid_size : tag);
    if (!reader_.ok()) break;
    if (tag == entity_uuid_tag) {
      entities_.add(unpack_uuid(bytes.first<uuid_size>()));
    } else {
      entities_.add(std::string(as_text(bytes)));
    }
  }
  const std::uint64_t attributes = reader_.count(entry_bytes_min);
  for (std::uint64_t i = 0; i < attributes && reader_.ok(); ++i) {
    const ByteView bytes = reader_.bytes(reader_.varint());
    if (bytes.size() > max_attribute_bytes) {
      return too_long("bad_attribute", place("attribute", i, "entry"), bytes.size(), max_attribute_bytes);
    }
    attributes_.add(std::string(as_text(bytes)));
  }
  nodes_.add(header_.node);
  nodes_.mark_used();
  const std::uint64_t nodes = reader_.count(node_bytes);
  for (std::uint64_t i = 0; i < nodes; ++i) nodes_.add(NodeId{reader_.be64()});
  return column_end("dictionaries");
}

std::optional<Error> BodyReader::read_cells() {
  for (const Slot& slot : slots_) {
    const std::string* entity = entities_.resolve(reader_.varint());
    if (entity == nullptr || !reader_.ok()) return bad_use("entities");
    slot.event->cell.entity = *entity;
  }
  for (const Slot& slot : slots_) {
    const std::string* attribute = attributes_.resolve(reader_.varint());
    if (attribute == nullptr || !reader_.ok()) return bad_use("attributes");
    slot.event->cell.attribute = *attribute;
  }
  return std::nullopt;
}

std::optional<Error> BodyReader::read_values() {
  for (Slot& slot : slots_) {
    const std::uint8_t type = reader_.byte();
    if (type > static_cast<std::uint8_t>(ValueType::json)) return not_canonical("value types", "0 to 6");
    slot.type = static_cast<ValueType>(type);
  }
  for (const Slot& slot : slots_) {
    if (slot.type != ValueType::boolean) continue;
    if (auto error = set_value(slot, reader_.bytes(1))) return error;
  }
  for (const Slot& slot : slots_) {
    if (slot.type == ValueType::integer) slot.event->value = Value::integer(unzigzag(reader_.varint()));
  }
  for (const Slot& slot : slots_) {
    if (slot.type != ValueType::real) continue;
    if (auto error = set_value(slot, reader_.bytes(8))) return error;
  }
  std::vector<std::uint64_t> sizes;
  for (const Slot& slot : slots_) {
    if (has_size(slot.type)) sizes.push_back(reader_.varint());
  }
  auto size = sizes.begin();
  for (const Slot& slot : slots_) {
    if (!has_size(slot.type)) continue;
    if (auto error = set_value(slot, reader_.bytes(*size++))) return error;
  }
  return column_end("values");
}

std::optional<Error> BodyReader::set_value(const Slot& slot, ByteView payload) {
  if (!reader_.ok()) return column_end("values");
  auto value = Value::from_canonical(slot.type, as_text(payload));
  if (!value) {
    Error error = value.error();
    error.field = place("event", static_cast<std::size_t>(&slot - slots_.data()), "value");
    return error;
  }
  slot.event->value = std::move(*value);
  return std::nullopt;
}

std::optional<Error> BodyReader::check_end() {
  if (reader_.left() > 0) return not_canonical("end", "nothing between metadata and trailer");
  if (!entities_.all_used() || !attributes_.all_used() || !nodes_.all_used()) {
    return not_canonical("dictionaries", "every entry used");
  }
  for (const Change& change : bundle_.changes) {
    if (auto error = check_change(change)) return error;
  }
  return std::nullopt;
}

std::optional<Error> BodyReader::column_end(const char* column) const {
  if (reader_.ok()) return std::nullopt;
  if (reader_.malformed()) return not_canonical(column, "minimal LEB128 within 64 bits");
  return truncated(column, "the whole column");
}

std::optional<Error> BodyReader::bad_use(const char* column) const {
  if (auto error = column_end(column)) return error;
  return not_canonical(column, "references to entries of the dictionary");
}

}  // namespace tidemark::layout
