#include "store/internal/names.h"

#include "store/internal/encoding.h"

namespace tidemark::store::internal {

namespace {

// About 30 MB of remembered names at most; a larger file is looked up in SQLite's own cache.
constexpr std::size_t remembered_max = 200'000;

template <class Key, class Id>
Id remember(std::unordered_map<Key, Id>& map, const Key& key, Id id) {
  if (map.size() >= remembered_max) map.clear();
  map.emplace(key, id);
  return id;
}

std::int64_t new_id(Connection& connection, std::int64_t limit, const char* of_what) {
  const std::int64_t id = connection.database().getLastInsertRowid();
  if (id >= limit)
    throw StoreError(Failure::io_error, "naming in the replica file",
                     std::string("it has no room for more ") + of_what);
  return id;
}

}  // namespace

std::optional<std::int64_t> Names::find_entity(const std::string& text) {
  if (const auto known = entities_.find(text); known != entities_.end()) return known->second;
  const std::optional<Bytes> uuid = uuid_bytes(text);
  Query row = connection_.query("SELECT id FROM entities WHERE entity = ?");
  uuid ? row.with(*uuid) : row.with(text);
  if (!row.step()) return std::nullopt;
  return remember(entities_, text, row.integer(0));
}

std::int64_t Names::entity(const std::string& text) {
  if (const std::optional<std::int64_t> known = find_entity(text)) return *known;
  const std::optional<Bytes> uuid = uuid_bytes(text);
  Query row = connection_.query("INSERT INTO entities(entity) VALUES(?)");
  uuid ? row.with(*uuid) : row.with(text);
  row.run();
  return remember(entities_, text, new_id(connection_, std::int64_t{1} << (63 - attribute_bits), "entities"));
}

std::optional<std::int64_t> Names::find_attribute(const std::string& text) {
  if (const auto known = attributes_.find(text); known != attributes_.end()) return known->second;
  Query row = connection_.query("SELECT id FROM attribute_names WHERE name = ?");
  if (!row.with(text).step()) return std::nullopt;
  return remember(attributes_, text, row.integer(0));
}

std::int64_t Names::attribute(const std::string& text) {
  if (const std::optional<std::int64_t> known = find_attribute(text)) return *known;
  connection_.query("INSERT INTO attribute_names(name) VALUES(?)").with(text).run();
  return remember(attributes_, text, new_id(connection_, std::int64_t{1} << attribute_bits, "attribute names"));
}

std::optional<std::int64_t> Names::find_node(NodeId node) {
  if (const auto known = nodes_.find(node); known != nodes_.end()) return known->second;
  Query row = connection_.query("SELECT id FROM nodes WHERE node = ?");
  if (!row.with(node_column(node)).step()) return std::nullopt;
  return remember(nodes_, node, row.integer(0));
}

std::int64_t Names::node(NodeId node) {
  if (const std::optional<std::int64_t> known = find_node(node)) return *known;
  connection_.query("INSERT INTO nodes(node) VALUES(?)").with(node_column(node)).run();
  return remember(nodes_, node, connection_.database().getLastInsertRowid());
}

std::int64_t Names::cell(const Cell& cell) { return cell_key(entity(cell.entity), attribute(cell.attribute)); }

std::optional<std::int64_t> Names::find_cell(const Cell& cell) {
  const std::optional<std::int64_t> entity = find_entity(cell.entity);
  const std::optional<std::int64_t> attribute = entity ? find_attribute(cell.attribute) : std::nullopt;
  if (!attribute) return std::nullopt;
  return cell_key(*entity, *attribute);
}

std::string Names::entity_text(std::int64_t id) {
  if (const auto known = entity_texts_.find(id); known != entity_texts_.end()) return known->second;
  Query row = connection_.query("SELECT entity FROM entities WHERE id = ?");
  if (!row.with(id).step()) throw_corrupt("there is no entity " + std::to_string(id));
  return remember(entity_texts_, id, entity_of_column(row, 0));
}

std::string Names::attribute_text(std::int64_t id) {
  if (const auto known = attribute_texts_.find(id); known != attribute_texts_.end()) return known->second;
  Query row = connection_.query("SELECT name FROM attribute_names WHERE id = ?");
  if (!row.with(id).step()) throw_corrupt("there is no attribute name " + std::to_string(id));
  return remember(attribute_texts_, id, row.string(0));
}

NodeId Names::node_of(std::int64_t id) {
  if (const auto known = node_values_.find(id); known != node_values_.end()) return known->second;
  Query row = connection_.query("SELECT node FROM nodes WHERE id = ?");
  if (!row.with(id).step()) throw_corrupt("there is no node " + std::to_string(id));
  return remember(node_values_, id, node_of_column(row.integer(0)));
}

Cell Names::cell_of(std::int64_t key) {
  return {entity_text(entity_of_key(key)), attribute_text(attribute_of_key(key))};
}

void Names::forget() {
  entities_.clear();
  attributes_.clear();
  nodes_.clear();
  entity_texts_.clear();
  attribute_texts_.clear();
  node_values_.clear();
}

}  // namespace tidemark::store::internal
