#include "sim/app.h"

#include <algorithm>

#include "sim/app_run.h"

namespace tidemark::sim {
namespace {

constexpr std::int64_t set_up_ms_max = 60'000;

}  // namespace

// --- reading and writing ---------------------------------------------------------------------------------------------

const std::string& View::device() const { return device_.name; }

std::optional<Value> View::get(std::string_view entity, std::string_view attribute) const {
  std::optional<Value> value;
  if (!world_.with(device_, [&](Replica& replica) { value = replica.get(entity, attribute); })) throw Stopped();
  return value;
}

std::optional<Entity> View::get(std::string_view entity) const {
  std::optional<Entity> found;
  if (!world_.with(device_, [&](Replica& replica) { found = replica.get(entity); })) throw Stopped();
  return found;
}

std::vector<Entity> View::list(const ListOptions& options) const {
  std::vector<Entity> entities;
  if (!world_.with(device_, [&](Replica& replica) { entities = replica.list(options); })) throw Stopped();
  entities.erase(
      std::remove_if(entities.begin(), entities.end(), [](const Entity& entity) { return entity.id == mark_entity; }),
      entities.end());
  return entities;
}

void Hand::set(std::string_view entity, std::string_view attribute, Result<Value> value) {
  if (!value) throw Violation("app", "a value cannot be: " + to_string(value.error()));
  Draft draft;
  draft.writes.push_back({{std::string(entity), std::string(attribute)}, std::move(*value)});
  change(std::move(draft));
}

void Hand::change(Draft draft) {
  draft.writes.push_back({{mark_entity, device_.name}, workload_.mark()});
  if (!workload_.change(device_, std::move(draft), "app")) throw Stopped();
}

void Hand::erase(std::string_view entity) { set(entity, deleted_attribute, Value::boolean(true)); }

void Hand::restore(std::string_view entity) { set(entity, deleted_attribute, Value::boolean(false)); }

std::string Hand::new_entity() {
  std::string entity;
  if (!world_.with(device_, [&](Replica& replica) { entity = replica.new_entity(); })) throw Stopped();
  return entity;
}

std::uint32_t Hand::draw(std::uint32_t bound) { return world_.chooser.draw(Tape::workload, bound); }

// --- a run -----------------------------------------------------------------------------------------------------------

void AppRun::set_up() {
  Hand hand(world_, *world_.devices.front(), workload_);
  try {
    app_->set_up(hand);
  } catch (const View::Stopped&) {}
  world_.run_quiet(set_up_ms_max);
}

void AppRun::step() {
  Device* device = workload_.somebody();
  if (!device) return;
  try {
    Hand hand(world_, *device, workload_);
    app_->act(hand);
    require(*device, app_->judge_meanwhile(hand));
  } catch (const View::Stopped&) {}
}

void AppRun::judge(const std::vector<Device*>& devices) const {
  for (Device* device : devices) require(*device, app_->judge(View(world_, *device)));
}

void AppRun::require(const Device& device, const std::optional<BrokenRule>& broken) const {
  if (!broken) return;
  world_.trace.note(Moment::Kind::checked, device.name, 0, {},
                    [&] { return "failed: " + broken->name + ": " + broken->what; });
  throw Violation("rule: " + broken->name, device.name + ": " + broken->what);
}

}  // namespace tidemark::sim
