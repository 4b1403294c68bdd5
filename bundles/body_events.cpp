// The middle of a body: the columns of events. Where each begins and ends follows from what stands before it; then all are
// read side by side, so that an event is complete before the next one.
#include <algorithm>

#include "bundles/body_reader.h"
#include "bundles/layout.h"
#include "bundles/refusal.h"
#include "crdt/utf8.h"

namespace tidemark::layout {

std::optional<Error> BodyReader::find_cells() {
  columns_.entities = reader_.varints(header_.events);
  if (auto error = column_end("entities")) return error;
  columns_.attributes = reader_.varints(header_.events);
  return column_end("attributes");
}

std::optional<Error> BodyReader::find_values() {
  const ByteView types = reader_.bytes(header_.events);
  std::uint64_t of_type[UINT8_MAX + 1] = {};
  for (const std::uint8_t type : types) ++of_type[type];
  const auto count = [&](ValueType type) { return of_type[static_cast<std::size_t>(type)]; };
  std::uint64_t known = 0;
  for (std::size_t type = 0; type <= static_cast<std::size_t>(ValueType::json); ++type) known += of_type[type];
  if (known != types.size()) return not_canonical("value types", "0 to 6");

  columns_.types = Reader(types);
  columns_.booleans = Reader(reader_.bytes(count(ValueType::boolean)));
  columns_.integers = reader_.varints(count(ValueType::integer));
  columns_.reals = Reader(reader_.bytes(8 * count(ValueType::real)));
  const std::uint64_t strings = count(ValueType::text) + count(ValueType::bytes) + count(ValueType::json);
  columns_.sizes = reader_.varints(strings);
  if (auto error = column_end("values")) return error;
  Reader sizes = columns_.sizes;
  std::uint64_t left = reader_.left();
  for (std::uint64_t i = 0; i < strings; ++i) {
    const std::uint64_t size = sizes.varint();
    if (!sizes.ok()) return not_minimal("values");
    if (size > left) return truncated("values", "the whole column");
    left -= size;
  }
  const ByteView payloads = reader_.bytes(reader_.left() - left);
  columns_.payloads = Reader(payloads);
  ascii_ = is_ascii(as_text(payloads));
  return std::nullopt;
}

std::optional<Error> BodyReader::find_bases() {
  const Reader bases = columns_.bases = reader_.varints(header_.events);
  // Only a number that is 0 has a byte that is 0: reading it finds out if there is another one.
  const ByteView bytes = bases.rest();
  const auto none = static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), std::uint8_t{0}));
  columns_.base_ms = reader_.varints(header_.events - none);
  columns_.base_counters = reader_.varints(header_.events - none);
  return column_end("bases");
}

std::optional<Error> BodyReader::read_events() {
  view_.events_.resize(static_cast<std::size_t>(header_.events));
  std::span<EventView> left = view_.events_;
  for (std::size_t i = 0; i < view_.changes_.size(); ++i) {
    ChangeView& change = view_.changes_[i];
    const std::span<EventView> events = left.first(event_counts_[i]);
    left = left.subspan(events.size());
    for (EventView& event : events) {
      if (!read_event(event, change.stamp)) return std::move(event_error_);
    }
    change.events = events;
  }
  const struct {
    const Reader& column;
    const char* name;
  } numbers[] = {{columns_.entities, "entities"}, {columns_.attributes, "attributes"},
                 {columns_.integers, "values"},   {columns_.bases, "bases"},
                 {columns_.base_ms, "bases"},     {columns_.base_counters, "bases"}};
  for (const auto& [column, name] : numbers) {
    if (auto error = column_end(column, name)) return error;
  }
  return std::nullopt;
}

bool BodyReader::read_event(EventView& event, const Stamp& own) {
  const std::string_view* entity = entities_.resolve(columns_.entities.varint());
  if (entity == nullptr) return refuse(bad_use(columns_.entities, "entities"));
  const std::string_view* attribute = attributes_.resolve(columns_.attributes.varint());
  if (attribute == nullptr) return refuse(bad_use(columns_.attributes, "attributes"));
  event.cell = {*entity, *attribute};

  const auto type = static_cast<ValueType>(columns_.types.byte());
  event.value.type = type;
  if (type == ValueType::integer) {
    event.value.integer = unzigzag(columns_.integers.varint());
  } else if (has_size(type)) {
    event.value.string = as_text(columns_.payloads.bytes(columns_.sizes.varint()));
    const bool plain = type == ValueType::text && ascii_ && event.value.string.size() <= max_value_bytes;
    if (!plain && !judge(event, event.value.string)) return false;
  } else if (type == ValueType::boolean) {
    if (!judge(event, as_text(columns_.booleans.bytes(1)))) return false;
  } else if (type == ValueType::real) {
    if (!judge(event, as_text(columns_.reals.bytes(8)))) return false;
  }

  const std::uint64_t base = columns_.bases.varint();
  if (base == 0) return true;
  const NodeId* node = nodes_.resolve(base - 1);
  if (node == nullptr) return refuse(bad_use(columns_.bases, "bases"));
  Stamp& stamp = event.base.emplace(Stamp{0, 0, *node});
  if (!read_ms(columns_.base_ms, stamp, own)) return refuse(bad_stamp(columns_.base_ms, "base ms"));
  if (!read_counter(columns_.base_counters, stamp)) return refuse(bad_stamp(columns_.base_counters, "base counters"));
  return true;
}

bool BodyReader::judge(EventView& event, std::string_view payload) {
  const auto value = ValueView::from_canonical(event.value.type, payload);
  if (value) {
    event.value = *value;
    return true;
  }
  Error error = value.error();
  error.field = place("event", static_cast<std::size_t>(&event - view_.events_.data()), "value");
  return refuse(std::move(error));
}

bool BodyReader::refuse(Error error) {
  event_error_ = std::move(error);
  return false;
}

}  // namespace tidemark::layout
