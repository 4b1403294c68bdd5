#include <algorithm>
#include <array>

#include "bundles/chain.h"
#include "bundles/header.h"
#include "bundles/layout.h"
#include "bundles/uuid.h"

namespace tidemark {
namespace {

constexpr const char* ask_again = "The sender does not write canonical bundles; ask it for the bundle again and report its version.";

Error not_canonical(std::string place, std::string expected) {
  return {"not_canonical", std::move(place), "", std::move(expected), ask_again};
}

Error too_long(const char* code, std::string place, std::size_t got, std::size_t limit) {
  return {code, std::move(place), std::to_string(got) + " bytes", "at most " + std::to_string(limit) + " bytes", ask_again};
}

bool same_bytes(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

// The reader's side of the dictionaries.
template <class Entry>
class Entries {
 public:
  void add(Entry entry) { entries_.push_back(std::move(entry)); }
  // The entry that a use means, or null if there is none.
  const Entry* resolve(std::uint64_t use) {
    if (use == 0) return used_ < entries_.size() ? &entries_[used_++] : nullptr;
    return use <= used_ ? &entries_[used_ - use] : nullptr;
  }
  // For entries that count as used before the first column.
  void mark_used() { used_ = entries_.size(); }
  bool all_used() const { return used_ == entries_.size(); }

 private:
  std::vector<Entry> entries_;
  std::size_t used_ = 0;
};

// Reads column after column into the bundle it builds. Each step returns the first error it meets.
class BodyReader {
 public:
  BodyReader(Reader& reader, const BundleHeader& header) : reader_(reader), header_(header) {}

  Result<Bundle> read() {
    using Step = std::optional<Error> (BodyReader::*)();
    constexpr Step steps[] = {&BodyReader::read_stamps,      &BodyReader::read_event_counts, &BodyReader::read_dictionaries,
                              &BodyReader::read_cells,       &BodyReader::read_values,       &BodyReader::read_bases,
                              &BodyReader::read_links,       &BodyReader::read_metadata,     &BodyReader::check_end};
    for (const Step step : steps) {
      if (auto error = (this->*step)()) return std::move(*error);
    }
    return std::move(bundle_);
  }

 private:
  // An event and the change it is in, so that columns of events run over one flat list.
  struct Slot {
    const Change* change;
    Event* event;
    ValueType type = ValueType::null;
  };

  // After a column: did its bytes suffice, and were its numbers well formed?
  std::optional<Error> column_end(const char* column) const {
    if (reader_.ok()) return std::nullopt;
    if (reader_.malformed()) return not_canonical(column, "minimal LEB128 within 64 bits");
    return Error{"truncated", column, "end of input", "the whole column", "Ask for the bundle again."};
  }

  static std::string place(const char* what, std::size_t index, const char* part) {
    return std::string(what) + " " + std::to_string(index) + " " + part;
  }

  std::optional<Error> read_stamps() {
    bundle_.node = header_.node;
    bundle_.n = header_.n;
    // read_header bounds both counts by max_bundle_events, here the bytes that follow bound them.
    if (header_.events > reader_.left() / layout::event_bytes_min) {
      return Error{"truncated", "events", "end of input", std::to_string(header_.events) + " events", "Ask for the bundle again."};
    }
    bundle_.changes.resize(static_cast<std::size_t>(header_.changes));
    bundle_.changes.front().stamp = header_.first;
    bundle_.changes.back().stamp = header_.last;
    const std::size_t inner_end = bundle_.changes.size() - 1;
    std::vector<std::uint64_t> ms_after(bundle_.changes.size());
    for (std::size_t i = 1; i < inner_end; ++i) ms_after[i] = reader_.varint();
    for (std::size_t i = 1; i < inner_end; ++i) {
      const Stamp& previous = bundle_.changes[i - 1].stamp;
      const auto stamp = layout::stamp_after(previous, ms_after[i], reader_.varint());
      if (!reader_.ok()) break;
      if (!stamp || *stamp > header_.last) {
        return Error{"stamp_outside", place("change", i, "stamp"), stamp ? to_string(*stamp) : "beyond the last possible stamp",
                     "at most " + to_string(header_.last), ask_again};
      }
      if (*stamp <= previous || *stamp == header_.last) return not_canonical(place("change", i, "stamp"), "ascending stamps");
      bundle_.changes[i].stamp = *stamp;
    }
    return column_end("stamps");
  }

  std::optional<Error> read_event_counts() {
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

  std::optional<Error> read_dictionaries() {
    const std::uint64_t entities = reader_.count(layout::entry_bytes_min);
    for (std::uint64_t i = 0; i < entities && reader_.ok(); ++i) {
      const std::uint8_t tag = reader_.byte();
      if (tag > max_entity_bytes) return too_long("bad_entity", place("entity", i, "entry"), tag, max_entity_bytes);
      const ByteView bytes = reader_.bytes(tag == layout::entity_uuid_tag ? uuid_size : tag);
      if (!reader_.ok()) break;
      if (tag == layout::entity_uuid_tag) {
        entities_.add(unpack_uuid(bytes.first<uuid_size>()));
      } else {
        entities_.add(std::string(as_text(bytes)));
      }
    }
    const std::uint64_t attributes = reader_.count(layout::entry_bytes_min);
    for (std::uint64_t i = 0; i < attributes && reader_.ok(); ++i) {
      const ByteView bytes = reader_.bytes(reader_.varint());
      if (bytes.size() > max_attribute_bytes) {
        return too_long("bad_attribute", place("attribute", i, "entry"), bytes.size(), max_attribute_bytes);
      }
      attributes_.add(std::string(as_text(bytes)));
    }
    nodes_.add(header_.node);
    nodes_.mark_used();
    const std::uint64_t nodes = reader_.count(layout::node_bytes);
    for (std::uint64_t i = 0; i < nodes; ++i) nodes_.add(NodeId{reader_.be64()});
    return column_end("dictionaries");
  }

  std::optional<Error> read_cells() {
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

  std::optional<Error> bad_use(const char* column) const {
    if (auto error = column_end(column)) return error;
    return not_canonical(column, "references to entries of the dictionary");
  }

  std::optional<Error> read_values() {
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
      if (slot.type == ValueType::integer) slot.event->value = Value::integer(layout::unzigzag(reader_.varint()));
    }
    for (const Slot& slot : slots_) {
      if (slot.type != ValueType::real) continue;
      if (auto error = set_value(slot, reader_.bytes(8))) return error;
    }
    std::vector<std::uint64_t> sizes;
    for (const Slot& slot : slots_) {
      if (layout::has_size(slot.type)) sizes.push_back(reader_.varint());
    }
    auto size = sizes.begin();
    for (const Slot& slot : slots_) {
      if (!layout::has_size(slot.type)) continue;
      if (auto error = set_value(slot, reader_.bytes(*size++))) return error;
    }
    return column_end("values");
  }

  std::optional<Error> set_value(const Slot& slot, ByteView payload) {
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

  std::optional<Error> read_bases() {
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

  bool read_ms(Stamp& target, const Stamp& own) {
    constexpr auto limit = static_cast<std::int64_t>(max_stamp_ms);
    const std::int64_t distance = layout::unzigzag(reader_.varint());
    if (distance < -limit || distance > limit) return false;
    const std::int64_t ms = static_cast<std::int64_t>(own.ms) - distance;
    if (ms < 0 || ms > limit) return false;
    target.ms = static_cast<std::uint64_t>(ms);
    return true;
  }

  bool read_counter(Stamp& target) {
    const std::uint64_t counter = reader_.varint();
    if (counter > UINT16_MAX) return false;
    target.counter = static_cast<std::uint16_t>(counter);
    return true;
  }

  std::optional<Error> bad_stamp(const char* column) const {
    if (auto error = column_end(column)) return error;
    return Error{"bad_stamp", column, "a part out of range", "a stamp from 1970 to the year 9999", ask_again};
  }

  std::optional<Error> read_links() {
    const std::uint64_t total = reader_.count(layout::link_bytes_min);
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
      if (kind > static_cast<std::uint8_t>(LinkKind::undoes)) return not_canonical("link kinds", "0 to 2");
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

  std::optional<Error> read_metadata() {
    const std::uint64_t entries = reader_.count(layout::entry_bytes_min);
    if (entries == 0) return column_end("metadata");
    Entries<ByteView> texts;
    for (std::uint64_t i = 0; i < entries && reader_.ok(); ++i) {
      const ByteView text = reader_.bytes(reader_.varint());
      if (text.size() > max_metadata_bytes) return too_long("metadata_too_large", "metadata", text.size(), max_metadata_bytes);
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
        if (total > max_bundle_bytes) return too_long("metadata_too_large", "metadata of all changes", total, max_bundle_bytes);
        *member = as_text(*text);
      }
    }
    return column_end("metadata");
  }

  std::optional<Error> check_end() {
    if (reader_.left() > 0) return not_canonical("end", "nothing between metadata and trailer");
    if (!entities_.all_used() || !attributes_.all_used() || !nodes_.all_used()) {
      return not_canonical("dictionaries", "every entry used");
    }
    for (const Change& change : bundle_.changes) {
      if (auto error = check_change(change)) return error;
    }
    return std::nullopt;
  }

  Reader& reader_;
  const BundleHeader& header_;
  Bundle bundle_;
  std::vector<Slot> slots_;
  Entries<std::string> entities_, attributes_;
  Entries<NodeId> nodes_;
};

}  // namespace

Result<Bundle> decode_bundle(ByteView canonical) {
  if (canonical.size() > max_bundle_bytes) {
    return Error{"too_large", "bundle", std::to_string(canonical.size()) + " bytes",
                 "at most " + std::to_string(max_bundle_bytes) + " bytes", "Split the changes over more bundles."};
  }
  Reader whole(canonical);
  const auto header = layout::read_header(whole);
  if (!header) return header.error();
  if (header->version != bundle_version) {
    return Error{"unsupported_version", "version", std::to_string(header->version), std::to_string(bundle_version),
                 "A newer program wrote this bundle; update this one.", Retry::after_fix};
  }
  if (header->suite != suite_plain) {
    return Error{"unsupported_suite", "suite", std::to_string(header->suite), std::to_string(suite_plain),
                 "A newer program signed or encrypted this bundle; update this one.", Retry::after_fix};
  }
  if (whole.left() < trailer_size) {
    return Error{"truncated", "trailer", "end of input", std::to_string(trailer_size) + " bytes", "Ask for the bundle again."};
  }
  const ByteView body = canonical.first(canonical.size() - trailer_size);
  Reader reader(body.subspan(canonical.size() - whole.left()));
  auto bundle = BodyReader(reader, *header).read();
  // The last word on canonical form: whatever else the bytes say twice or oddly, the encoder would not write it so.
  if (bundle && !same_bytes(layout::encode_body(*bundle), body)) {
    return not_canonical("bundle", "the one form that the encoder writes");
  }
  return bundle;
}

}  // namespace tidemark
