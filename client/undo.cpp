// Replica: undo and redo. What to undo is chosen here; what a cell then shows is decided by crdt/lineage.h.
#include <algorithm>
#include <map>
#include <set>

#include "client/replica_parts.h"
#include "crdt/limits.h"
#include "crdt/lineage.h"

namespace tidemark {
namespace {

using store::Store;

constexpr std::size_t change_bytes = 300 * 1024;  // of names and values, so that metadata and links fit a bundle, too
constexpr int attempts_max = 8;                   // another process may write between deciding and recording

Error refused(const char* code, const std::string& field, const std::string& got, const char* hint) {
  return {code, field, got, "", hint, Retry::after_fix};
}

// What is undone in one cell, and what it will show.
struct CellPlan {
  Cell cell;
  Stamp winner;
  std::vector<Stamp> undone;  // ascending
  Value value;
};

struct Plan {
  std::vector<CellPlan> cells;
  std::vector<LeftAlone> left_alone;
  bool known_undone = false;   // something asked for is undone already
  bool undoes_writes = false;  // not only undos
};

bool contains(const std::vector<Stamp>& stamps, const Stamp& stamp) {
  return std::binary_search(stamps.begin(), stamps.end(), stamp);
}

// True if nobody wrote the cell since this undo but by undoing and redoing.
bool still_stands(const std::vector<CellEvent>& events, const std::vector<bool>& live, std::size_t undo) {
  for (std::size_t i = undo + 1; i < events.size(); ++i) {
    if (live[i] && !events[i].compensates()) return false;
  }
  return live[undo];
}

// True if one of the changes that a compensation undoes is an ordinary write: else it is a redo.
bool is_undo(const std::vector<CellEvent>& events, std::size_t at) {
  return events[at].compensates() &&
         std::any_of(events.begin(), events.begin() + std::ptrdiff_t(at), [&](const auto& e) {
           return !e.compensates() &&
                  std::find(events[at].undoes.begin(), events[at].undoes.end(), e.stamp) != events[at].undoes.end();
         });
}

bool compensation(const std::vector<CellEvent>& events, const Stamp& stamp) {
  return std::any_of(events.begin(), events.end(),
                     [&](const CellEvent& event) { return event.stamp == stamp && event.compensates(); });
}

// What a cell shows without some of its changes. A redo puts back what the first of the undos that it undoes had seen, as
// long as that was not undone meanwhile.
std::optional<std::size_t> left_of(const std::vector<CellEvent>& events, const std::vector<Stamp>& undone) {
  const auto at = [&](const Stamp& stamp) {
    return std::find_if(events.begin(), events.end(), [&](const CellEvent& event) { return event.stamp == stamp; });
  };
  const auto first = at(undone.front());
  if (first->compensates() && first->base) {
    const auto seen = at(*first->base);
    const auto place = std::size_t(seen - events.begin());
    if (seen != events.end() && live_events(events, undone)[place]) return place;
  }
  return event_without(events, undone);
}

// Plans the undo of changes, given ascending, in one cell.
void plan_cell(const Store& store, const Cell& cell, const std::vector<Stamp>& changes, Plan& plan) {
  const std::vector<CellEvent> events = store.lineage(cell).events;
  const std::vector<bool> live = live_events(events);
  const std::optional<std::size_t> shown = shown_event(events);
  std::vector<Stamp> undone;
  std::optional<std::size_t> in_the_way;
  bool touches = false;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!contains(changes, events[i].stamp)) continue;
    if (!live[i]) {
      plan.known_undone = true;
      continue;
    }
    undone.push_back(events[i].stamp);
    if (events[i].compensates() ? still_stands(events, live, i) : shown == i)
      touches = true;
    else
      in_the_way = i;
  }
  if (touches) {
    for (const Stamp& stamp : undone) plan.undoes_writes = plan.undoes_writes || !compensation(events, stamp);
    const auto left = left_of(events, undone);
    plan.cells.push_back({cell, events.back().stamp, undone, left ? events[*left].value : Value::null()});
  } else if (in_the_way) {
    plan.left_alone.push_back({cell, events[*in_the_way].stamp, events.back().stamp});
  }
}

// An entity that has no value any more is deleted in the same change, and one that has one again is not.
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
  cells.push_back({cell, state ? state->stamp : Stamp{}, undone, Value::boolean(true)});
}

// The changes of a plan, which say what `said` says: as many as the limits on links and events ask for. A cell with more undone changes than links fit is
// written by several.
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
      recording.seen.push_back(one->winner == Stamp{} ? std::nullopt : std::optional(one->winner));
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

// What would be undone next in a cell, if the changes of `chosen` are undone already; nothing if nothing can be.
using Next = std::optional<std::size_t> (*)(const std::vector<CellEvent>& events, const std::vector<Stamp>& chosen);

std::optional<std::size_t> next_write(const std::vector<CellEvent>& events, const std::vector<Stamp>& chosen) {
  const bool touched = std::any_of(events.begin(), events.end(), [&](const CellEvent& event) {
    return std::find(chosen.begin(), chosen.end(), event.stamp) != chosen.end();
  });
  return touched ? event_without(events, chosen) : shown_event(events);
}

// The greatest undo that nobody wrote over since.
std::optional<std::size_t> next_undo(const std::vector<CellEvent>& events, const std::vector<Stamp>& chosen) {
  const std::vector<bool> live = live_events(events, chosen);
  for (std::size_t i = events.size(); i-- > 0;) {
    if (!live[i]) continue;
    if (!events[i].compensates()) return std::nullopt;
    if (is_undo(events, i)) return i;
  }
  return std::nullopt;
}

// Adds the undos of a cell that undo something that a chosen one undoes, too: two devices may have undone the same, and both
// count; and the parts of an undo of many changes share one of them.
void add_alike(const std::vector<CellEvent>& events, std::vector<Stamp>& chosen) {
  const auto is_in = [](const std::vector<Stamp>& stamps, const Stamp& stamp) {
    return std::find(stamps.begin(), stamps.end(), stamp) != stamps.end();
  };
  std::vector<Stamp> targets;
  for (const CellEvent& event : events) {
    if (is_in(chosen, event.stamp)) targets.insert(targets.end(), event.undoes.begin(), event.undoes.end());
  }
  for (const CellEvent& event : events) {
    const bool shares = std::any_of(event.undoes.begin(), event.undoes.end(),
                                    [&](const Stamp& target) { return is_in(targets, target); });
    if (shares && !is_in(chosen, event.stamp)) chosen.push_back(event.stamp);
  }
}

// Chooses the greatest `count` stamps that can be undone one after the other, of an entity or of the whole file.
class Peeler {
 public:
  Peeler(const Store& store, std::string_view entity, Next next) : store_(store), entity_(entity), next_(next) {}

  // Only changes of these nodes, if there are any here.
  std::set<NodeId> nodes;
  // The cells that were looked at.
  std::map<Cell, std::vector<CellEvent>> cells;

  std::vector<Stamp> choose(std::uint64_t count) {
    store_.for_each_winner([&](const Cell& cell, const Stamp& winner) {
      // Nothing of a cell is later than its winner, and winners come the newest first.
      while (chosen_.size() < count && !waiting_.empty() && waiting_.rbegin()->first >= winner) take();
      if (chosen_.size() == count) return false;
      if (entity_.empty() || cell.entity == entity_)
        push(cells.emplace(cell, store_.lineage(cell).events).first->first);
      return true;
    });
    while (chosen_.size() < count && !waiting_.empty()) take();
    return chosen_;
  }

 private:
  void push(const Cell& cell) {
    const std::vector<CellEvent>& events = cells.at(cell);
    const auto next = next_(events, chosen_);
    if (next && (nodes.empty() || nodes.count(events[*next].stamp.node) != 0))
      waiting_.emplace(events[*next].stamp, cell);
  }

  void take() {
    const Stamp stamp = waiting_.rbegin()->first;
    chosen_.push_back(stamp);
    std::vector<Cell> touched;
    for (auto at = waiting_.lower_bound(stamp); at != waiting_.end();) {
      touched.push_back(at->second);
      at = waiting_.erase(at);
    }
    for (const Cell& cell : touched) push(cell);
  }

  const Store& store_;
  std::string_view entity_;
  Next next_;
  std::multimap<Stamp, Cell> waiting_;
  std::vector<Stamp> chosen_;
};

class Chooser {
 public:
  Chooser(const Store& store, const UndoRequest& request) : store_(store), request_(request) {}

  // The changes to undo, ascending, and the cells that they wrote.
  Result<std::vector<Stamp>> choose(std::set<Cell>& cells) {
    const int ways = (request_.count > 0) + !request_.changes.empty() + request_.to.has_value() +
                     request_.by.has_value() + request_.correlation.has_value();
    if (ways > 1) {
      return refused("bad_request", "undo", std::to_string(ways) + " ways to choose changes",
                     "Give one of: count, changes, to, by, correlation.");
    }
    std::vector<Stamp> stamps;
    if (!request_.changes.empty()) {
      for (const Stamp& stamp : request_.changes) {
        const auto change = store_.change(stamp);
        if (!change) return unknown(stamp);
        if (!add(*change, cells, stamps))
          return refused("not_of_entity", "change", to_string(stamp), "It wrote nothing of this entity.");
      }
    } else if (request_.by) {
      for (const Change& change : store_.changes_by(*request_.by, request_.since_ms)) add_write(change, cells, stamps);
    } else if (request_.correlation) {
      const auto first = store_.change(*request_.correlation);
      if (!first) return unknown(*request_.correlation);
      add_write(*first, cells, stamps);
      for (const Change& change : store_.changes_of_group(first->stamp)) add_write(change, cells, stamps);
    } else if (request_.to) {
      const auto last = store_.change(*request_.to);
      if (!last) return unknown(*request_.to);
      after(last->stamp, cells, stamps);
    } else {
      for (const Stamp& stamp : last(std::max<std::uint64_t>(request_.count, 1)))
        add(*store_.change(stamp), cells, stamps);
    }
    std::sort(stamps.begin(), stamps.end());
    stamps.erase(std::unique(stamps.begin(), stamps.end()), stamps.end());
    return stamps;
  }

 private:
  static Error unknown(const Stamp& stamp) {
    return refused("unknown_stamp", "change", to_string(stamp), "This replica knows no change of that stamp.");
  }

  static bool compensates(const Change& change) {
    return std::any_of(change.links.begin(), change.links.end(),
                       [](const Link& link) { return link.kind == LinkKind::undoes; });
  }

  bool add(const Change& change, std::set<Cell>& cells, std::vector<Stamp>& stamps) const {
    bool any = false;
    for (const Event& event : change.events) {
      if (!request_.entity.empty() && event.cell.entity != request_.entity) continue;
      cells.insert(event.cell);
      any = true;
    }
    if (any) stamps.push_back(change.stamp);
    return any;
  }

  void add_write(const Change& change, std::set<Cell>& cells, std::vector<Stamp>& stamps) const {
    if (!compensates(change)) add(change, cells, stamps);
  }

  // Cells whose winner is not later show nothing that is.
  void after(const Stamp& last, std::set<Cell>& cells, std::vector<Stamp>& stamps) const {
    std::vector<Cell> later;
    store_.for_each_winner([&](const Cell& cell, const Stamp& winner) {
      if (winner <= last) return false;
      if (request_.entity.empty() || cell.entity == request_.entity) later.push_back(cell);
      return true;
    });
    for (const Cell& cell : later) {
      cells.insert(cell);
      for (const CellEvent& event : store_.lineage(cell).events) {
        if (event.stamp > last) stamps.push_back(event.stamp);
      }
    }
  }

  std::vector<Stamp> last(std::uint64_t count) const {
    Peeler peeler(store_, request_.entity, next_write);
    if (request_.this_device) {
      for (const store::OwnNode& node : store_.own_nodes()) peeler.nodes.insert(node.node);
    }
    return peeler.choose(count);
  }

  const Store& store_;
  const UndoRequest& request_;
};

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
  said.metadata = parts_->described(request.metadata);
  said.links = request.links;
  parts_->own_node();
  for (int attempt = 0; attempt < attempts_max; ++attempt) {
    std::set<Cell> cells;
    const Result<std::vector<Stamp>> changes = Chooser(parts_->store, request).choose(cells);
    if (!changes) return changes.error();
    Plan plan;
    std::set<std::string> entities;
    for (const Cell& cell : cells) {
      plan_cell(parts_->store, cell, *changes, plan);
      entities.insert(cell.entity);
    }
    if (plan.cells.empty()) {
      if (plan.known_undone && plan.left_alone.empty())
        return refused("already_undone", "change", to_string(changes->back()), "To bring it back, redo.");
      Error error = refused("nothing_to_undo", "undo", "", "There is no change that still shows.");
      if (!plan.left_alone.empty()) {
        const LeftAlone& first = plan.left_alone.front();
        error.got = to_string(first.by) + " wrote over " + first.cell.attribute + " of " + first.cell.entity;
        error.hint = "Undo that one first, or restore a version.";
      }
      return error;
    }
    // A redo puts back what was there, and an entity without a value may have been there.
    for (const std::string& entity : plan.undoes_writes ? entities : std::set<std::string>())
      plan_deletion(parts_->store, entity, plan.cells);
    bool stale = false;
    Result<Undone> result = carry_out(*this, plan, said, parts_->options.wall_clock(), stale);
    if (stale) continue;
    parts_->notify();
    return result;
  }
  return Error{"busy", "undo", "other writes of the same values", "", "Try again.", Retry::later};
}

Result<Undone> Replica::redo(std::uint64_t count, std::string_view entity, Metadata metadata, std::vector<Link> links) {
  Peeler peeler(parts_->store, entity, next_undo);
  const std::vector<Stamp> last = peeler.choose(count);
  UndoRequest request;
  request.changes = last;
  for (const auto& [cell, events] : peeler.cells) add_alike(events, request.changes);
  if (request.changes.empty())
    return refused("nothing_to_redo", "redo", "", "No undo is left that nobody wrote over since.");
  request.entity = entity;
  request.metadata = std::move(metadata);
  request.links = std::move(links);
  return undo(request);
}

}  // namespace tidemark
