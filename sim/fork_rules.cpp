#include "sim/fork_rules.h"

#include <map>
#include <set>
#include <utility>

#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "sim/lookout_text.h"
#include "sim/peek.h"

namespace tidemark::sim {
namespace {

// What a change says, whatever it was based on: twins may have seen different values.
struct Content {
  std::map<Cell, Value> writes;
  std::vector<Link> links;
  Metadata metadata;
};

bool operator==(const Content& a, const Content& b) {
  return a.writes == b.writes && a.links == b.links && a.metadata == b.metadata;
}

struct Moved {
  std::set<std::pair<Stamp, Cell>> known;                       // all that the file holds
  std::map<Stamp, Content> moved;                               // what is under the new node
  std::vector<std::pair<std::pair<Stamp, Cell>, Stamp>> names;  // ... and its bases under the old one
};

Content content_of(const Change& change) {
  Content result{{}, change.links, change.metadata};
  for (const Event& event : change.events) result.writes.emplace(event.cell, event.value);
  return result;
}

Moved read(const store::Store& store, const Forked& fork) {
  Moved result;
  store.for_each_event([&](const store::HistoryRow& row) {
    const std::pair<Stamp, Cell> at(row.stamp, row.event.cell);
    result.known.insert(at);
    if (row.stamp.node != fork.new_node) return true;
    Content& content = result.moved[row.stamp];
    content.writes.emplace(row.event.cell, row.event.value);
    content.links = row.links;
    content.metadata = row.metadata;
    if (row.event.base && row.event.base->node == fork.old_node) result.names.emplace_back(at, *row.event.base);
    return true;
  });
  return result;
}

}  // namespace

void ForkRules::arriving(Device& device, const sync::Frame& frame) {
  if (!frame.text || type_in(frame.as_text()) != "welcome") return;
  const std::uint64_t seq = number_after(frame.as_text(), "\"seq\":");
  const auto& entries = world_.ledger.entries;
  ends_.erase(device.index);
  if (seq > 0 && seq <= entries.size()) ends_[device.index] = {seq, entries[seq - 1].acc};
}

void ForkRules::told(Device& device, const Exchange::Notice& notice) {
  const auto* fork = std::get_if<Forked>(&notice);
  if (!fork) return;
  targets_.insert(fork->new_node);
  if (device.damaged || device.disk.dead()) return;
  const Peek peek(device);
  const Moved file = read(peek.store(), *fork);
  for (const auto& [at, base] : file.names) {
    if (file.known.count({base, at.second}) == 0)
      throw Violation("I8", device.name + " settled a fork, and " + to_string(at.first) + " names a base that is gone");
  }
  if (fork->changes_moved == 0 || targets_.count(fork->old_node) != 0) return;
  const auto end = ends_.find(device.index);
  const auto& entries = world_.ledger.entries;
  if (end == ends_.end() || end->second.seq > entries.size() || entries[end->second.seq - 1].acc != end->second.acc)
    return;  // another log by now
  for (std::uint64_t seq = 1; seq <= end->second.seq; ++seq) {
    if (entries[seq - 1].head.node != fork->old_node) continue;
    const Result<Bytes> canonical = unpack_envelope(*entries[seq - 1].envelope);
    const Result<Bundle> bundle = canonical ? decode_bundle(*canonical) : Result<Bundle>(canonical.error());
    if (!bundle) continue;
    for (const Change& change : bundle->changes) {
      const auto moved = file.moved.find({change.stamp.ms, change.stamp.counter, fork->new_node});
      if (moved != file.moved.end() && moved->second == content_of(change))
        throw Violation(
            "I6", device.name + " settled a fork and moved " + to_string(change.stamp) + ", which the log had already");
    }
  }
}

}  // namespace tidemark::sim
