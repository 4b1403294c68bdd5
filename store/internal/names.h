// Names: entities, attributes and nodes as the small integers that stand for them in this file.
//
// An id never changes its meaning once committed, so what is remembered here stays true whatever other processes
// write; only a transaction that is rolled back takes ids away again: then call forget().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "store/internal/connection.h"

namespace tidemark::store::internal {

class Names {
 public:
  explicit Names(Connection& connection) : connection_(connection) {}

  // The id, made if there is none: only inside a writing transaction.
  std::int64_t entity(const std::string& text);
  std::int64_t attribute(const std::string& text);
  std::int64_t node(NodeId node);
  // The cell's key, likewise.
  std::int64_t cell(const Cell& cell);

  std::optional<std::int64_t> find_entity(const std::string& text);
  std::optional<std::int64_t> find_attribute(const std::string& text);
  std::optional<std::int64_t> find_node(NodeId node);
  std::optional<std::int64_t> find_cell(const Cell& cell);

  // What an id stands for. Throws corrupt if nothing.
  std::string entity_text(std::int64_t id);
  std::string attribute_text(std::int64_t id);
  NodeId node_of(std::int64_t id);
  Cell cell_of(std::int64_t key);

  void forget();

 private:
  Connection& connection_;
  std::unordered_map<std::string, std::int64_t> entities_;
  std::unordered_map<std::string, std::int64_t> attributes_;
  std::unordered_map<NodeId, std::int64_t> nodes_;
  std::unordered_map<std::int64_t, std::string> entity_texts_;
  std::unordered_map<std::int64_t, std::string> attribute_texts_;
  std::unordered_map<std::int64_t, NodeId> node_values_;
};

}  // namespace tidemark::store::internal
