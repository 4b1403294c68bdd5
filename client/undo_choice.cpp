#include "client/undo_choice.h"

#include <algorithm>
#include <map>

#include "crdt/undoing.h"

namespace tidemark {
namespace {

using store::Store;

Error refused(const char* code, const std::string& field, const std::string& got, const char* hint) {
  return {code, field, got, "", hint, Retry::after_fix};
}

using Next = std::optional<std::size_t> (*)(std::span<const CellEvent> events, std::span<const Stamp> chosen);

// Chooses the greatest `count` stamps that can be undone one after the other, of an entity or of the whole file.
class Peeler {
 public:
  Peeler(const Store& store, std::string_view entity, Next next) : store_(store), entity_(entity), next_(next) {}

  // Only changes of these nodes, if there are any here.
  std::set<NodeId> nodes;
  // The cells that were looked at.
  std::map<Cell, std::vector<CellEvent>> cells;

  std::vector<Stamp> choose(std::uint64_t count) {
    store_.for_each_winner(entity_, [&](const Cell& cell, const Stamp& winner) {
      // Nothing of a cell is later than its winner, and winners come the newest first.
      while (chosen_.size() < count && !waiting_.empty() && waiting_.rbegin()->first >= winner) take();
      if (chosen_.size() == count) return false;
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

  Result<UndoChoice> choose() {
    const int ways = (request_.count > 0) + !request_.changes.empty() + request_.to.has_value() +
                     request_.by.has_value() + request_.correlation.has_value();
    if (ways > 1) {
      return refused("bad_request", "undo", std::to_string(ways) + " ways to choose changes",
                     "Give one of: count, changes, to, by, correlation.");
    }
    if (!request_.changes.empty()) {
      for (const Stamp& stamp : request_.changes) {
        const auto change = store_.change(stamp);
        if (!change) return unknown(stamp);
        if (!add(*change))
          return refused("not_of_entity", "change", to_string(stamp), "It wrote nothing of this entity.");
      }
    } else if (request_.by) {
      for (const Change& change : store_.changes_by(*request_.by, request_.since_ms)) add_write(change);
    } else if (request_.correlation) {
      const auto first = store_.change(*request_.correlation);
      if (!first) return unknown(*request_.correlation);
      add_write(*first);
      for (const Change& change : store_.changes_of_group(first->stamp)) add_write(change);
    } else if (request_.to) {
      const auto last = store_.change(*request_.to);
      if (!last) return unknown(*request_.to);
      add_after(last->stamp);
    } else {
      for (const Stamp& stamp : last(std::max<std::uint64_t>(request_.count, 1))) add(*store_.change(stamp));
    }
    std::vector<Stamp>& stamps = choice_.changes;
    std::sort(stamps.begin(), stamps.end());
    stamps.erase(std::unique(stamps.begin(), stamps.end()), stamps.end());
    return std::move(choice_);
  }

 private:
  static Error unknown(const Stamp& stamp) {
    return refused("unknown_stamp", "change", to_string(stamp), "This replica knows no change of that stamp.");
  }

  static bool compensates(const Change& change) {
    return std::any_of(change.links.begin(), change.links.end(),
                       [](const Link& link) { return link.kind == LinkKind::undoes; });
  }

  bool add(const Change& change) {
    bool any = false;
    for (const Event& event : change.events) {
      if (!request_.entity.empty() && event.cell.entity != request_.entity) continue;
      choice_.cells.insert(event.cell);
      any = true;
    }
    if (any) choice_.changes.push_back(change.stamp);
    return any;
  }

  void add_write(const Change& change) {
    if (!compensates(change)) add(change);
  }

  // Cells whose winner is not later show nothing that is.
  void add_after(const Stamp& last) {
    store_.for_each_winner(request_.entity, [&](const Cell& cell, const Stamp& winner) {
      if (winner > last) choice_.cells.insert(cell);
      return winner > last;
    });
    for (const Cell& cell : choice_.cells) {
      for (const CellEvent& event : store_.lineage(cell).events) {
        if (event.stamp > last) choice_.changes.push_back(event.stamp);
      }
    }
  }

  std::vector<Stamp> last(std::uint64_t count) const {
    Peeler peeler(store_, request_.entity, next_to_undo);
    if (request_.this_device) {
      for (const store::OwnNode& node : store_.own_nodes()) peeler.nodes.insert(node.node);
    }
    return peeler.choose(count);
  }

  const Store& store_;
  const UndoRequest& request_;
  UndoChoice choice_;
};

}  // namespace

Result<UndoChoice> choose_undo(const Store& store, const UndoRequest& request) {
  return Chooser(store, request).choose();
}

std::vector<Stamp> choose_redo(const Store& store, std::string_view entity, std::uint64_t count) {
  Peeler peeler(store, entity, next_to_redo);
  std::vector<Stamp> chosen = peeler.choose(count);
  for (const auto& [cell, events] : peeler.cells) join_undos(events, chosen);
  return chosen;
}

}  // namespace tidemark
