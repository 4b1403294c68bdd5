// Replica: the state as of a point of the past.
#include <algorithm>

#include "client/replica_parts.h"

namespace tidemark {
namespace {

Error no_such_change(std::uint64_t n, std::uint64_t there) {
  return {"no_such_change", "change", std::to_string(n), "1 to " + std::to_string(there), "", Retry::after_fix};
}

// The stamp up to which events count.
Result<Stamp> cut_of(const store::Store& store, const When& when, std::string_view entity) {
  if (const auto* stamp = std::get_if<Stamp>(&when)) {
    const Stamp end = store.resolve(*stamp);
    if (end == *stamp) return end;
    // One that was given up leads on, unless a copy of the file has a change of it.
    const auto change = store.change(*stamp);
    return change ? change->stamp : end;
  }
  if (const auto* time = std::get_if<WallTime>(&when)) {
    if (time->ms < 0) return Stamp{};
    return Stamp{std::min(std::uint64_t(time->ms), max_stamp_ms), UINT16_MAX, NodeId{UINT64_MAX}};
  }
  const std::uint64_t n = std::get<NthChange>(when).n;
  if (entity.empty()) {
    const auto stamp = store.nth_change(n);
    if (!stamp) return no_such_change(n, store.change_count());
    return *stamp;
  }
  const std::vector<Change> changes = store.entity_changes(entity);
  if (n == 0 || n > changes.size()) return no_such_change(n, changes.size());
  return changes[n - 1].stamp;
}

Entity entity_of(std::string_view id, std::vector<store::CellState> states) {
  Entity entity{std::string(id), {}};
  for (store::CellState& state : states)
    entity.attributes.emplace(std::move(state.cell.attribute), std::move(state.value));
  return entity;
}

using Values = std::vector<std::pair<Cell, Value>>;

Values values_at(const store::Store& store, const Stamp& cut, std::string_view entity) {
  Values values;
  const auto take = [&](const store::CellState& state) {
    values.emplace_back(state.cell, state.value);
    return true;
  };
  if (entity.empty())
    store.for_each_cell_as_of(cut, take);
  else
    for (const store::CellState& state : store.entity_as_of(entity, cut)) take(state);
  return values;
}

}  // namespace

Result<std::optional<Value>> Replica::get_at(const When& when, std::string_view entity,
                                             std::string_view attribute) const {
  const Result<Stamp> cut = cut_of(parts_->store, when, entity);
  if (!cut) return cut.error();
  if (attribute != deleted_attribute) {
    const auto deleted = parts_->store.get_as_of({std::string(entity), std::string(deleted_attribute)}, *cut);
    if (deleted && deleted->value == Value::boolean(true)) return std::optional<Value>();
  }
  auto state = parts_->store.get_as_of({std::string(entity), std::string(attribute)}, *cut);
  return state ? std::optional(std::move(state->value)) : std::optional<Value>();
}

Result<std::optional<Entity>> Replica::get_at(const When& when, std::string_view entity) const {
  const Result<Stamp> cut = cut_of(parts_->store, when, entity);
  if (!cut) return cut.error();
  Entity then = entity_of(entity, parts_->store.entity_as_of(entity, *cut));
  if (then.attributes.empty() || then.deleted()) return std::optional<Entity>();
  return std::optional(std::move(then));
}

Result<std::vector<Entity>> Replica::list_at(const When& when, const ListOptions& options) const {
  const Result<Stamp> cut = cut_of(parts_->store, when, {});
  if (!cut) return cut.error();
  Lister lister(options);
  parts_->store.for_each_cell_as_of(*cut, [&](const store::CellState& state) { return lister.add(state); });
  return lister.finish();
}

Result<std::vector<Difference>> Replica::diff(const When& before, const When& after, std::string_view entity) const {
  const Result<Stamp> from = cut_of(parts_->store, before, entity);
  if (!from) return from.error();
  const Result<Stamp> to = cut_of(parts_->store, after, entity);
  if (!to) return to.error();
  Values old = values_at(parts_->store, *from, entity);
  Values now = values_at(parts_->store, *to, entity);
  std::vector<Difference> differences;
  auto a = old.begin();
  auto b = now.begin();
  while (a != old.end() || b != now.end()) {
    if (b == now.end() || (a != old.end() && a->first < b->first)) {
      differences.push_back({a->first, std::move(a->second), std::nullopt});
      ++a;
    } else if (a == old.end() || b->first < a->first) {
      differences.push_back({b->first, std::nullopt, std::move(b->second)});
      ++b;
    } else {
      if (!(a->second == b->second)) differences.push_back({a->first, std::move(a->second), std::move(b->second)});
      ++a;
      ++b;
    }
  }
  return differences;
}

Result<std::optional<Stamp>> Replica::restore_version(std::string_view entity, const When& when, Metadata metadata,
                                                      std::vector<Link> links) {
  const Result<Stamp> cut = cut_of(parts_->store, when, entity);
  if (!cut) return cut.error();
  const Entity then = entity_of(entity, parts_->store.entity_as_of(entity, *cut));
  const Entity now = entity_of(entity, parts_->store.entity(entity));
  Draft draft;
  for (const auto& [attribute, value] : now.attributes) {
    const auto old = then.attributes.find(attribute);
    Value wanted = old == then.attributes.end() ? Value::null() : old->second;
    if (attribute == deleted_attribute && wanted == Value::null()) wanted = Value::boolean(false);
    if (!(wanted == value)) draft.writes.push_back({{std::string(entity), attribute}, std::move(wanted)});
  }
  if (then.attributes.empty() && !now.attributes.empty() && !now.deleted())
    draft.writes.push_back({{std::string(entity), std::string(deleted_attribute)}, Value::boolean(true)});
  if (draft.writes.empty()) return std::optional<Stamp>();
  draft.metadata = std::move(metadata);
  draft.links = std::move(links);
  const Result<Stamp> stamp = change(std::move(draft));
  if (!stamp) return stamp.error();
  return std::optional(*stamp);
}

}  // namespace tidemark
