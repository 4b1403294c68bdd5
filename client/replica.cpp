#include "client/replica.h"

#include <algorithm>
#include <filesystem>

#include "client/replica_parts.h"

namespace tidemark {
namespace {

store::Options store_options(const ReplicaOptions& options) {
  store::Options result;
  result.durability = options.durability;
  result.read_only = options.read_only;
  result.vfs = options.vfs;
  return result;
}

NodeId random_node(const ReplicaOptions& options) {
  NodeId node;
  options.random(&node.value, sizeof node.value);
  return node;
}

bool says_deleted(const Value& value) { return value.type() == ValueType::boolean && value.as_boolean(); }

}  // namespace

bool Entity::deleted() const {
  const auto at = attributes.find(std::string(deleted_attribute));
  return at != attributes.end() && says_deleted(at->second);
}

Replica::Parts::Parts(std::string path_, store::Store store_, ReplicaOptions options_)
    : path(std::move(path_)), options(std::move(options_)), store(std::move(store_)), noticed_row(store.last_row()) {}

void Replica::Parts::own_node() {
  if (store.needs_new_node()) store.begin_fork(random_node(options));
}

void Replica::Parts::drop_expired() {
  syncers.remove_if([](const auto& syncer) { return syncer.expired(); });
  observers.remove_if([](const auto& observer) { return observer.expired(); });
  conflict_observers.remove_if([](const auto& observer) { return observer.expired(); });
}

void Replica::Parts::start_noticing() {
  drop_expired();
  if (observers.empty() && conflict_observers.empty()) noticed_row = store.last_row();
}

void Replica::Parts::written() {
  for (const auto& known : syncers) {
    if (const auto syncer = known.lock()) syncer->look();
  }
  notify();
}

void Replica::Parts::notify() {
  drop_expired();
  if (observers.empty() && conflict_observers.empty()) return;
  std::vector<Cell> cells = store.cells_after(noticed_row);
  if (cells.empty()) return;
  std::sort(cells.begin(), cells.end());
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
  // An observer may add or drop observers.
  const auto current = observers;
  for (const auto& observer : current) {
    if (const auto changed = observer.lock()) (*changed)(cells);
  }
  if (!conflict_observers.empty()) notify_conflicts(cells);
}

void Replica::join(const std::shared_ptr<const Syncer>& syncer) const { parts_->syncers.emplace_back(syncer); }

Replica::Replica(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Replica::Replica(Replica&&) noexcept = default;
Replica& Replica::operator=(Replica&&) noexcept = default;
Replica::~Replica() = default;

Replica Replica::create(const std::string& path, const std::string& space, ReplicaOptions options) {
  const NodeId node = options.node ? *options.node : random_node(options);
  store::Store store = store::Store::create(path, space, node, store_options(options));
  return Replica(std::make_unique<Parts>(path, std::move(store), std::move(options)));
}

Replica Replica::open(const std::string& path, ReplicaOptions options) {
  store::Store store = store::Store::open(path, store_options(options));
  return Replica(std::make_unique<Parts>(path, std::move(store), std::move(options)));
}

Replica Replica::open_or_create(const std::string& path, const std::string& space, ReplicaOptions options) {
  return std::filesystem::exists(path) ? open(path, std::move(options)) : create(path, space, std::move(options));
}

// --- reading ----------------------------------------------------------------------------------------------------------

std::optional<Value> Replica::get(std::string_view entity, std::string_view attribute) const {
  std::optional<store::CellState> state;
  parts_->store.of_one_commit([&] {
    state = parts_->store.get({std::string(entity), std::string(attribute)});
    if (!state || attribute == deleted_attribute) return;
    const auto deleted = parts_->store.get({std::string(entity), std::string(deleted_attribute)});
    if (deleted && says_deleted(deleted->value)) state.reset();
  });
  if (!state) return std::nullopt;
  return std::move(state->value);
}

std::optional<Entity> Replica::get(std::string_view entity) const {
  Entity result{std::string(entity), {}};
  for (store::CellState& state : parts_->store.entity(entity)) {
    result.attributes.emplace(std::move(state.cell.attribute), std::move(state.value));
  }
  if (result.attributes.empty() || result.deleted()) return std::nullopt;
  return result;
}

std::vector<Entity> Replica::list(const ListOptions& options) const {
  Lister lister(options);
  parts_->store.for_each_cell([&](const store::CellState& state) { return lister.add(state); });
  return lister.finish();
}

bool Lister::add(const store::CellState& state) {
  if (state.cell.entity != current_.id) {
    close();
    current_.id = state.cell.entity;
  }
  current_.attributes.emplace_hint(current_.attributes.end(), state.cell.attribute, state.value);
  return true;
}

std::vector<Entity> Lister::finish() {
  close();
  return std::move(entities_);
}

void Lister::close() {
  const auto has = [&](const auto& condition) {
    const auto at = current_.attributes.find(condition.first);
    return at != current_.attributes.end() && at->second == condition.second;
  };
  const bool fits = !current_.attributes.empty() && (options_.deleted || !current_.deleted()) &&
                    std::all_of(options_.where.begin(), options_.where.end(), has);
  if (fits) entities_.push_back(std::move(current_));
  current_ = {};
}

void Replica::history(std::string_view entity, std::string_view attribute,
                      const std::function<void(const store::HistoryRow&)>& visit) const {
  if (!entity.empty() && !attribute.empty()) {
    for (const store::HistoryRow& row : parts_->store.history({std::string(entity), std::string(attribute)}))
      visit(row);
    return;
  }
  if (!entity.empty()) {
    std::vector<store::HistoryRow> rows;
    for (const store::CellState& state : parts_->store.entity(entity)) {
      for (store::HistoryRow& row : parts_->store.history(state.cell)) rows.push_back(std::move(row));
    }
    const auto earlier = [](const auto& a, const auto& b) {
      return a.stamp != b.stamp ? a.stamp < b.stamp : a.event.cell < b.event.cell;
    };
    std::stable_sort(rows.begin(), rows.end(), earlier);
    for (const store::HistoryRow& row : rows) visit(row);
    return;
  }
  parts_->store.for_each_event([&](const store::HistoryRow& row) {
    visit(row);
    return true;
  });
}

std::optional<Change> Replica::find(const Stamp& stamp) const {
  return parts_->store.change(parts_->store.resolve(stamp));
}

Status Replica::status() const {
  Status status;
  status.node = parts_->store.node();
  status.space = parts_->store.space();
  status.counts = parts_->store.counts();
  status.cursor = parts_->store.cursor();
  const std::int64_t wall_ms = parts_->options.wall_clock();
  status.conflicts = conflicts().size();
  status.clock_offset_ms = parts_->store.correction().apply(wall_ms) - wall_ms;
  return status;
}

// --- noticing ---------------------------------------------------------------------------------------------------------

std::shared_ptr<void> Replica::observe(Changed changed) {
  parts_->start_noticing();
  auto observer = std::make_shared<Changed>(std::move(changed));
  parts_->observers.push_back(observer);
  return observer;
}

void Replica::poll() {
  if (!parts_->store.changed_elsewhere()) return;
  parts_->notify();
  if (!parts_->policies.empty()) merge_conflicts();
}

const std::string& Replica::path() const { return parts_->path; }
store::Store& Replica::store() { return parts_->store; }
const store::Store& Replica::store() const { return parts_->store; }

}  // namespace tidemark
