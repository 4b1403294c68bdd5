// Replica: undo and redo. What is taken back is chosen in client/undo_choice.h; what a cell then shows follows from
// crdt/undoing.h; here it is recorded.
#include <algorithm>
#include <map>
#include <set>

#include "client/replica_parts.h"
#include "client/undo_choice.h"
#include "crdt/limits.h"
#include "crdt/undoing.h"

namespace tidemark {
namespace {

using store::Store;

constexpr std::size_t change_bytes = 300 * 1024;  // of names and values, so that metadata and links fit a bundle, too

// What is undone in one cell, and what it will show.
struct CellPlan {
  Cell cell;
  std::optional<Stamp> winner;  // that this was decided by
  std::vector<Stamp> undone;    // ascending
  Value value;
};

struct Plan {
  std::vector<CellPlan> cells;
  std::vector<LeftAlone> left_alone;
  bool undone_before = false;  // something asked for is undone already
};

// An entity that has no value any more is deleted in the same change.
void plan_deletion(const Store& store, const std::string& entity, std::vector<CellPlan>& cells) {
  bool any = false;
  bool deleted_planned = false;
  std::vector<Stamp> undone;
  std::map<std::string, Value> now;
  for (const store::CellState& state : store.entity(entity)) now[state.cell.attribute] = state.value;
  for (const CellPlan& plan : cells) {
    if (plan.cell.entity != entity) continue;
    now[plan.cell.attribute] = plan.value;
    deleted_planned = deleted_planned || plan.cell.attribute == deleted_attribute;
    undone = plan.undone;
  }
  for (const auto& [attribute, value] : now)
    any = any || (attribute != deleted_attribute && value.type() != ValueType::null);
  if (any || deleted_planned || undone.empty()) return;
  const Cell cell{entity, std::string(deleted_attribute)};
  const auto state = store.get(cell);
  if (state && state->value == Value::boolean(true)) return;
  cells.push_back({cell, state ? std::optional(state->stamp) : std::nullopt, undone, Value::boolean(true)});
}

Plan plan_of(const Store& store, const UndoChoice& choice) {
  Plan plan;
  std::set<std::string> entities;
  bool undoes_writes = false;
  for (const Cell& cell : choice.cells) {
    const std::vector<CellEvent> events = store.lineage(cell).events;
    CellUndo undo = undo_in(events, choice.changes);
    plan.undone_before = plan.undone_before || undo.undone_before;
    undoes_writes = undoes_writes || undo.undoes_writes;
    if (undo.in_the_way) plan.left_alone.push_back({cell, events[*undo.in_the_way].stamp, events.back().stamp});
    if (undo.undone.empty()) continue;
    Value value = undo.left ? events[*undo.left].value : Value::null();
    plan.cells.push_back({cell, events.back().stamp, std::move(undo.undone), std::move(value)});
    entities.insert(cell.entity);
  }
  // A redo puts back what was there, and an entity without a value may have been there.
  for (const std::string& entity : undoes_writes ? entities : std::set<std::string>())
    plan_deletion(store, entity, plan.cells);
  return plan;
}

// Why there is nothing to do.
Error refusal(const Plan& plan, const UndoChoice& choice) {
  if (plan.undone_before && plan.left_alone.empty()) {
    return {"already_undone",          "change",        to_string(choice.changes.back()), "",
            "To bring it back, redo.", Retry::after_fix};
  }
  if (plan.left_alone.empty())
    return {"nothing_to_undo", "undo", "", "", "There is no change that still shows.", Retry::after_fix};
  const LeftAlone& first = plan.left_alone.front();
  return {"nothing_to_undo",
          "undo",
          to_string(first.by) + " wrote over " + first.cell.attribute + " of " + first.cell.entity,
          "",
          "Undo that one first, or restore a version.",
          Retry::after_fix};
}

// The changes of a plan, which say what `said` says: as many as the limits on links and events ask for. A cell with more
// undone changes than links fit is written by several.
std::vector<store::Recording> recordings_of(const Plan& plan, const Draft& said, std::int64_t wall_ms) {
  std::vector<store::Recording> recordings;
  std::set<Stamp> links;
  std::map<Cell, const CellPlan*> cells;
  std::size_t bytes = 0;
  const auto close = [&] {
    if (cells.empty()) return;
    store::Recording recording;
    recording.wall_ms = wall_ms;
    for (const auto& [cell, one] : cells) {
      recording.change.events.push_back({cell, one->value, {}});
      // What an earlier change of this plan wrote is not in the file yet.
      recording.seen.push_back(one->winner);
    }
    std::set<Link> all(said.links.begin(), said.links.end());
    for (const Stamp& stamp : links) all.insert({LinkKind::undoes, stamp});
    recording.change.links.assign(all.begin(), all.end());
    recording.change.metadata = said.metadata;
    recordings.push_back(std::move(recording));
    links.clear();
    cells.clear();
    bytes = 0;
  };
  for (const CellPlan& one : plan.cells) {
    for (const Stamp& stamp : one.undone) {
      if (links.count(stamp) == 0 && links.size() + said.links.size() >= max_change_links) close();
      const std::size_t size = one.cell.entity.size() + one.cell.attribute.size() + one.value.payload_size();
      if (cells.count(one.cell) == 0 && (cells.size() == max_change_events || bytes + size > change_bytes)) close();
      links.insert(one.undone.front());  // what the parts of an undo have in common
      links.insert(stamp);
      if (cells.emplace(one.cell, &one).second) bytes += size;
    }
  }
  close();
  return recordings;
}

Result<Undone> carry_out(Replica& replica, const Plan& plan, const Draft& said, std::int64_t wall_ms, bool& stale) {
  Undone result;
  result.left_alone = plan.left_alone;
  std::set<Stamp> undone;
  for (const CellPlan& one : plan.cells) undone.insert(one.undone.begin(), one.undone.end());
  result.undone.assign(undone.begin(), undone.end());
  const std::vector<store::Recording> recordings = recordings_of(plan, said, wall_ms);
  for (const store::Recording& recording : recordings) {
    if (const auto error = check_change(recording.change)) return *error;
  }
  const auto stamps = replica.store().record(recordings);
  stale = stamps.empty();
  for (const auto& stamp : stamps) result.written.push_back(stamp.value());
  return result;
}

}  // namespace

Result<Undone> Replica::undo(const UndoRequest& request) {
  if (auto error = parts_->check_said(request.metadata, request.links)) return *std::move(error);
  Draft said;
  said.metadata = parts_->described(request.metadata, parts_->store.identity());
  said.links = request.links;
  parts_->own_node();
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    const Result<UndoChoice> choice = choose_undo(parts_->store, request);
    if (!choice) return choice.error();
    const Plan plan = plan_of(parts_->store, *choice);
    if (plan.cells.empty()) return refusal(plan, *choice);
    bool stale = false;
    Result<Undone> result = carry_out(*this, plan, said, parts_->options.wall_clock(), stale);
    if (stale) continue;
    parts_->written();
    return result;
  }
  return Error{"busy", "undo", "other writes of the same values", "", "Try again.", Retry::later};
}

Result<Undone> Replica::redo(std::uint64_t count, std::string_view entity, Metadata metadata, std::vector<Link> links) {
  UndoRequest request;
  request.changes = choose_redo(parts_->store, entity, count);
  if (request.changes.empty()) {
    return Error{"nothing_to_redo", "redo", "", "", "No undo is left that nobody wrote over since.", Retry::after_fix};
  }
  request.entity = entity;
  request.metadata = std::move(metadata);
  request.links = std::move(links);
  return undo(request);
}

}  // namespace tidemark
