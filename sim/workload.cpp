#include "sim/workload.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/peek.h"

namespace tidemark::sim {
namespace {

// Few names, so that conflicts are the rule; the first entity is a UUID, which travels in a form of its own.
constexpr const char* first_entity = "0190b1c2-0000-7000-8000-00000000abcd";

std::string quoted(const Draft& draft) {
  std::string text;
  for (const Write& write : draft.writes) {
    if (write.cell.entity == mark_entity) continue;
    const std::string name = write.cell.entity == first_entity ? "uuid" : write.cell.entity;
    text +=
        (text.empty() ? "" : ", ") + name + "." + write.cell.attribute + " = " + write.value.to_json().substr(0, 24);
  }
  return text;
}

}  // namespace

Workload::Workload(World& world, Oracle& oracle, Lookout& lookout)
    : world_(world), oracle_(oracle), lookout_(lookout), past_(world, oracle, lookout) {
  for (std::uint32_t e = 0; e < std::max(world.profile.entities, 2U); ++e) {  // a hostile client writes to e1
    const std::string name = e == 0 ? first_entity : "e" + std::to_string(e);
    past_.may_be_undone({name, "mark"});
    for (std::uint32_t a = 0; a < world.profile.attributes; ++a) past_.may_be_undone({name, "k" + std::to_string(a)});
  }
}

Device* Workload::somebody() {
  const std::size_t at = draw(std::uint32_t(world_.devices.size()));
  for (std::size_t i = 0; i < world_.devices.size(); ++i) {
    Device& device = *world_.devices[(at + i) % world_.devices.size()];
    if (device.up()) return &device;
  }
  return nullptr;
}

std::string Workload::entity() {
  const std::uint32_t number = draw(world_.profile.entities);
  return number == 0 ? first_entity : "e" + std::to_string(number);
}

std::string Workload::attribute() { return "k" + std::to_string(draw(world_.profile.attributes)); }

// Nobody else in this run writes it, so that it tells where its change went.
Value Workload::value_of_its_own() {
  const std::uint32_t number = ++values_;
  static constexpr std::array<std::uint32_t, 7> weights{600, 120, 60, 60, 60, 12, 3};
  static constexpr std::size_t sizes[] = {23, 24, 63, 64, 255, 256, 1'023, 1'024, 4'095};
  const std::string name = "w" + std::to_string(number);
  switch (world_.chooser.pick(Tape::workload, weights)) {
    case 0:
      return *Value::text(name);
    case 1:
      return Value::integer(std::int64_t(number) * 1'000'003);
    case 2:
      return Value::real(double(number) + 0.125);
    case 3:
      return *Value::bytes(name + std::string("\0\xff", 2));
    case 4:
      return *Value::json("{\"w\":" + std::to_string(number) + ",\"list\":[1,2.5,null]}");
    case 5:
      return *Value::text(name + std::string(sizes[draw(std::size(sizes))] - name.size(), 'x'));
    default:
      return *Value::text(name + std::string(65'536 + draw(2) - name.size(), 'y'));
  }
}

Value Workload::value_of_many() {
  switch (draw(9)) {
    case 0:
      return Value::boolean(true);
    case 1:
      return Value::null();
    case 2:
      return *Value::text("");
    case 3:
      return Value::real(std::numeric_limits<double>::quiet_NaN());
    case 4:
      return Value::real(-0.0);
    case 5:
      return Value::integer((std::int64_t(1) << 53) + 1);
    case 6:
      return Value::integer(std::numeric_limits<std::int64_t>::min());
    case 7:
      return *Value::text(std::string("\0", 1));
    default:
      return Value::real(5e-324);
  }
}

bool Workload::change(Device& device, Draft draft, const char* refused) {
  std::optional<Stamp> stamp;
  std::uint32_t id = 0;
  lookout_.writing(device);
  const bool done = world_.with(device, [&](Replica& replica) {
    id = oracle_.about_to_write(device, draft);
    const Result<Stamp> result = replica.change(draft);
    if (!result) throw Violation(refused, "good input was refused: " + to_string(result.error()));
    stamp = *result;
  });
  lookout_.wrote(device, draft, done ? stamp : std::nullopt);
  ++operations_;
  if (!stamp) return false;
  world_.trace.note(Moment::Kind::write, device.name, 0, {}, [&] { return quoted(draft); });
  if (!done) {  // it returned, and then the process died
    oracle_.imported(device, id, *stamp);
    return false;
  }
  oracle_.recorded(device, id, *stamp);
  world_.tell_sync(device);
  lookout_.at_rest();
  return true;
}

bool Workload::write_one(Device& device) {
  Draft draft;
  draft.writes.push_back({{entity(), attribute()}, value_of_its_own()});
  return change(device, std::move(draft));
}

void Workload::step() {
  static constexpr std::array<std::uint32_t, 15> weights{700, 110, 60, 30, 40, 15, 20, 60, 40, 15, 15, 10, 25, 15, 5};
  const std::size_t what = world_.chooser.pick(Tape::workload, weights);
  Device* device = somebody();
  if (!device) return;
  if (work_on_the_past(*device, what)) return;
  switch (what) {
    case 0:
      write_one(*device);
      return;
    case 1: {  // several cells over several entities
      Draft draft;
      for (std::uint32_t i = 2 + draw(4); i > 0; --i)
        draft.writes.push_back({{entity(), attribute()}, value_of_its_own()});
      change(*device, std::move(draft));
      return;
    }
    case 2: {  // deleted or restored, with a mark to recognise the change by
      Draft draft;
      const std::string name = entity();
      draft.writes.push_back({{name, std::string(deleted_attribute)}, Value::boolean(draw(2) == 0)});
      draft.writes.push_back({{name, "mark"}, value_of_its_own()});
      change(*device, std::move(draft));
      return;
    }
    case 3: {  // a value that others write too, beside one of its own
      Draft draft;
      draft.writes.push_back({{entity(), attribute()}, value_of_many()});
      draft.writes.push_back({{entity(), "mark"}, value_of_its_own()});
      change(*device, std::move(draft));
      return;
    }
    case 4:
      for (std::uint32_t i = 2 + draw(12); i > 0 && device->up(); --i) write_one(*device);  // a burst
      return;
    case 5:
      return import(*device);
    case 6:
      return bad_input(*device);
    default:
      return read(*device);
  }
}

bool Workload::work_on_the_past(Device& device, std::size_t what) {
  const auto value = [this] { return value_of_its_own(); };
  switch (what) {
    case 8:
      past_.undo(device, entity());
      break;
    case 9:
      past_.redo(device);
      break;
    case 10:
      past_.settle(device, value);
      break;
    case 11:
      past_.merge(device);
      break;
    case 12:
      past_.drag(device, {entity(), attribute()}, value);
      break;
    case 13:
      past_.restore(device, entity());
      break;
    case 14:
      past_.look_back(device);
      break;
    default:
      return false;
  }
  ++operations_;
  return true;
}

// Older changes, all or none, in one transaction.
void Workload::import(Device& device) {
  std::vector<Replica::Dated> dated;
  const std::uint32_t count = 1 + draw(5);
  const std::int64_t back_ms = std::int64_t(draw(100'000));
  for (std::uint32_t i = 0; i < count; ++i) {
    Draft draft;
    draft.writes.push_back({{entity(), attribute()}, value_of_its_own()});
    dated.push_back({std::move(draft), world_.read_wall(device) - back_ms + i});
  }
  std::vector<std::uint32_t> ids;
  for (const Replica::Dated& each : dated) ids.push_back(oracle_.expect(each.draft));
  std::vector<Stamp> stamps;
  bool answered = false;
  world_.with(device, [&](Replica& replica) {
    const Result<std::vector<Stamp>> result = replica.change_at(dated);
    answered = true;
    if (result)
      stamps = *result;
    else
      oracle_.refused("an import", result.error());
    lookout_.imported(bool(result));
  });
  if (!answered && !device.damaged) check_remains(device, dated);
  ++operations_;
  for (std::size_t i = 0; i < stamps.size(); ++i) oracle_.imported(device, ids[i], stamps[i]);
  world_.tell_sync(device);
}

// An import that a crash or an error ended is there in full or not at all.
void Workload::check_remains(Device& device, const std::vector<Replica::Dated>& dated) const {
  const Peek peek(device);
  const auto found = std::count_if(dated.begin(), dated.end(), [&](const Replica::Dated& each) {
    const Write& write = each.draft.writes.front();
    const std::vector<store::HistoryRow> rows = peek.store().history(write.cell);
    return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.event.value == write.value; });
  });
  if (found != 0 && std::size_t(found) != dated.size())
    throw Violation("I6", device.name + " has only " + std::to_string(found) + " of the " +
                              std::to_string(dated.size()) + " changes of an import");
}

void Workload::bad_input(Device& device) {
  const std::uint32_t kind = draw(6);
  world_.with(device, [&](Replica& replica) {
    const std::uint64_t before = replica.status().counts.events;
    std::optional<Error> error;
    const auto keep = [&](const auto& result) {
      if (!result) error = result.error();
    };
    switch (kind) {
      case 0:
        keep(replica.set("", "k", Value::null()));
        break;
      case 1:
        keep(replica.set(std::string(65, 'e'), "k", Value::null()));
        break;
      case 2:
        keep(replica.set("e", std::string(256, 'k'), Value::null()));
        break;
      case 3:
        keep(replica.set("e", "k", Value::text("\xed\xa0\x80")));
        break;
      case 4:
        keep(replica.set("e", "k", Value::json("{\"a\":1,\"a\":2}")));
        break;
      default:
        keep(replica.change({}));
        break;
    }
    oracle_.refused("bad input", error);
    if (replica.status().counts.events != before) throw Violation("I17", "refused input left something behind");
  });
  ++operations_;
}

void Workload::read(Device& device) {
  const std::string name = entity();
  world_.with(device, [&](Replica& replica) {
    const auto one = replica.get(name);
    bool listed = false;
    for (const Entity& each : replica.list()) listed = listed || each.id == name;
    if (listed != one.has_value()) throw Violation("I20", device.name + " lists and gets " + name + " differently");
  });
  ++operations_;
}

}  // namespace tidemark::sim
