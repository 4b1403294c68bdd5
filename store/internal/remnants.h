// Remnants: the rows of the tables of a damaged replica file, told apart by their shape.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/internal/pages.h"
#include "store/internal/records.h"
#include "store/types.h"

namespace tidemark::store::internal {

struct EventRemnant {
  std::int64_t row = 0;
  std::int64_t entity = 0;
  std::int64_t attribute = 0;
  std::int64_t node = 0;
  std::int64_t hlc = 0;
  std::int64_t kind = 0;
  std::optional<std::int64_t> base_hlc;
  std::optional<std::int64_t> base_node;
  Column value;
};

// What an id stands for, from its table and from the index of the table, which holds every name a second time.
template <class Name>
struct NameRemnant {
  std::optional<Name> in_table;
  std::optional<Name> in_index;
  // Both are there and differ: one of them is damaged.
  bool doubtful() const { return in_table && in_index && !(*in_table == *in_index); }
  const std::optional<Name>& get(bool prefer_index) const {
    return in_index && (prefer_index || !in_table) ? in_index : in_table;
  }
};

struct NodeRemnant {
  NameRemnant<NodeId> name;
  bool own = false;
  std::optional<std::int64_t> tail_first;
  std::optional<std::int64_t> tail_last;
  std::optional<std::int64_t> last_hlc;
};

struct BundleRemnant {
  std::int64_t node = 0;
  std::int64_t n = 0;
  std::int64_t version = 0;
  std::int64_t suite = 0;
  std::int64_t first_hlc = 0;
  std::int64_t last_hlc = 0;
  std::int64_t events = 0;
  std::string head;
  std::optional<std::int64_t> first_row;
  std::optional<std::int64_t> last_row;
};

struct ParkedRemnant {
  std::string reason;
  std::string envelope;
};

struct NoteRemnant {
  std::string links, author, source, note, json;
};

struct Remnants {
  std::map<std::string, Column> meta;
  std::map<std::int64_t, NodeRemnant> nodes;
  std::unordered_map<std::int64_t, NameRemnant<std::string>> entities;
  std::unordered_map<std::int64_t, NameRemnant<std::string>> attributes;
  std::vector<EventRemnant> events;  // ascending by row, each row once
  std::unordered_map<std::int64_t, NoteRemnant> notes;
  std::map<std::pair<std::int64_t, std::int64_t>, BundleRemnant> bundles;  // by node and n
  std::map<std::pair<std::int64_t, std::int64_t>, ParkedRemnant> parked;
  std::uint64_t pages = 0;
  std::uint64_t damaged_pages = 0;
  std::uint64_t damaged_rows = 0;
};

Remnants read_remnants(const Pages& pages, const Progress& progress);

}  // namespace tidemark::store::internal
