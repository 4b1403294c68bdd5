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

// Links to the settled heads, and to those that have the winner's value: they are no conflict now, and would come back
// with the next write.
void settle_heads(const std::vector<CellEvent>& events, const std::vector<std::size_t>& settled, Draft& draft) {
  for (const std::size_t head : heads_of(events)) {
    const bool alike = events[head].value == events.back().value && head + 1 < events.size();
    const bool wanted = alike || std::find(settled.begin(), settled.end(), head) != settled.end();
    if (wanted && draft.links.size() < max_change_links) draft.links.push_back({LinkKind::settles, events[head].stamp});
  }
}

// The change that merges a cell's conflicts as far as its policy can; without writes if it cannot.
Draft merge_of(const Cell& cell, const Lineage& lineage, const MergePolicy& policy) {
  Draft draft;
  const std::vector<CellEvent>& events = lineage.events;
  const std::vector<LostWrite> lost = lost_writes(events);
  if (lost.empty()) return draft;
  Value value = events.back().value;
  std::vector<std::size_t> settled;
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
    settled.push_back(one.loser);
  }
  if (settled.empty()) return draft;
  settle_heads(events, settled, draft);
  draft.writes.push_back({cell, std::move(value)});
  draft.metadata.source = merge_source;
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
  parts_->start_noticing();
  if (parts_->conflict_observers.empty()) {
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

Result<Draft> Replica::Parts::settlement(const Cell& cell, const Lineage& lineage, const Settlement& how) const {
  Error none{"no_conflict", "conflict", cell.attribute + " of " + cell.entity, "", "", Retry::after_fix};
  const std::vector<CellEvent>& events = lineage.events;
  std::vector<std::size_t> losers;
  for (const LostWrite& one : lost_writes(events)) losers.push_back(one.loser);
  if (losers.empty()) return none;
  Value value = events.back().value;
  if (const auto* merged = std::get_if<Merged>(&how)) value = merged->value;
  if (const auto* take = std::get_if<Take>(&how)) {
    // As it is listed, or as it was printed before it got another stamp.
    const Stamp now = store.resolve(take->loser);
    const auto taken = std::find_if(losers.begin(), losers.end(), [&](std::size_t at) {
      return events[at].stamp == take->loser || events[at].stamp == now;
    });
    if (taken == losers.end()) {
      none.got = to_string(take->loser);
      none.hint = "It is no lost write of this attribute, or it was settled.";
      return none;
    }
    value = events[*taken].value;
  }
  Draft draft;
  settle_heads(events, losers, draft);
  draft.writes.push_back({cell, std::move(value)});
  return draft;
}

Result<Stamp> Replica::settle(const Cell& cell, const Settlement& how, Metadata metadata, std::vector<Link> links) {
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const Lineage lineage = parts_->store.lineage(cell);
    Result<Draft> draft = parts_->settlement(cell, lineage, how);
    if (!draft) return draft.error();
    draft->metadata = metadata;
    draft->links.insert(draft->links.end(), links.begin(), links.end());
    const Result<std::optional<Stamp>> stamp = parts_->write_upon(std::move(*draft), cell, lineage.events.back().stamp);
    if (!stamp) return stamp.error();
    if (*stamp) return **stamp;
  }
  return Error{"busy", "settle", "other writes of the same value", "", "Try again.", Retry::later};
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
    // What another process writes meanwhile is merged at the next call.
    const Lineage lineage = parts_->store.lineage(cell);
    Draft draft = merge_of(cell, lineage, *policy);
    if (draft.writes.empty()) continue;
    const auto stamp = parts_->write_upon(std::move(draft), cell, lineage.events.back().stamp);
    if (stamp && *stamp) ++merges;
  }
  return merges;
}

}  // namespace tidemark
