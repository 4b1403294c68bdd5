#include "store/internal/chains.h"

#include <algorithm>

#include "hlc/assert.h"

namespace tidemark::store::internal {

namespace {

Hash hash_of(const std::string& bytes) {
  Hash hash{};
  if (bytes.size() != hash.size()) throw_corrupt("a head is not 32 bytes long");
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

constexpr const char* bundle_sql =
    "SELECT b.n, b.version, b.suite, b.first_hlc, b.last_hlc, b.changes, b.events, b.head, b.seq, b.first_row, "
    "b.last_row"
    " FROM bundles b WHERE b.node = ? AND b.n >= ? ORDER BY b.n";

BundleRecord bundle_of(const Query& row, NodeId node) {
  BundleRecord record;
  record.row.head = {node, static_cast<std::uint64_t>(row.integer(0)), hash_of(row.string(7))};
  record.row.version = static_cast<std::uint8_t>(row.integer(1));
  record.row.suite = static_cast<std::uint8_t>(row.integer(2));
  record.row.first = stamp_of_columns(row.integer(3), node);
  record.row.last = stamp_of_columns(row.integer(4), node);
  record.changes = static_cast<std::uint64_t>(row.integer(5));
  record.row.events = static_cast<std::uint64_t>(row.integer(6));
  if (const auto seq = row.maybe_integer(8)) record.row.seq = static_cast<std::uint64_t>(*seq);
  record.row.parked = row.is_null(9);
  if (!record.row.parked) record.range = Range{row.integer(9), row.integer(10), row.integer(3), row.integer(4)};
  return record;
}

NodeRecord node_of_row(const Query& row) {
  NodeRecord record;
  record.id = row.integer(0);
  record.node = node_of_column(row.integer(1));
  record.own = row.integer(2) != 0;
  record.current = row.integer(3) != 0;
  record.forked = row.integer(4) != 0;
  record.salvaged = row.integer(4) == 2;
  record.confirmed = static_cast<std::uint64_t>(row.integer(5));
  record.unsealed = static_cast<std::uint64_t>(row.integer(6));
  record.tail_first = row.maybe_integer(7);
  record.tail_last = row.maybe_integer(8);
  record.last_hlc = row.maybe_integer(9);
  return record;
}

}  // namespace

Head last_head(File& file, NodeId node) {
  const std::optional<std::int64_t> id = file.names.find_node(node);
  if (!id) return {node, 0, {}};
  Query row = file.connection.query("SELECT n, head FROM bundles WHERE node = ? ORDER BY n DESC LIMIT 1");
  if (!row.with(*id).step()) return {node, 0, {}};
  return {node, static_cast<std::uint64_t>(row.integer(0)), hash_of(row.string(1))};
}

std::optional<BundleRecord> read_bundle_record(File& file, NodeId node, std::uint64_t n) {
  const std::optional<std::int64_t> id = file.names.find_node(node);
  if (!id) return std::nullopt;
  Query row = file.connection.query(bundle_sql);
  if (!row.with(*id, static_cast<std::int64_t>(n)).step()) return std::nullopt;
  const BundleRecord record = bundle_of(row, node);
  if (record.row.head.n != n) return std::nullopt;
  return record;
}

std::vector<BundleRecord> read_bundle_records(File& file, NodeId node, std::uint64_t from) {
  std::vector<BundleRecord> records;
  const std::optional<std::int64_t> id = file.names.find_node(node);
  if (!id) return records;
  Query row = file.connection.query(bundle_sql);
  for (row.with(*id, static_cast<std::int64_t>(from)); row.step();) records.push_back(bundle_of(row, node));
  return records;
}

void put_bundle(File& file, std::int64_t node_id, const BundleRecord& record) {
  const BundleRow& row = record.row;
  std::optional<std::int64_t> seq;
  std::optional<std::int64_t> first_row;
  std::optional<std::int64_t> last_row;
  if (row.seq) seq = static_cast<std::int64_t>(*row.seq);
  if (record.range) {
    first_row = record.range->first_row;
    last_row = record.range->last_row;
  }
  file.connection
      .query(
          "INSERT OR REPLACE INTO bundles(node, n, version, suite, first_hlc, last_hlc, changes, events, head, seq, "
          "first_row,"
          " last_row) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .with(node_id, static_cast<std::int64_t>(row.head.n), static_cast<int>(row.version), static_cast<int>(row.suite),
            hlc_column(row.first), hlc_column(row.last), static_cast<std::int64_t>(record.changes),
            static_cast<std::int64_t>(row.events), row.head.hash, seq, first_row, last_row)
      .run();
}

std::optional<NodeRecord> read_node(File& file, NodeId node) {
  Query row = file.connection.query(
      "SELECT id, node, own, current, forked, confirmed, unsealed, tail_first, tail_last, last_hlc FROM nodes WHERE "
      "node = ?");
  if (!row.with(node_column(node)).step()) return std::nullopt;
  return node_of_row(row);
}

std::vector<NodeRecord> read_own_nodes(File& file) {
  std::vector<NodeRecord> records;
  Query row = file.connection.query(
      "SELECT id, node, own, current, forked, confirmed, unsealed, tail_first, tail_last, last_hlc FROM nodes"
      " WHERE own = 1 ORDER BY current DESC, node");
  for (row.with(); row.step();) records.push_back(node_of_row(row));
  return records;
}

void put_node(File& file, const NodeRecord& record) {
  file.connection
      .query(
          "UPDATE nodes SET own = ?, current = ?, forked = ?, confirmed = ?, unsealed = ?, tail_first = ?, tail_last = "
          "?, last_hlc = ? WHERE id = ?")
      .with(record.own ? 1 : 0, record.current ? 1 : 0,
            record.salvaged ? 2
            : record.forked ? 1
                            : 0,
            static_cast<std::int64_t>(record.confirmed), static_cast<std::int64_t>(record.unsealed), record.tail_first,
            record.tail_last, record.last_hlc, record.id)
      .run();
}

}  // namespace tidemark::store::internal
