// Replica: writing.
#include <algorithm>

#include "bundles/bundle.h"
#include "client/replica_parts.h"
#include "client/seal.h"
#include "crdt/json.h"
#include "crdt/limits.h"

namespace tidemark {
namespace {

Error change_too_large(const Change& change) {
  return {"change_too_large",
          "change",
          std::to_string(size_bound(change) + bundle_overhead_bound) + " bytes at most once encoded",
          std::to_string(max_bundle_bytes) + " bytes",
          "Split it into several changes.",
          Retry::after_fix};
}

// Nothing, or why the JSON of a change's metadata is refused.
std::optional<Error> check_json(const std::string& json) {
  if (json.empty()) return std::nullopt;
  const Result<std::string> canonical = canonical_json(json);
  if (canonical) return std::nullopt;
  Error error = canonical.error();
  error.field = error.field.empty() ? "metadata json" : "metadata json: " + error.field;
  return error;
}

std::optional<Error> check_member(const std::string& text, const char* field) {
  if (text.size() > max_identity_bytes) {
    return Error{"metadata_too_large", field, std::to_string(text.size()) + " bytes",
                 "at most " + std::to_string(max_identity_bytes) + " bytes", "Shorten it."};
  }
  auto error = check_metadata({text, "", "", ""});
  if (error) error->field = field;
  return error;
}

// Nothing, or which link names a change that is not here.
std::optional<Error> check_known(const store::Store& store, const std::vector<Link>& links) {
  for (const Link& link : links) {
    if (store.change(link.target)) continue;
    return Error{"unknown_stamp", "link " + std::string(link_name(link.kind)), to_string(link.target),
                 "the stamp of a change that this replica has", "Sync first, or correct the stamp."};
  }
  return std::nullopt;
}

// The stamp of the latest of the values that the cells of the change have.
Stamp standing(const store::Store& store, const Change& change) {
  std::optional<Stamp> latest;
  for (const Event& event : change.events) latest = std::max(latest, std::optional(store.get(event.cell)->stamp));
  return *latest;
}

}  // namespace

Draft one_write(std::string_view entity, std::string_view attribute, Value value) {
  Draft draft;
  draft.writes.push_back({Cell{std::string(entity), std::string(attribute)}, std::move(value)});
  return draft;
}

std::optional<Error> check_identity(const store::Identity& identity) {
  if (auto error = check_member(identity.author, "author")) return error;
  return check_member(identity.source, "source");
}

store::Identity Replica::Parts::identity(store::Identity of_file) const {
  if (options.author) of_file.author = *options.author;
  if (options.source) of_file.source = *options.source;
  return of_file;
}

Metadata Replica::Parts::described(Metadata metadata, const store::Identity& of_file) const {
  store::Identity identity = this->identity(of_file);
  if (metadata.author.empty()) metadata.author = std::move(identity.author);
  if (metadata.source.empty()) metadata.source = std::move(identity.source);
  return metadata;
}

std::optional<Error> Replica::Parts::check_said(const Metadata& metadata, const std::vector<Link>& links) const {
  if (auto error = check_json(metadata.json)) return error;
  return check_known(store, links);
}

Result<Change> Replica::Parts::checked(Draft draft, const store::Identity& of_file) const {
  draft.metadata = described(std::move(draft.metadata), of_file);
  Result<Change> change = canonical_change(std::move(draft));
  if (!change) return change;
  if (auto error = check_json(change->metadata.json)) return *std::move(error);
  if (!fits_bundle(*change)) return change_too_large(*change);
  return change;
}

std::optional<std::int64_t> Replica::Parts::window_ms(const Change& change) const {
  std::optional<std::int64_t> least;
  for (const Event& event : change.events) {
    const auto said = std::find_if(windows.rbegin(), windows.rend(), [&](const auto& window) {
      return means_attribute(window.first, event.cell.attribute);
    });
    if (said == windows.rend() || said->second <= 0) return std::nullopt;
    least = std::min(said->second, least.value_or(said->second));
  }
  return least;
}

store::SealOne Replica::Parts::seal() const {
  if (options.durability != store::Durability::full) return {};
  const bool live = std::any_of(syncers.begin(), syncers.end(), [](const auto& known) {
    const auto syncer = known.lock();
    return syncer && syncer->is_live();
  });
  return live ? sealer(store) : store::SealOne();
}

Result<Stamp> Replica::Parts::write(Draft draft, const WriteOptions& how, std::optional<Stamp>* session) {
  // Reading the identity anew would cost as much as half of the write; it is compared while recording.
  store::Identity of_file = store.known_identity();
  const Metadata said = draft.metadata;
  Result<Change> change = checked(std::move(draft), of_file);
  if (!change) return change.error();
  if (auto error = check_known(store, change->links)) return *std::move(error);
  own_node();
  store::Recording recording{std::move(*change), options.wall_clock(), false, how.skip_unchanged};
  const store::Coalescing rule{session ? *session : std::nullopt, window_ms(recording.change)};
  const bool replaceable = session || rule.window_ms;  // by the next write, so it is not sealed at once
  const store::SealOne seal = replaceable ? store::SealOne() : this->seal();
  std::optional<Stamp> stamp;
  for (;;) {
    const store::Identity described_by = of_file;
    stamp = store.coalesce(recording, rule, &of_file, seal);
    if (of_file == described_by) break;
    recording.change.metadata = described(said, of_file);
    if (auto error = check_metadata(recording.change.metadata)) return *std::move(error);
    if (!fits_bundle(recording.change)) return change_too_large(recording.change);
  }
  if (replaceable)
    notify();
  else
    written();
  if (!stamp) return standing(store, recording.change);
  if (session) *session = *stamp;
  return *stamp;
}

Result<std::optional<Stamp>> Replica::Parts::write_upon(Draft draft, const Cell& cell, const Stamp& winner) {
  Result<Change> change = checked(std::move(draft), store.identity());
  if (!change) return change.error();
  if (auto error = check_known(store, change->links)) return *std::move(error);
  own_node();
  store::Recording recording{std::move(*change), options.wall_clock(), false, false};
  for (const Event& event : recording.change.events) {
    const auto state = event.cell == cell ? std::nullopt : store.get(event.cell);
    recording.seen.push_back(event.cell == cell ? std::optional(winner)
                             : state            ? std::optional(state->stamp)
                                                : std::nullopt);
  }
  const auto stamps = store.record({&recording, 1}, nullptr, seal());
  if (stamps.empty()) return std::optional<Stamp>();
  written();
  return stamps.front();
}

Result<Stamp> Replica::change(Draft draft, const WriteOptions& how) {
  return parts_->write(std::move(draft), how, nullptr);
}

EditSession Replica::edit_session() { return EditSession(*parts_); }

void Replica::coalesce(std::string attributes, std::int64_t window_ms) {
  std::erase_if(parts_->windows, [&](const auto& window) { return window.first == attributes; });
  parts_->windows.emplace_back(std::move(attributes), window_ms);
}

Result<Stamp> Replica::set(std::string_view entity, std::string_view attribute, Value value, const WriteOptions& how) {
  return change(one_write(entity, attribute, std::move(value)), how);
}

Result<Stamp> Replica::set(std::string_view entity, std::string_view attribute, Result<Value> value,
                           const WriteOptions& how) {
  if (!value) return value.error();
  return set(entity, attribute, std::move(*value), how);
}

Result<Stamp> Replica::erase(std::string_view entity) { return set(entity, deleted_attribute, Value::boolean(true)); }

Result<Stamp> Replica::restore(std::string_view entity) {
  return set(entity, deleted_attribute, Value::boolean(false));
}

store::Identity Replica::identity() const { return parts_->identity(parts_->store.identity()); }

std::optional<Error> Replica::set_identity(const store::Identity& identity) {
  if (auto error = check_identity(identity)) return error;
  parts_->store.set_identity(identity);
  return std::nullopt;
}

std::string Replica::new_entity() {
  std::uint8_t random[10];
  parts_->options.random(random, sizeof random);
  return make_uuid_v7(parts_->options.wall_clock(), random);
}

Result<std::vector<Stamp>> Replica::change_at(std::span<const Dated> dated) {
  // While nobody else moved the clock it may be ahead of the last reading only because it counted on.
  const auto last = parts_->store.last_stamp();
  std::int64_t earliest = last ? std::int64_t(last->ms) : 0;
  if (last && last == parts_->dated_stamp) earliest = parts_->dated_wall_ms;
  const store::Identity of_file = parts_->store.identity();
  std::vector<store::Recording> recordings;
  for (std::size_t i = 0; i < dated.size(); ++i) {
    const std::string place = "draft " + std::to_string(i);
    Result<Change> change = parts_->checked(dated[i].draft, of_file);
    if (!change) {
      Error error = change.error();
      error.field = error.field.empty() ? place : place + ", " + error.field;
      return error;
    }
    if (dated[i].wall_ms < earliest) {
      return Error{"behind_clock",
                   place,
                   std::to_string(dated[i].wall_ms) + " ms",
                   "at least " + std::to_string(earliest) + " ms, where the file's clock stands",
                   "Import older changes before newer ones, into a file that has not synced yet.",
                   Retry::after_fix};
    }
    earliest = dated[i].wall_ms;
    recordings.push_back({std::move(*change), dated[i].wall_ms, true, false});
  }
  parts_->own_node();
  std::vector<Stamp> stamps;
  for (const auto& stamp : parts_->store.record(recordings)) stamps.push_back(stamp.value());
  if (!stamps.empty()) {
    parts_->dated_wall_ms = earliest;
    parts_->dated_stamp = stamps.back();
  }
  parts_->written();
  return stamps;
}

}  // namespace tidemark
