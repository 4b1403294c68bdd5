#include "sim/past_work.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "client/edit_session.h"
#include "sim/past_rules.h"

namespace tidemark::sim {
namespace {

Metadata again() {
  Metadata metadata;
  metadata.note = again_note;
  return metadata;
}

// Anybody's choice, as long as it depends on nothing but the two: the greater bytes.
std::optional<Value> greater(const Value*, const Value& winner, const Value& loser) {
  return compare_canonical(winner, loser) < 0 ? loser : winner;
}

}  // namespace

void PastWork::may_be_undone(const Cell& cell) {
  const Cell deleted{cell.entity, std::string(deleted_attribute)};
  const auto can_be = [&](const Cell& one, Value value) {
    Change change;
    change.events.push_back({one, std::move(value), {}});
    oracle_.foreign(change);
  };
  can_be(cell, Value::null());
  can_be(deleted, Value::null());
  for (const bool value : {false, true}) can_be(deleted, Value::boolean(value));
}

// Each cell that was touched shows the greatest event that is left.
void PastWork::check_shown(const Device& device, const Replica& replica, const Undone& undone) {
  const Seen now = seen_now(replica.store());
  for (const Stamp& stamp : undone.written) {
    const auto change = replica.store().change(stamp);
    if (!change) throw Violation("I3", device.name + " does not know the undo that it just wrote");
    for (const Event& event : change->events) {
      const auto expected = without_undone(replica.store(), event.cell);
      const auto at = now.find(event.cell);
      // An entity of which nothing is left is deleted, and that is nobody's write.
      if (event.cell.attribute == deleted_attribute && !expected) continue;
      if ((at == now.end()) != !expected || (expected && !(at->second == *expected)))
        throw Violation("I13", device.name + " shows something else in " + event.cell.entity + "." +
                                   event.cell.attribute + " after an undo than what is left");
    }
  }
}

void PastWork::undo(Device& device, const std::string& entity) {
  UndoRequest request;
  request.count = 1 + draw(3);
  if (draw(3) != 0) request.entity = entity;
  request.this_device = draw(4) == 0;
  request.metadata = again();
  const bool and_redo = draw(2) == 0;
  world_.with(device, [&](Replica& replica) {
    const Seen before = seen_now(replica.store());
    const Result<Undone> undone = replica.undo(request);
    if (!undone) return oracle_.refused("an undo", undone.error());
    lookout_.hit(Point::undone);
    if (!undone->left_alone.empty()) lookout_.hit(Point::undo_left_something);
    if (!request.entity.empty() && !replica.get(request.entity)) lookout_.hit(Point::undo_deleted);
    if (device.damaged) return;
    check_shown(device, replica, *undone);
    if (!and_redo || undone->written.size() != 1) return;
    const Result<Undone> redone = replica.redo(1, request.entity, again());
    if (!redone) throw Violation("I13", device.name + " cannot redo what it just undid: " + to_string(redone.error()));
    lookout_.hit(Point::redone);
    if (const auto wrong = difference(before, seen_now(replica.store())))
      throw Violation("I13", device.name + ", before an undo and after its redo: " + *wrong);
  });
  world_.tell_sync(device);
}

void PastWork::redo(Device& device) {
  world_.with(device, [&](Replica& replica) {
    const Result<Undone> redone = replica.redo(1 + draw(2), {}, again());
    if (!redone) return oracle_.refused("a redo", redone.error());
    lookout_.hit(Point::redone);
  });
  world_.tell_sync(device);
}

void PastWork::settle(Device& device, const std::function<Value()>& value) {
  const std::uint32_t which = draw(16);
  const std::uint32_t how = draw(3);
  world_.with(device, [&](Replica& replica) {
    const std::vector<Conflict> conflicts = replica.conflicts();
    if (conflicts.empty()) return;
    const Conflict& conflict = conflicts[which % conflicts.size()];
    Settlement settlement = Keep{};
    if (how == 1) settlement = Take{conflict.loser.stamp};
    if (how == 2) {
      Draft draft;
      draft.writes.push_back({conflict.cell, value()});
      oracle_.expect(draft);
      settlement = Merged{draft.writes.front().value};
    }
    const Result<Stamp> stamp = replica.settle(conflict.cell, settlement, again());
    if (!stamp) throw Violation("I17", "a settlement was refused: " + to_string(stamp.error()));
    lookout_.hit(Point::conflict_settled);
    for (const Conflict& left : replica.conflicts(conflict.cell.entity)) {
      if (left.cell == conflict.cell && !device.damaged)
        throw Violation("I13", device.name + " settled " + left.cell.entity + "." + left.cell.attribute +
                                   ", and it still has a conflict");
    }
  });
  world_.tell_sync(device);
}

std::size_t PastWork::merge(Device& device) {
  std::size_t merges = 0;
  world_.with(device, [&](Replica& replica) {
    replica.set_merge_policy("*", MergeFunction(greater));
    merges = replica.merge_conflicts();
    if (merges > 0) lookout_.hit(Point::conflict_merged);
    if (!device.damaged && !replica.conflicts().empty())
      throw Violation("merge", device.name + " merged everything, and still has conflicts");
  });
  world_.tell_sync(device);
  return merges;
}

void PastWork::drag(Device& device, const Cell& cell, const std::function<Value()>& value) {
  const std::uint32_t writes = 2 + draw(6);
  world_.with(device, [&](Replica& replica) {
    EditSession session = replica.edit_session();
    std::optional<std::uint32_t> last;
    for (std::uint32_t i = 0; i < writes; ++i) {
      Draft draft;
      draft.writes.push_back({cell, value()});
      const std::uint64_t before = replica.store().counts().events;
      const std::uint32_t id = oracle_.about_to_write(device, draft);
      if (last) oracle_.may_go(device, *last);
      const Result<Stamp> stamp = session.change(draft);
      if (!stamp) throw Violation("I17", "good input was refused: " + to_string(stamp.error()));
      oracle_.imported(device, id, *stamp);
      if (replica.store().counts().events == before) lookout_.hit(Point::edit_coalesced);
      last = id;
    }
  });
  world_.tell_sync(device);
}

std::optional<Stamp> PastWork::some_stamp(const Replica& replica, const std::string& entity) {
  std::vector<Stamp> stamps;
  for (const Change& change : replica.store().entity_changes(entity)) stamps.push_back(change.stamp);
  if (stamps.empty()) return std::nullopt;
  return stamps[draw(std::uint32_t(stamps.size()))];
}

void PastWork::restore(Device& device, const std::string& entity) {
  world_.with(device, [&](Replica& replica) {
    const auto stamp = some_stamp(replica, entity);
    if (!stamp) return;
    const Result<std::optional<Stamp>> restored = replica.restore_version(entity, *stamp, again());
    if (!restored) throw Violation("I17", "a version was not restored: " + to_string(restored.error()));
    if (*restored) lookout_.hit(Point::version_restored);
    if (device.damaged) return;
    const auto of_entity = [&](Seen seen) {
      for (auto at = seen.begin(); at != seen.end();) at = at->first.entity == entity ? std::next(at) : seen.erase(at);
      return seen;
    };
    if (const auto wrong =
            difference(of_entity(seen_at(replica.store(), *stamp)), of_entity(seen_now(replica.store()))))
      throw Violation("I14", device.name + ", a version and what was restored of it: " + *wrong);
  });
  world_.tell_sync(device);
}

void PastWork::look_back(Device& device) {
  const std::uint32_t which = draw(1'000);
  world_.with(device, [&](Replica& replica) {
    const std::uint64_t events = replica.store().counts().events;
    if (events == 0 || device.damaged) return;
    const auto stamp = replica.store().nth_change(1 + which % events);
    if (!stamp) return;
    const Result<std::vector<Entity>> then = replica.list_at(*stamp, {{}, true});
    if (!then) throw Violation("I14", "the past cannot be read: " + to_string(then.error()));
    Seen seen;
    for (const Entity& entity : *then) {
      for (const auto& [attribute, value] : entity.attributes) {
        if (attribute == deleted_attribute ? value == Value::boolean(true) : value.type() != ValueType::null)
          seen.emplace(Cell{entity.id, attribute}, value);
      }
    }
    if (const auto wrong = difference(seen_at(replica.store(), *stamp), seen))
      throw Violation("I14", device.name + " as of " + to_string(*stamp) + ": " + *wrong);
  });
}

}  // namespace tidemark::sim
