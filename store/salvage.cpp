#include "store/salvage.h"

#include <algorithm>
#include <limits>
#include <set>

#include "crdt/limits.h"
#include "crdt/utf8.h"
#include "store/internal/encoding.h"
#include "store/internal/remnants.h"
#include "store/internal/schema.h"

namespace tidemark::store {

namespace {

using internal::BundleRemnant;
using internal::Column;
using internal::EventRemnant;
using internal::NodeRemnant;
using internal::Remnants;

constexpr Stamp last_stamp{max_stamp_ms, 0xffff, {}};

std::optional<Value> value_of(std::int64_t kind, const Column& column) {
  if (kind < 0 || kind > static_cast<std::int64_t>(ValueType::json)) return std::nullopt;
  const auto type = static_cast<ValueType>(kind);
  switch (type) {
    case ValueType::null:
      if (column.type != Column::Type::null) return std::nullopt;
      return Value::null();
    case ValueType::boolean:
      if (column.type != Column::Type::integer) return std::nullopt;
      return Value::boolean(column.integer != 0);
    case ValueType::integer:
      if (column.type != Column::Type::integer) return std::nullopt;
      return Value::integer(column.integer);
    case ValueType::real:
      if (column.type == Column::Type::null) return Value::real(std::numeric_limits<double>::quiet_NaN());
      if (column.type != Column::Type::real) return std::nullopt;
      return Value::real(column.real);
    case ValueType::text:
    case ValueType::json:
    case ValueType::bytes:
      break;
  }
  if (column.type != (type == ValueType::bytes ? Column::Type::blob : Column::Type::text)) return std::nullopt;
  Result<Value> value = Value::from_canonical(type, column.bytes);
  if (!value) return std::nullopt;
  return std::move(*value);
}

// Puts events to changes, changes to bundles, and what is in none to what is loose.
class Gathering {
 public:
  Gathering(const Remnants& remnants, bool prefer_index) : remnants_(remnants), prefer_index_(prefer_index) {}

  Remains run() {
    remains_.pages = remnants_.pages;
    remains_.damaged_pages = remnants_.damaged_pages;
    remains_.damaged_rows = remnants_.damaged_rows;
    remains_.space = text_of("space");
    find_clock();
    count_doubtful(remnants_.entities);
    count_doubtful(remnants_.attributes);
    std::map<std::int64_t, std::vector<const EventRemnant*>> events;
    for (const EventRemnant& event : remnants_.events) events[event.node].push_back(&event);
    for (const auto& [id, node] : remnants_.nodes) {
      if (node.name.doubtful()) ++remains_.doubtful_names;
      if (const auto& name = node.name.get(prefer_index_)) gather(id, *name, node, events[id]);
      events.erase(id);
    }
    for (const auto& [id, nameless] : events) remains_.nameless += nameless.size();
    remains_.notes_lost = remnants_.notes.size() - std::min(remnants_.notes.size(), used_notes_.size());
    const std::uint64_t known = greatest_row();
    remains_.missing = known > remains_.events ? known - remains_.events : 0;
    const auto by_node = [](const RemainingNode& a, const RemainingNode& b) { return a.node < b.node; };
    std::sort(remains_.nodes.begin(), remains_.nodes.end(), by_node);
    return std::move(remains_);
  }

 private:
  template <class Names>
  void count_doubtful(const Names& names) {
    for (const auto& [id, name] : names) remains_.doubtful_names += name.doubtful() ? 1 : 0;
  }

  // Two places hold it. If one of them is lost, what is sound may lie beyond what the other says.
  void find_clock() {
    remains_.clock = parse_stamp(text_of("clock"));
    bool own = false;
    for (const auto& [id, node] : remnants_.nodes) {
      const auto name = node.name.get(prefer_index_);
      if (!node.own || !name) continue;
      own = true;
      const auto last = node.last_hlc ? stamp_of(*node.last_hlc, *name) : std::nullopt;
      if (last && (!remains_.clock || *remains_.clock < *last)) remains_.clock = last;
    }
    if (own && !remains_.space.empty()) greatest_ = remains_.clock;
  }

  std::string text_of(const char* key) const {
    const auto at = remnants_.meta.find(key);
    const bool text = at != remnants_.meta.end() && at->second.type == Column::Type::text;
    if (!text || at->second.bytes.size() > max_space_bytes || !is_utf8(at->second.bytes)) return {};
    return at->second.bytes;
  }

  // Rows count from 1 without gaps, except where a fork took some away.
  std::uint64_t greatest_row() const {
    std::int64_t greatest = remnants_.events.empty() ? 0 : remnants_.events.back().row;
    for (const auto& [place, bundle] : remnants_.bundles) greatest = std::max(greatest, bundle.last_row.value_or(0));
    for (const auto& [id, node] : remnants_.nodes) greatest = std::max(greatest, node.tail_last.value_or(0));
    // A damaged number would count losses that never were.
    const auto plausible = static_cast<std::int64_t>(remnants_.pages) * internal::page_size;
    return greatest > 0 && greatest < plausible ? static_cast<std::uint64_t>(greatest) : remains_.events;
  }

  void gather(std::int64_t id, NodeId node, const NodeRemnant& remnant, std::vector<const EventRemnant*>& events) {
    RemainingNode result;
    result.node = node;
    result.own = remnant.own;
    std::vector<bool> used(events.size());
    const auto from = remnants_.bundles.lower_bound({id, INT64_MIN});
    for (auto at = from; at != remnants_.bundles.end() && at->first.first == id; ++at)
      take_bundle(result, at->second, events, used);
    std::vector<const EventRemnant*> rest;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (!used[i] && plausible(*events[i], from, id, remnant)) rest.push_back(events[i]);
    }
    result.loose = changes_of(node, rest);
    if (!result.bundles.empty() || !result.loose.empty() || result.own) remains_.nodes.push_back(std::move(result));
  }

  void take_bundle(RemainingNode& node, const BundleRemnant& remnant, const std::vector<const EventRemnant*>& events,
                   std::vector<bool>& used) {
    RemainingBundle bundle;
    const auto first = stamp_of(remnant.first_hlc, node.node);
    const auto last = stamp_of(remnant.last_hlc, node.node);
    if (remnant.n < 1 || remnant.head.size() != bundle.row.head.hash.size() || !first || !last) {
      ++remains_.damaged_rows;
      return;
    }
    bundle.row.head = {node.node, static_cast<std::uint64_t>(remnant.n), {}};
    std::copy(remnant.head.begin(), remnant.head.end(), bundle.row.head.hash.begin());
    bundle.row.version = static_cast<std::uint8_t>(remnant.version);
    bundle.row.suite = static_cast<std::uint8_t>(remnant.suite);
    bundle.row.first = *first;
    bundle.row.last = *last;
    bundle.row.events = static_cast<std::uint64_t>(std::max<std::int64_t>(remnant.events, 0));
    if (const auto parked = remnants_.parked.find({remnant.node, remnant.n}); parked != remnants_.parked.end()) {
      bundle.row.parked = true;
      bundle.reason = parked->second.reason;
      bundle.envelope.assign(parked->second.envelope.begin(), parked->second.envelope.end());
    }
    if (remnant.first_row && remnant.last_row) {
      std::vector<const EventRemnant*> own;
      const auto before = [](const EventRemnant* event, std::int64_t row) { return event->row < row; };
      auto at = std::lower_bound(events.begin(), events.end(), *remnant.first_row, before);
      for (; at != events.end() && (*at)->row <= *remnant.last_row; ++at) {
        const auto i = static_cast<std::size_t>(at - events.begin());
        if (used[i] || (*at)->hlc < remnant.first_hlc || (*at)->hlc > remnant.last_hlc) continue;
        used[i] = true;
        own.push_back(*at);
      }
      bundle.changes = changes_of(node.node, own);
    }
    node.bundles.push_back(std::move(bundle));
  }

  // A stamp that lies outside of the bundle among whose rows it stands is damaged, and so is one that the clock has not
  // reached. The tail lies among the rows of anything.
  bool plausible(const EventRemnant& event,
                 std::map<std::pair<std::int64_t, std::int64_t>, BundleRemnant>::const_iterator at, std::int64_t id,
                 const NodeRemnant& node) {
    const auto stamp = stamp_of(event.hlc, {});
    if (!stamp || (greatest_ && internal::hlc_column(*greatest_) < event.hlc)) {
      ++remains_.damaged_rows;
      return false;
    }
    if (node.tail_first && event.row >= *node.tail_first) return true;
    for (; at != remnants_.bundles.end() && at->first.first == id; ++at) {
      const BundleRemnant& bundle = at->second;
      if (!bundle.first_row || event.row < *bundle.first_row || event.row > bundle.last_row.value_or(0)) continue;
      ++remains_.damaged_rows;
      return false;
    }
    return true;
  }

  std::optional<Stamp> stamp_of(std::int64_t hlc, NodeId node) const {
    if (hlc > internal::hlc_column(last_stamp)) return std::nullopt;
    return internal::stamp_of_columns(hlc, node);
  }

  std::vector<Change> changes_of(NodeId node, const std::vector<const EventRemnant*>& events) {
    std::map<Stamp, Change> changes;
    for (const EventRemnant* remnant : events) {
      std::optional<Event> event = event_of(*remnant);
      if (!event) continue;
      Change& change = changes[*stamp_of(remnant->hlc, node)];
      if (change.events.empty()) {
        change.stamp = *stamp_of(remnant->hlc, node);
        add_notes(change, remnant->row);
      }
      change.events.push_back(std::move(*event));
      ++remains_.events;
    }
    std::vector<Change> result;
    for (auto& [stamp, change] : changes) result.push_back(std::move(change));
    return result;
  }

  std::optional<Event> event_of(const EventRemnant& remnant) {
    const auto entity = name_of(remnants_.entities, remnant.entity);
    const auto attribute = name_of(remnants_.attributes, remnant.attribute);
    if (!entity || !attribute) {
      ++remains_.nameless;
      return std::nullopt;
    }
    std::optional<Value> value = value_of(remnant.kind, remnant.value);
    Event event{{*entity, *attribute}, {}, {}};
    if (!value || check_cell(event.cell) || !stamp_of(remnant.hlc, {})) {
      ++remains_.damaged_rows;
      return std::nullopt;
    }
    event.value = std::move(*value);
    const auto base_node = remnants_.nodes.find(remnant.base_node.value_or(0));
    if (remnant.base_hlc && base_node != remnants_.nodes.end()) {
      if (const auto& name = base_node->second.name.get(prefer_index_)) event.base = stamp_of(*remnant.base_hlc, *name);
    }
    return event;
  }

  template <class Names>
  std::optional<std::string> name_of(const Names& names, std::int64_t id) const {
    const auto at = names.find(id);
    if (at == names.end()) return std::nullopt;
    return at->second.get(prefer_index_);
  }

  void add_notes(Change& change, std::int64_t row) {
    const auto at = remnants_.notes.find(row);
    if (at == remnants_.notes.end()) return;
    used_notes_.insert(row);
    change.metadata = {at->second.author, at->second.source, at->second.note, at->second.json};
    try {
      change.links = internal::links_of_text(at->second.links);
    } catch (const StoreError&) {
      ++remains_.damaged_rows;
    }
  }

  const Remnants& remnants_;
  bool prefer_index_;
  std::set<std::int64_t> used_notes_;
  Remains remains_;
  std::optional<Stamp> greatest_;  // no sound stamp is greater
};

}  // namespace

Remains read_remains(const std::string& path, bool prefer_index, const Progress& progress) {
  const internal::Pages pages(path);
  return Gathering(internal::read_remnants(pages, progress), prefer_index).run();
}

}  // namespace tidemark::store
