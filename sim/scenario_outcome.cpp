// Who wrote what is left at the end of a scenario.
#include <algorithm>
#include <map>

#include "sim/scenario_stage.h"

namespace tidemark::sim {
namespace {

bool holds(const std::vector<Event>& events, const std::vector<Write>& writes) {
  return std::all_of(writes.begin(), writes.end(), [&](const Write& write) {
    return std::any_of(events.begin(), events.end(),
                       [&](const Event& event) { return event.cell == write.cell && event.value == write.value; });
  });
}

}  // namespace

void Stage::tell_outcome(bool broken) {
  out_.final_ms = world_.now_ms;
  out_.trace_hash = trace_.hash();
  out_.moments = trace_.moments();
  if (broken) return;

  std::map<Stamp, std::vector<Event>> events;  // that any device holds
  std::map<NodeId, std::string> owners;
  for (Device* one : devices({"all"})) {
    if (!one->up()) continue;
    owners.emplace(one->replica->store().node(), one->name);
    one->replica->store().for_each_event([&](const store::HistoryRow& row) {
      auto& known = events[row.stamp];
      if (std::find(known.begin(), known.end(), row.event) == known.end()) known.push_back(row.event);
      return true;
    });
  }

  // Forks and fast clocks give changes new stamps. Their author can tell, unless its file was rolled back since.
  std::map<Stamp, const Op*> ops;
  for (const Op& op : ops_) {
    const Device* author = world_.find(op.author);
    auto at = events.find(author && author->up() ? author->replica->store().resolve(op.stamp) : op.stamp);
    if (at == events.end() || ops.count(at->first) != 0 || !holds(at->second, op.writes)) {
      at = std::find_if(events.begin(), events.end(),
                        [&](const auto& one) { return ops.count(one.first) == 0 && holds(one.second, op.writes); });
    }
    if (at == events.end()) {
      out_.gone.push_back({op.line, op.author, op.text});
      continue;
    }
    ops[at->first] = &op;
    owners[at->first.node] = op.author;
  }
  for (const Op& op : forgeries_) {
    if (events.count(op.stamp) != 0) ops[op.stamp] = &op;
  }

  std::vector<Authored> changes;
  for (auto& [stamp, all] : events) {
    const auto op = ops.find(stamp);
    const auto owner = owners.find(stamp.node);
    const bool known = op != ops.end();
    const std::string author = known                   ? op->second->author
                               : owner != owners.end() ? owner->second
                                                       : to_string(stamp.node).substr(0, 4);
    changes.push_back({{stamp, std::move(all), {}, {}}, author, known ? op->second->text : ""});
  }
  out_.stories = explain(changes);
  out_.lost = lost_updates(out_.stories);
}

}  // namespace tidemark::sim
