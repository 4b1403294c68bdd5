#include "sim/authored.h"

#include <algorithm>
#include <map>
#include <string>

#include "sim/wording.h"
#include "sim/world.h"

namespace tidemark::sim {

std::vector<Authored> authored(const World& world) {
  std::map<Stamp, std::vector<Event>> events;
  std::map<NodeId, std::string> owners;
  std::map<NodeId, std::string> former;  // nodes that a fork retired: the copy and its original both had them
  for (const auto& device : world.devices) {
    if (!device->up()) continue;
    try {
      const store::Store& store = device->replica->store();
      for (const store::OwnNode& own : store.own_nodes())
        (own.current ? owners : former).emplace(own.node, device->name);
      store.for_each_event([&](const store::HistoryRow& row) {
        auto& known = events[row.stamp];
        if (std::find(known.begin(), known.end(), row.event) == known.end()) known.push_back(row.event);
        return true;
      });
    } catch (const store::StoreError&) {
      continue;
    }
  }
  owners.insert(former.begin(), former.end());

  std::vector<Authored> changes;
  for (auto& [stamp, all] : events) {
    const auto owner = owners.find(stamp.node);
    changes.push_back(
        {{stamp, std::move(all), {}, {}}, owner == owners.end() ? short_name(stamp.node) : owner->second, ""});
  }
  return changes;
}

}  // namespace tidemark::sim
