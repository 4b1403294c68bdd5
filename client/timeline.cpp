// Replica: the history of an entity, and the audit of the whole file.
#include <algorithm>
#include <map>

#include "client/replica_parts.h"

namespace tidemark {
namespace {

// An event of the entity with its place in the timeline.
struct Placed {
  const Event* event = nullptr;
  Stamp stamp;
};

bool before(const Placed& a, const Placed& b) {
  return a.stamp != b.stamp ? a.stamp < b.stamp : compare_canonical(a.event->value, b.event->value) < 0;
}

// True if whoever wrote `later` had seen `earlier`: the chain of bases leads there.
bool has_seen(const std::vector<Placed>& cell, const Placed& later, const Stamp& earlier) {
  std::optional<Stamp> at = later.event->base;
  for (auto one = cell.rbegin(); one != cell.rend() && at && *at >= earlier; ++one) {
    if (one->stamp != *at) continue;
    if (*at == earlier) return true;
    at = one->event->base;
  }
  return at == earlier;
}

TimelineStep step_of(const std::vector<Placed>& cell, const Placed& placed) {
  TimelineStep step;
  step.attribute = placed.event->cell.attribute;
  step.value = placed.event->value;
  step.base = placed.event->base;
  if (const auto& base = step.base) {
    const auto found = std::find_if(cell.begin(), cell.end(), [&](const Placed& one) { return one.stamp == *base; });
    if (found != cell.end()) step.old = found->event->value;
  }
  const auto at = std::find_if(cell.begin(), cell.end(), [&](const Placed& one) { return one.event == placed.event; });
  step.wins = std::next(at) == cell.end();
  if (!step.wins) {
    step.by = std::next(at)->stamp;
    step.seen = has_seen(cell, *std::next(at), placed.stamp);
  }
  return step;
}

bool deletes(const Event& event) {
  return event.cell.attribute == deleted_attribute && event.value == Value::boolean(true);
}

}  // namespace

store::AuditPage Replica::audit(const store::AuditQuery& query, const store::Progress& progress) {
  return parts_->store.audit(query, progress);
}

void Replica::drop_audit_index() { parts_->store.drop_audit_index(); }

Timeline Replica::timeline(std::string_view entity) const {
  const std::vector<Change> changes = parts_->store.entity_changes(entity);
  std::map<std::string, std::vector<Placed>> cells;
  for (const Change& change : changes) {
    for (const Event& event : change.events) cells[event.cell.attribute].push_back({&event, change.stamp});
  }
  for (auto& [attribute, cell] : cells) std::sort(cell.begin(), cell.end(), before);

  Timeline timeline;
  std::map<std::pair<std::string, NodeId>, std::uint64_t> contributors;
  for (const Change& change : changes) {
    TimelineChange line{change.stamp, change.metadata, change.links, {}};
    for (Link& link : line.links) link.target = parts_->store.resolve(link.target);
    for (const Event& event : change.events) {
      line.steps.push_back(step_of(cells.at(event.cell.attribute), {&event, change.stamp}));
      if (deletes(event) && line.steps.back().wins) timeline.deleted = Mark{change.stamp, change.metadata.author};
    }
    timeline.changes.push_back(std::move(line));
    ++contributors[{change.metadata.author, change.stamp.node}];
  }
  if (!changes.empty()) {
    timeline.created = Mark{changes.front().stamp, changes.front().metadata.author};
    timeline.updated = Mark{changes.back().stamp, changes.back().metadata.author};
  }
  for (const auto& [who, count] : contributors) timeline.contributors.push_back({who.first, who.second, count});
  std::stable_sort(timeline.contributors.begin(), timeline.contributors.end(),
                   [](const Contributor& a, const Contributor& b) { return a.changes > b.changes; });
  return timeline;
}

}  // namespace tidemark
