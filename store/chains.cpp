// Store: chains and the outbox.
#include <algorithm>

#include "hlc/assert.h"
#include "store/internal/chains.h"
#include "store/internal/parts.h"

namespace tidemark::store {

namespace {

using internal::BundleRecord;
using internal::NodeRecord;
using internal::Query;
using internal::StoredChange;

std::vector<Change> changes_of(std::vector<StoredChange> stored) {
  std::vector<Change> changes;
  changes.reserve(stored.size());
  for (StoredChange& one : stored) changes.push_back(std::move(one.change));
  return changes;
}

ParkedRow parked_row(const BundleRecord& record, const Query& row, int reason, int envelope) {
  const std::string bytes = row.string(envelope);
  return {record.row.head, record.row.first, record.row.last, row.string(reason), Bytes(bytes.begin(), bytes.end())};
}

}  // namespace

Head Store::head(NodeId node) const {
  return internal::guarded(*parts_, "reading a head", [&] { return internal::last_head(*parts_, node); });
}

std::optional<BundleRow> Store::bundle(NodeId node, std::uint64_t n) const {
  return internal::guarded(*parts_, "reading a bundle's row", [&]() -> std::optional<BundleRow> {
    const std::optional<BundleRecord> record = internal::read_bundle_record(*parts_, node, n);
    if (!record) return std::nullopt;
    return record->row;
  });
}

std::vector<Head> Store::heads() const {
  return internal::guarded(*parts_, "reading the heads", [&] {
    internal::Read read(*parts_);
    std::vector<NodeId> nodes;
    Query row = parts_->connection.query(
        "SELECT node FROM nodes WHERE EXISTS (SELECT 1 FROM bundles b WHERE b.node = nodes.id)"
        " ORDER BY node");
    for (row.with(); row.step();) nodes.push_back(internal::node_of_column(row.integer(0)));
    std::vector<Head> heads;
    for (const NodeId node : nodes) heads.push_back(internal::last_head(*parts_, node));
    return heads;
  });
}

std::vector<Change> Store::read_bundle(NodeId node, std::uint64_t n) const {
  return internal::guarded(*parts_, "reading a bundle", [&] {
    internal::Read read(*parts_);
    const std::optional<BundleRecord> record = internal::read_bundle_record(*parts_, node, n);
    TIDEMARK_ASSERT(record && record->range);
    return changes_of(internal::read_changes(*parts_, parts_->names.node(node), *record->range));
  });
}

std::vector<ParkedRow> Store::parked() const {
  return internal::guarded(*parts_, "reading what is parked", [&] {
    internal::Read read(*parts_);
    std::vector<ParkedRow> rows;
    Query row = parts_->connection.query(
        "SELECT n.node, p.n, p.reason, p.envelope FROM parked p JOIN nodes n ON n.id = p.node"
        " ORDER BY n.node, p.n");
    for (row.with(); row.step();) {
      const auto record = internal::read_bundle_record(*parts_, internal::node_of_column(row.integer(0)),
                                                       static_cast<std::uint64_t>(row.integer(1)));
      if (!record) internal::throw_corrupt("a parked bundle has no row among the bundles");
      rows.push_back(parked_row(*record, row, 2, 3));
    }
    return rows;
  });
}

std::optional<ParkedRow> Store::parked(NodeId node, std::uint64_t n) const {
  return internal::guarded(*parts_, "reading what is parked", [&]() -> std::optional<ParkedRow> {
    internal::Read read(*parts_);
    const std::optional<BundleRecord> record = internal::read_bundle_record(*parts_, node, n);
    if (!record || !record->row.parked) return std::nullopt;
    Query row = parts_->connection.query("SELECT reason, envelope FROM parked WHERE node = ? AND n = ?");
    if (!row.with(parts_->names.node(node), static_cast<std::int64_t>(n)).step()) {
      internal::throw_corrupt("the bytes of a parked bundle are missing");
    }
    return parked_row(*record, row, 0, 1);
  });
}

std::vector<OwnNode> Store::own_nodes() const {
  return internal::guarded(*parts_, "reading the own nodes", [&] {
    TIDEMARK_ASSERT(!parts_->connection.in_transaction());
    if (parts_->own_nodes_version && *parts_->own_nodes_version == parts_->version()) return parts_->own_nodes;
    internal::Read read(*parts_);
    std::vector<OwnNode> nodes;
    for (const NodeRecord& record : internal::read_own_nodes(*parts_)) {
      nodes.push_back({record.node, internal::last_head(*parts_, record.node), record.confirmed, record.unsealed,
                       record.current, record.forked});
    }
    parts_->own_nodes_version = parts_->version();
    parts_->own_nodes = nodes;
    return nodes;
  });
}

Tail Store::tail(NodeId node, std::uint64_t events_max) const {
  return internal::guarded(*parts_, "reading unsealed changes", [&] {
    internal::Read read(*parts_);
    Tail tail{node, internal::last_head(*parts_, node), {}};
    const std::optional<NodeRecord> record = internal::read_node(*parts_, node);
    if (record) tail.changes = changes_of(internal::read_tail(*parts_, *record, events_max, record->unsealed));
    return tail;
  });
}

bool Store::seal(const BundleRow& row, std::uint64_t changes) {
  return internal::guarded(*parts_, "sealing a bundle", [&] {
    internal::Write write(*parts_);
    std::optional<NodeRecord> node = internal::read_node(*parts_, row.head.node);
    TIDEMARK_ASSERT(node && node->own && !node->forked && changes > 0 && changes <= node->unsealed);
    TIDEMARK_ASSERT(row.head.n == internal::last_head(*parts_, row.head.node).n + 1);
    // One more than goes in, since that is where the rest begins.
    std::vector<StoredChange> stored = internal::read_tail(*parts_, *node, UINT64_MAX, changes + 1);
    TIDEMARK_ASSERT(stored.size() == std::min(changes + 1, node->unsealed));
    std::optional<std::int64_t> rest;
    if (stored.size() > changes) {
      rest = stored.back().rows.front();
      stored.pop_back();
    }
    BundleRecord record{row, changes, {}};
    record.row.events = 0;
    for (const StoredChange& one : stored) record.row.events += one.rows.size();
    if (stored.back().change.stamp != row.last) return false;
    TIDEMARK_ASSERT(record.row.events == row.events && stored.front().change.stamp == row.first);
    record.range = internal::Range{stored.front().rows.front(), stored.back().rows.back(), 0, 0};
    internal::put_bundle(*parts_, node->id, record);
    node->unsealed -= changes;
    node->tail_first = rest;
    if (!rest) node->tail_last.reset();
    internal::put_node(*parts_, *node);
    write.commit();
    return true;
  });
}

void Store::set_confirmed(NodeId node, std::uint64_t n) {
  internal::guarded(*parts_, "keeping a confirmation", [&] {
    internal::Write write(*parts_, false);
    std::optional<NodeRecord> record = internal::read_node(*parts_, node);
    // Other nodes' bundles are confirmed too, when they are given back to a relay that lost them; nobody needs to know.
    if (!record || !record->own || record->confirmed == n) return;
    record->confirmed = n;
    internal::put_node(*parts_, *record);
    write.commit();
  });
}

}  // namespace tidemark::store
