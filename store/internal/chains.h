// Rows of `bundles`, `nodes` and the changes that lie between two event rows.
//
// A node's events ascend by stamp with their rows inside one bundle and inside the unsealed tail, and the rows of a change
// follow each other: whatever re-stamps or moves events keeps their order.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "store/internal/file.h"

namespace tidemark::store::internal {

// Where a bundle's events are: those of the node with row and hlc inside both ranges, ends included.
struct Range {
  std::int64_t first_row = 0;
  std::int64_t last_row = 0;
  std::int64_t first_hlc = 0;
  std::int64_t last_hlc = 0;
  bool holds(std::int64_t row, std::int64_t hlc) const {
    return row >= first_row && row <= last_row && hlc >= first_hlc && hlc <= last_hlc;
  }
};

struct BundleRecord {
  BundleRow row;
  std::uint64_t changes = 0;   // 0 while parked
  std::optional<Range> range;  // nothing while parked
};

// A row of `nodes`.
struct NodeRecord {
  std::int64_t id = 0;
  NodeId node;
  bool own = false;
  bool current = false;
  bool forked = false;
  bool salvaged =
      false;  // forked, and its unsealed changes were sealed once: what the log has under their stamps counts
  std::uint64_t confirmed = 0;
  std::uint64_t unsealed = 0;              // changes in the tail
  std::optional<std::int64_t> tail_first;  // rows of the tail's first and last event
  std::optional<std::int64_t> tail_last;
  std::optional<std::int64_t> last_hlc;  // of the latest stamp that was made under it and not taken back
};

// A change with the rows and cells of its events, in the order of the events.
struct StoredChange {
  Change change;
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> cells;
};

Head last_head(File& file, NodeId node);
std::optional<BundleRecord> read_bundle_record(File& file, NodeId node, std::uint64_t n);
// Those with n >= from, ascending.
std::vector<BundleRecord> read_bundle_records(File& file, NodeId node, std::uint64_t from);
void put_bundle(File& file, std::int64_t node_id, const BundleRecord& record);

std::optional<NodeRecord> read_node(File& file, NodeId node);
std::vector<NodeRecord> read_own_nodes(File& file);  // the current one first, then ascending
void put_node(File& file, const NodeRecord& record);

// The changes in a range of a node, ascending by stamp.
std::vector<StoredChange> read_changes(File& file, std::int64_t node_id, const Range& range);

// True if there is a change of this very stamp.
bool has_change(File& file, const Stamp& stamp);

// The unsealed changes of a node, ascending: stops before a change that would exceed events_max (the first one always
// comes) and after changes_max of them.
std::vector<StoredChange> read_tail(File& file, const NodeRecord& node, std::uint64_t events_max,
                                    std::uint64_t changes_max);

// Tells unsealed events of own nodes from all others.
class Tails {
 public:
  explicit Tails(File& file);
  bool hold(std::int64_t node_id, std::int64_t row, std::int64_t hlc) const;

 private:
  struct One {
    NodeRecord node;
    std::vector<Range> sealed;
  };
  std::vector<One> tails_;
};

}  // namespace tidemark::store::internal
