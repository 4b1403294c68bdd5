#include <array>
#include <cstring>

#include "bundles/chain.h"
#include "bundles/dictionary.h"
#include "bundles/layout.h"
#include "bundles/uuid.h"
#include "bundles/varint.h"
#include "hlc/assert.h"

namespace tidemark {
namespace {

// A stamp after another of the same node. Within the millisecond the counter is a difference as well.
void append_stamp_after(Bytes& ms, Bytes& counters, const Stamp& stamp, const Stamp& previous) {
  append_varint(ms, stamp.ms - previous.ms);
  const bool same_ms = stamp.ms == previous.ms;
  append_varint(counters, static_cast<std::uint64_t>(same_ms ? stamp.counter - previous.counter : stamp.counter));
}

std::uint64_t bits_of(double number) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &number, sizeof bits);
  return bits;
}

// Fills every column in one pass over the changes, each in a buffer of its own, then joins them.
class BodyWriter {
 public:
  explicit BodyWriter(const Bundle& bundle) : bundle_(bundle) {
    nodes_.use(bundle.node);
    for (const Change& change : bundle.changes) {
      events_ += change.events.size();
      links_ += change.links.size();
    }
    for (Bytes* column : {&entity_uses_, &attribute_uses_, &types_, &bases_}) column->reserve(2 * events_);
  }

  Bytes write() {
    const Stamp* previous = &bundle_.changes.front().stamp;
    for (const Change& change : bundle_.changes) {
      // First and last stamp stand in the header, and the last count follows from its total.
      const bool last = &change == &bundle_.changes.back();
      if (&change != &bundle_.changes.front() && !last) {
        append_stamp_after(stamp_ms_, stamp_counters_, change.stamp, *previous);
      }
      if (!last) append_varint(event_counts_, change.events.size());
      previous = &change.stamp;
      for (const Event& event : change.events) add(event, change.stamp);
      add(change.metadata);
    }
    if (links_ > 0) add_links();
    return join();
  }

 private:
  struct Column {
    std::size_t entries = 0;
    Bytes bytes;
  };

  void add(const Event& event, const Stamp& own) {
    const std::string& entity = event.cell.entity;
    const std::uint64_t entity_use = entity_dictionary_.use(entity);
    append_varint(entity_uses_, entity_use);
    if (entity_use == 0) add_entity(entity);

    const std::string& attribute = event.cell.attribute;
    const std::uint64_t attribute_use = attribute_dictionary_.use(attribute);
    append_varint(attribute_uses_, attribute_use);
    if (attribute_use == 0) {
      append_varint(attribute_entries_, attribute.size());
      append_bytes(attribute_entries_, attribute);
    }

    add(event.value);
    if (!event.base) {
      append_varint(bases_, 0);
      return;
    }
    append_varint(bases_, 1 + use_node(event.base->node));
    append_distance(base_ms_, base_counters_, *event.base, own);
  }

  void add_entity(std::string_view entity) {
    if (const auto uuid = pack_uuid(entity)) {
      entity_entries_.push_back(layout::entity_uuid_tag);
      append_bytes(entity_entries_, ByteView(*uuid));
    } else {
      entity_entries_.push_back(static_cast<std::uint8_t>(entity.size()));
      append_bytes(entity_entries_, entity);
    }
  }

  void add(const Value& value) {
    types_.push_back(static_cast<std::uint8_t>(value.type()));
    switch (value.type()) {
      case ValueType::null:
        break;
      case ValueType::boolean:
        booleans_.push_back(value.as_boolean() ? 1 : 0);
        break;
      case ValueType::integer:
        append_varint(integers_, layout::zigzag(value.as_integer()));
        break;
      case ValueType::real:
        append_be64(reals_, bits_of(value.as_real()));
        break;
      case ValueType::text:
      case ValueType::bytes:
      case ValueType::json:
        append_varint(sizes_, value.as_string().size());
        append_bytes(strings_, value.as_string());
        break;
    }
  }

  void add(const Metadata& metadata) {
    const std::array<const std::string*, layout::metadata_members> members = {&metadata.author, &metadata.source,
                                                                              &metadata.note, &metadata.json};
    for (const std::string* member : members) {
      if (member->empty()) {
        append_varint(metadata_uses_, 0);
        continue;
      }
      const std::uint64_t use = metadata_dictionary_.use(*member);
      append_varint(metadata_uses_, 1 + use);
      if (use > 0) continue;
      append_varint(metadata_entries_, member->size());
      append_bytes(metadata_entries_, *member);
    }
  }

  // After all the bases, because the nodes' entries stand in the order in which a reader meets them.
  void add_links() {
    for (const Change& change : bundle_.changes) {
      append_varint(link_counts_, change.links.size());
      for (const Link& link : change.links) {
        link_kinds_.push_back(static_cast<std::uint8_t>(link.kind));
        append_varint(link_nodes_, use_node(link.target.node));
        append_distance(link_ms_, link_counters_, link.target, change.stamp);
      }
    }
  }

  std::uint64_t use_node(NodeId node) {
    const std::uint64_t use = nodes_.use(node);
    if (use == 0) append_be64(node_entries_, node.value);
    return use;
  }

  static void append_distance(Bytes& ms, Bytes& counters, const Stamp& target, const Stamp& own) {
    append_varint(ms, layout::zigzag(static_cast<std::int64_t>(own.ms) - static_cast<std::int64_t>(target.ms)));
    append_varint(counters, target.counter);
  }

  void append_header(Bytes& out) const {
    const Stamp& first = bundle_.changes.front().stamp;
    out.push_back(bundle_version);
    out.push_back(suite_plain);
    append_be64(out, bundle_.node.value);
    append_varint(out, bundle_.n);
    append_varint(out, first.ms);
    append_varint(out, first.counter);
    append_stamp_after(out, out, bundle_.changes.back().stamp, first);
    append_varint(out, bundle_.changes.size());
    append_varint(out, events_);
  }

  Bytes join() const {
    Bytes out;
    std::size_t size = bundle_overhead_bound;
    for (const Bytes* column : {&entity_entries_, &attribute_entries_, &strings_, &metadata_entries_})
      size += column->size();
    out.reserve(size + 16 * events_);
    append_header(out);
    append_all(out, {&stamp_ms_, &stamp_counters_, &event_counts_});
    append_varint(out, entity_dictionary_.size());
    append_bytes(out, entity_entries_);
    append_varint(out, attribute_dictionary_.size());
    append_bytes(out, attribute_entries_);
    append_varint(out, nodes_.size() - 1);  // the bundle's own node is known from the header
    append_bytes(out, node_entries_);
    append_all(out, {&entity_uses_, &attribute_uses_, &types_, &booleans_, &integers_, &reals_, &sizes_, &strings_,
                     &bases_, &base_ms_, &base_counters_});
    append_varint(out, links_);
    append_all(out, {&link_counts_, &link_kinds_, &link_nodes_, &link_ms_, &link_counters_});
    append_varint(out, metadata_dictionary_.size());
    append_bytes(out, metadata_entries_);
    if (metadata_dictionary_.size() > 0) append_bytes(out, metadata_uses_);
    return out;
  }

  static void append_all(Bytes& out, std::initializer_list<const Bytes*> columns) {
    for (const Bytes* column : columns) append_bytes(out, *column);
  }

  const Bundle& bundle_;
  std::size_t events_ = 0;
  std::size_t links_ = 0;
  layout::TextDictionary entity_dictionary_, attribute_dictionary_, metadata_dictionary_;
  layout::NodeDictionary nodes_;
  Bytes stamp_ms_, stamp_counters_, event_counts_;
  Bytes entity_entries_, attribute_entries_, node_entries_, metadata_entries_;
  Bytes entity_uses_, attribute_uses_, types_, booleans_, integers_, reals_, sizes_, strings_;
  Bytes bases_, base_ms_, base_counters_;
  Bytes link_counts_, link_kinds_, link_nodes_, link_ms_, link_counters_;
  Bytes metadata_uses_;
};

}  // namespace

Bytes layout::encode_body(const Bundle& bundle) { return BodyWriter(bundle).write(); }

bool can_encode(const Bundle& bundle) {
  if (bundle.n == 0 || bundle.changes.empty()) return false;
  std::size_t events = 0;
  std::size_t metadata = 0;
  const Change* previous = nullptr;
  for (const Change& change : bundle.changes) {
    if (check_change(change) || change.stamp.node != bundle.node) return false;
    if (previous != nullptr && !(previous->stamp < change.stamp)) return false;
    previous = &change;
    events += change.events.size();
    metadata += layout::metadata_size(change.metadata);
  }
  return events <= max_bundle_events && metadata <= max_bundle_bytes;
}

EncodedBundle encode_bundle(const Bundle& bundle, const Hash& previous_head, std::string_view space) {
  TIDEMARK_ASSERT(can_encode(bundle));
  EncodedBundle encoded{layout::encode_body(bundle), Head{bundle.node, bundle.n, {}}};
  encoded.head.hash = next_head(previous_head, space, encoded.bytes);
  append_bytes(encoded.bytes, ByteView(encoded.head.hash).first(trailer_size));
  TIDEMARK_ASSERT(encoded.bytes.size() <= max_bundle_bytes);
  return encoded;
}

}  // namespace tidemark
