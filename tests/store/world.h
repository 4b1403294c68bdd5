// What the tests of the store share: folders that go away, changes in few words, and dumps to compare.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crdt/model.h"
#include "hlc/assert.h"
#include "store/store.h"
#include "tests/support/counting_vfs.h"

namespace tidemark::store {

// A new folder that is removed with its content.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "tidemark-store-XXXXXX").string();
    TIDEMARK_ASSERT(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name = "notes.tidemark") const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Files whose syncs are not waited for: these tests cut no power.
inline Options unsynced() {
  static const auto vfs = [] {
    auto made = std::make_unique<CountingVfs>("unsynced");
    made->skips_syncs = true;
    made->keeps_log = false;
    return made;
  }();
  Options options;
  options.vfs = vfs->name();
  return options;
}

inline Value text(const std::string& utf8) { return *Value::text(utf8); }
inline Value number(std::int64_t value) { return Value::integer(value); }

inline Change draft(std::vector<Write> writes, std::vector<Link> links = {}, Metadata metadata = {}) {
  Result<Change> change = canonical_change({std::move(writes), std::move(links), std::move(metadata)});
  TIDEMARK_ASSERT(change);
  return std::move(*change);
}

inline Recording recording(std::vector<Write> writes, std::int64_t wall_ms) {
  return {draft(std::move(writes)), wall_ms, false, false};
}

// One write of one cell.
inline Stamp put(Store& store, const std::string& entity, const std::string& attribute, Value value,
                 std::int64_t wall_ms) {
  const Recording one = recording({{{entity, attribute}, std::move(value)}}, wall_ms);
  return *store.record({&one, 1}).front();
}

// A made-up head: the store takes heads as they are given.
inline Hash made_hash(NodeId node, std::uint64_t n, std::uint8_t salt = 0) {
  Hash hash{};
  for (std::size_t i = 0; i < 8; ++i) {
    hash[i] = static_cast<std::uint8_t>(node.value >> 8 * i);
    hash[8 + i] = static_cast<std::uint8_t>(n >> 8 * i);
  }
  hash[31] = salt;
  return hash;
}

inline std::uint64_t count_events(const std::vector<Change>& changes) {
  std::uint64_t events = 0;
  for (const Change& change : changes) events += change.events.size();
  return events;
}

inline BundleRow row_for(NodeId node, std::uint64_t n, const std::vector<Change>& changes, std::uint8_t salt = 0) {
  BundleRow row;
  row.head = {node, n, made_hash(node, n, salt)};
  if (!changes.empty()) {
    row.first = changes.front().stamp;
    row.last = changes.back().stamp;
  }
  row.events = count_events(changes);
  return row;
}

inline Arrival arrival(NodeId node, std::uint64_t n, const std::vector<Change>& changes, std::uint64_t seq = 0,
                       std::uint8_t salt = 0) {
  Arrival one;
  one.kind = Arrival::Kind::bundle;
  one.row = row_for(node, n, changes, salt);
  one.seq = seq;
  one.changes = changes;
  return one;
}

// One that is here already.
inline Arrival held(NodeId node, std::uint64_t n, std::uint64_t seq, std::uint8_t salt = 0) {
  Arrival one = arrival(node, n, {}, seq, salt);
  one.kind = Arrival::Kind::held;
  return one;
}

// Seals everything that the node has unsealed as one bundle and gives its changes.
inline std::vector<Change> seal_all(Store& store, NodeId node) {
  const Tail tail = store.tail(node, 1'000'000);
  if (tail.changes.empty()) return {};
  TIDEMARK_ASSERT(store.seal(row_for(node, tail.previous.n + 1, tail.changes), tail.changes.size()));
  return tail.changes;
}

// Every cell with its winner, in the form in which two stores and the model can be compared byte for byte.
inline std::string dump(const Store& store) {
  std::string lines;
  store.for_each_cell([&](const CellState& state) {
    lines += state.cell.entity + '\t' + state.cell.attribute + '\t' + to_string(state.stamp) + '\t' +
             state.value.canonical_bytes() + '\n';
    return true;
  });
  return lines;
}

inline std::string dump(const Model& model) {
  std::string lines;
  for (const auto& [cell, winner] : model.state()) {
    lines += cell.entity + '\t' + cell.attribute + '\t' + to_string(winner.stamp) + '\t' +
             winner.value.canonical_bytes() + '\n';
  }
  return lines;
}

inline std::string get(const Store& store, const std::string& entity, const std::string& attribute) {
  const std::optional<CellState> state = store.get({entity, attribute});
  return state ? state->value.to_json() : "nothing";
}

// The problems that verify finds, one a line; empty is good.
inline std::string problems(const Store& store) {
  std::string lines;
  for (const std::string& problem : store.verify().problems) lines += problem + '\n';
  return lines;
}

}  // namespace tidemark::store
