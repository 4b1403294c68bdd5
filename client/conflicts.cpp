// Replica: writes that lost to writers who had not seen them, and how that ends.
#include <algorithm>
#include <map>

#include "client/replica_parts.h"
#include "crdt/limits.h"
#include "crdt/lineage.h"
#include "crdt/merge_values.h"

namespace tidemark {
namespace {

using store::Lineage;

// Links to every head but the winner, also to those that have its value now: they would come back with the next write.
void settle_heads(const std::vector<CellEvent>& events, Draft& draft) {
  std::vector<std::size_t> heads = heads_of(events);
  heads.pop_back();
  for (const std::size_t head : heads) {
    if (draft.links.size() < max_change_links) draft.links.push_back({LinkKind::settles, events[head].stamp});
  }
}

ConflictSide side(const Lineage& lineage, std::size_t at) {
  return {lineage.events[at].stamp, lineage.events[at].value, lineage.said[at]};
}

// Nothing if the policy leaves the conflict to people. Merges see one loser after the other, the earliest first.
std::optional<Value> merged(const MergePolicy& policy, const Value* base, const Value& winner, const Value& loser) {
  if (std::holds_alternative<MergePieces>(policy)) {
    return base == nullptr ? std::nullopt : merge_values(*base, winner, loser);
  }
  if (const auto* function = std::get_if<MergeFunction>(&policy)) return (*function)(base, winner, loser);
  return std::nullopt;
}

// The change that merges a cell's conflicts as far as its policy can; without writes if it cannot.
Draft merge_of(const Cell& cell, const Lineage& lineage, const MergePolicy& policy) {
  Draft draft;
  const std::vector<CellEvent>& events = lineage.events;
  const std::vector<LostWrite> lost = lost_writes(events);
  if (lost.empty()) return draft;
  Value value = events.back().value;
  for (const LostWrite& one : lost) {
    const CellEvent& loser = events[one.loser];
    if (std::holds_alternative<MergeKeepBoth>(policy)) {
      const Cell beside{cell.entity, cell.attribute + " (conflict " + to_string(loser.stamp) + ")"};
      if (check_cell(beside)) continue;  // the name is too long
      draft.writes.push_back({beside, loser.value});
    } else {
      std::optional<Value> both = merged(policy, one.base ? &events[*one.base].value : nullptr, value, loser.value);
      if (!both) continue;
      value = std::move(*both);
    }
    draft.links.push_back({LinkKind::settles, loser.stamp});
  }
  if (draft.links.empty()) return draft;
  for (const std::size_t head : heads_of(events)) {
    const bool alike = head + 1 < events.size() && events[head].value == events.back().value;
    if (alike && draft.links.size() < max_change_links) draft.links.push_back({LinkKind::settles, events[head].stamp});
  }
  draft.writes.push_back({cell, std::move(value)});
  draft.metadata.source = "merge";
  return draft;
}

}  // namespace

std::vector<Conflict> Replica::Parts::conflicts_of(const Cell& cell) const {
  std::vector<Conflict> found;
  const Lineage lineage = store.lineage(cell);
  for (const LostWrite& lost : lost_writes(lineage.events)) {
    Conflict conflict{cell, std::nullopt, side(lineage, lost.winner), side(lineage, lost.loser)};
    if (lost.base) conflict.base = side(lineage, *lost.base);
    found.push_back(std::move(conflict));
  }
  return found;
}

std::vector<Conflict> Replica::conflicts(std::string_view entity) const {
  std::vector<Conflict> found;
  for (const Cell& cell : parts_->store.contested()) {
    if (!entity.empty() && cell.entity != entity) continue;
    for (Conflict& one : parts_->conflicts_of(cell)) found.push_back(std::move(one));
  }
  return found;
}

std::shared_ptr<void> Replica::observe_conflicts(Lost lost) {
  if (parts_->conflict_observers.empty()) {
    if (parts_->observers.empty()) parts_->noticed_row = parts_->store.last_row();
    parts_->known_conflicts.clear();
    for (const Conflict& one : conflicts()) parts_->known_conflicts.emplace(one.cell, one.loser.stamp);
  }
  auto observer = std::make_shared<Lost>(std::move(lost));
  parts_->conflict_observers.push_back(observer);
  return observer;
}

// What is settled and comes again is new.
void Replica::Parts::notify_conflicts(const std::vector<Cell>& cells) {
  std::vector<Conflict> fresh;
  for (const Cell& cell : cells) {
    const std::vector<Conflict> now = conflicts_of(cell);
    std::set<std::pair<Cell, Stamp>> left;
    for (const Conflict& one : now) {
      left.emplace(cell, one.loser.stamp);
      if (known_conflicts.count({cell, one.loser.stamp}) == 0) fresh.push_back(one);
    }
    const auto first = known_conflicts.lower_bound({cell, Stamp{}});
    auto last = first;
    while (last != known_conflicts.end() && last->first == cell) ++last;
    known_conflicts.erase(first, last);
    known_conflicts.insert(left.begin(), left.end());
  }
  if (fresh.empty()) return;
  const auto current = conflict_observers;
  for (const auto& observer : current) {
    if (const auto lost = observer.lock()) (*lost)(fresh);
  }
}

Result<Stamp> Replica::settle(const Cell& cell, const Settlement& how, Metadata metadata, std::vector<Link> links) {
  const Error none{"no_conflict", "conflict", cell.attribute + " of " + cell.entity, "", "", Retry::after_fix};
  const Lineage lineage = parts_->store.lineage(cell);
  const std::vector<LostWrite> lost = lost_writes(lineage.events);
  if (lost.empty()) return none;
  Draft draft;
  draft.links = std::move(links);
  Value value = lineage.events.back().value;
  if (const auto* merged = std::get_if<Merged>(&how)) value = merged->value;
  if (const auto* take = std::get_if<Take>(&how)) {
    // As it is listed, or as it was printed before it got another stamp.
    const Stamp now = parts_->store.resolve(take->loser);
    const auto is_it = [&](const LostWrite& one) {
      const Stamp& stamp = lineage.events[one.loser].stamp;
      return stamp == take->loser || stamp == now;
    };
    const auto taken = std::find_if(lost.begin(), lost.end(), is_it);
    if (taken == lost.end()) {
      Error error = none;
      error.got = to_string(take->loser);
      error.hint = "It is no lost write of this attribute, or it was settled.";
      return error;
    }
    value = lineage.events[taken->loser].value;
  }
  settle_heads(lineage.events, draft);
  draft.writes.push_back({cell, std::move(value)});
  draft.metadata = std::move(metadata);
  return change(std::move(draft));
}

void Replica::set_merge_policy(std::string attribute, MergePolicy policy) {
  parts_->policies[std::move(attribute)] = std::move(policy);
}

const MergePolicy* Replica::Parts::policy_of(const std::string& attribute) const {
  const MergePolicy* best = nullptr;
  std::size_t length = 0;
  for (const auto& [pattern, policy] : policies) {
    const bool prefix = !pattern.empty() && pattern.back() == '*';
    // The whole name beats every beginning of it.
    const std::size_t weight = prefix ? pattern.size() : attribute.size() + 2;
    if (!means_attribute(pattern, attribute) || weight < length) continue;
    best = &policy;
    length = weight;
  }
  return best;
}

std::size_t Replica::merge_conflicts() {
  std::size_t merges = 0;
  for (const Cell& cell : parts_->store.contested()) {
    const MergePolicy* policy = parts_->policy_of(cell.attribute);
    if (policy == nullptr || std::holds_alternative<MergeLww>(*policy)) continue;
    Draft draft = merge_of(cell, parts_->store.lineage(cell), *policy);
    if (draft.writes.empty()) continue;
    if (change(std::move(draft))) ++merges;
  }
  return merges;
}

}  // namespace tidemark
