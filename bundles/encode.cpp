#include <array>

#include "bundles/chain.h"
#include "bundles/column.h"
#include "bundles/dictionary.h"
#include "bundles/layout.h"
#include "bundles/uuid.h"
#include "bundles/varint.h"
#include "hlc/assert.h"

namespace tidemark {
namespace {

// What says a stamp's counter after another stamp of the same node: within the millisecond a difference as well.
std::uint64_t counter_after(const Stamp& stamp, const Stamp& previous) {
  const bool same_ms = stamp.ms == previous.ms;
  return static_cast<std::uint64_t>(same_ms ? stamp.counter - previous.counter : stamp.counter);
}

std::uint64_t distance_to(const Stamp& target, const Stamp& own) {
  return layout::zigzag(static_cast<std::int64_t>(own.ms) - static_cast<std::int64_t>(target.ms));
}

// How much there is of what fills columns.
struct Totals {
  explicit Totals(const Bundle& bundle) : changes(bundle.changes.size()) {
    for (const Change& change : bundle.changes) {
      events += change.events.size();
      links += change.links.size();
      for (const Event& event : change.events) {
        if (layout::has_size(event.value.type())) string_bytes += event.value.as_string().size();
      }
    }
  }

  std::size_t changes;
  std::size_t events = 0;
  std::size_t links = 0;
  std::size_t string_bytes = 0;
};

// Fills every column in one pass over the changes, each in a buffer of its own, then joins them.
class BodyWriter {
 public:
  explicit BodyWriter(const Bundle& bundle) : bundle_(bundle), totals_(bundle) { nodes_.use(bundle.node); }

  Bytes write() {
    const Stamp* previous = &bundle_.changes.front().stamp;
    for (const Change& change : bundle_.changes) {
      // First and last stamp stand in the header, and the last count follows from its total.
      const bool last = &change == &bundle_.changes.back();
      if (&change != &bundle_.changes.front() && !last) {
        stamp_ms_.varint(change.stamp.ms - previous->ms);
        stamp_counters_.varint(counter_after(change.stamp, *previous));
      }
      if (!last) event_counts_.varint(change.events.size());
      previous = &change.stamp;
      for (const Event& event : change.events) add(event, change.stamp);
      add(change.metadata);
    }
    if (totals_.links > 0) add_links();
    return join();
  }

 private:
  void add(const Event& event, const Stamp& own) {
    const std::string& entity = event.cell.entity;
    const std::uint64_t entity_use = entity_dictionary_.use(entity);
    entity_uses_.varint(entity_use);
    if (entity_use == 0) add_entity(entity);

    const std::string& attribute = event.cell.attribute;
    const std::uint64_t attribute_use = attribute_dictionary_.use(attribute);
    attribute_uses_.varint(attribute_use);
    if (attribute_use == 0) {
      append_varint(attribute_entries_, attribute.size());
      append_bytes(attribute_entries_, attribute);
    }

    add(event.value);
    if (!event.base) {
      bases_.varint(0);
      return;
    }
    bases_.varint(1 + use_node(event.base->node));
    base_ms_.varint(distance_to(*event.base, own));
    base_counters_.varint(event.base->counter);
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
    types_.byte(static_cast<std::uint8_t>(value.type()));
    switch (value.type()) {
      case ValueType::null:
        break;
      case ValueType::boolean:
        booleans_.byte(value.as_boolean() ? 1 : 0);
        break;
      case ValueType::integer:
        integers_.varint(layout::zigzag(value.as_integer()));
        break;
      case ValueType::real:
        reals_.be64(real_bits(value.as_real()));
        break;
      case ValueType::text:
      case ValueType::bytes:
      case ValueType::json:
        sizes_.varint(value.as_string().size());
        strings_.text(value.as_string());
        break;
    }
  }

  void add(const Metadata& metadata) {
    const std::array<const std::string*, layout::metadata_members> members = {&metadata.author, &metadata.source,
                                                                              &metadata.note, &metadata.json};
    for (const std::string* member : members) {
      if (member->empty()) {
        metadata_uses_.varint(0);
        continue;
      }
      const std::uint64_t use = metadata_dictionary_.use(*member);
      metadata_uses_.varint(1 + use);
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
        append_varint(link_ms_, distance_to(link.target, change.stamp));
        append_varint(link_counters_, link.target.counter);
      }
    }
  }

  std::uint64_t use_node(NodeId node) {
    const std::uint64_t use = nodes_.use(node);
    if (use == 0) append_be64(node_entries_, node.value);
    return use;
  }

  void append_header(Bytes& out) const {
    const Stamp& first = bundle_.changes.front().stamp;
    out.push_back(bundle_version);
    out.push_back(suite_plain);
    append_be64(out, bundle_.node.value);
    append_varint(out, bundle_.n);
    append_varint(out, first.ms);
    append_varint(out, first.counter);
    const Stamp& last = bundle_.changes.back().stamp;
    append_varint(out, last.ms - first.ms);
    append_varint(out, counter_after(last, first));
    append_varint(out, totals_.changes);
    append_varint(out, totals_.events);
  }

  Bytes join() const {
    Bytes out;
    std::size_t size = bundle_overhead_bound;
    for (const Bytes* entries : {&entity_entries_, &attribute_entries_, &node_entries_, &metadata_entries_})
      size += entries->size();
    for (const layout::Column* column : {&strings_, &metadata_uses_}) size += column->written().size();
    out.reserve(size + 16 * totals_.events);
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
    append_varint(out, totals_.links);
    for (const Bytes* column : {&link_counts_, &link_kinds_, &link_nodes_, &link_ms_, &link_counters_})
      append_bytes(out, *column);
    append_varint(out, metadata_dictionary_.size());
    append_bytes(out, metadata_entries_);
    if (metadata_dictionary_.size() > 0) append_bytes(out, metadata_uses_.written());
    return out;
  }

  static void append_all(Bytes& out, std::initializer_list<const layout::Column*> columns) {
    for (const layout::Column* column : columns) append_bytes(out, column->written());
  }

  layout::Column numbers(std::size_t count) const { return layout::Column(count * max_varint_size); }

  const Bundle& bundle_;
  Totals totals_;
  layout::TextDictionary entity_dictionary_, attribute_dictionary_, metadata_dictionary_;
  layout::NodeDictionary nodes_;
  Bytes entity_entries_, attribute_entries_, node_entries_, metadata_entries_;
  layout::Column stamp_ms_ = numbers(totals_.changes), stamp_counters_ = numbers(totals_.changes),
                 event_counts_ = numbers(totals_.changes);
  layout::Column entity_uses_ = numbers(totals_.events), attribute_uses_ = numbers(totals_.events);
  layout::Column types_{totals_.events}, booleans_{totals_.events};
  layout::Column integers_ = numbers(totals_.events), reals_{8 * totals_.events}, sizes_ = numbers(totals_.events);
  layout::Column strings_{totals_.string_bytes};
  layout::Column bases_ = numbers(totals_.events), base_ms_ = numbers(totals_.events),
                 base_counters_ = numbers(totals_.events);
  Bytes link_counts_, link_kinds_, link_nodes_, link_ms_, link_counters_;
  layout::Column metadata_uses_ = numbers(layout::metadata_members * totals_.changes);
};

}  // namespace

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
  EncodedBundle encoded{BodyWriter(bundle).write(), Head{bundle.node, bundle.n, {}}};
  encoded.head.hash = next_head(previous_head, space, encoded.bytes);
  append_bytes(encoded.bytes, ByteView(encoded.head.hash).first(trailer_size));
  TIDEMARK_ASSERT(encoded.bytes.size() <= max_bundle_bytes);
  return encoded;
}

}  // namespace tidemark
