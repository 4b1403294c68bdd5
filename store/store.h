// Store: the replica file. One device's changes of one space in one SQLite file, folded into a last-write-wins table
// of attributes. docs/storage-format.md documents the tables and views for those who read the file with SQL.
//
// It knows nothing of bundle bytes or relays: heads come from the caller. Use one Store from one thread; several
// processes may have the same file open, each in short immediate transactions that re-read clock, names and tail.
// Every function that writes is one transaction: it happens entirely or, when it throws StoreError, not at all.
// Nothing returned refers into the store.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "store/error.h"
#include "store/types.h"

namespace tidemark::store {

struct Options {
  Durability durability = Durability::full;
  bool read_only = false;
  std::string vfs;               // SQLite VFS by name; empty for the default. The simulator passes its own
  int busy_timeout_ms = 10'000;  // how long to wait for another process's write
};

class Store {
 public:
  // Creates the file with an empty log. Throws exists, read_only, disk_full. ":memory:" makes a store without a file.
  static Store create(const std::string& path, const std::string& space, NodeId node, const Options& options = {});
  // Opens a file, migrating an older schema in one transaction. Throws not_found, not_a_replica, newer_schema, corrupt.
  static Store open(const std::string& path, const Options& options = {});
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // --- who ---
  const std::string& space() const;
  NodeId node() const;  // the current node, as last read; writes re-read it
  // True in a copy made by backup() that has not minted its node yet: call begin_fork before the first write.
  bool needs_new_node() const;
  Identity identity() const;
  const Identity& known_identity() const;  // as last read; writes re-read it
  void set_identity(const Identity& identity);

  // --- local writes ---
  // Records the changes in one transaction, each under a stamp of its own, and gives the stamps (none where
  // skip_unchanged left nothing over; an empty list, and nothing is recorded, if a change's `seen` is not what is there).
  // Adds the cells whose value changed to `changed` if it is not null. A change may hold a stamp that another process's or
  // node's event forced up; the clock never refuses. With `seal` a single change is sealed in the same transaction if
  // nothing waits before it: all its node's bundles are confirmed, none of its changes is unsealed, and no fork is open.
  std::vector<std::optional<Stamp>> record(std::span<const Recording> recordings, std::vector<Cell>* changed = nullptr,
                                           const SealOne& seal = {});
  // Records one change in the place of the last unsealed one of the current node, if the rule allows it, and after it
  // otherwise. The stamp of a change that went leads to the new one. If `described_by` is given and the file has another
  // identity now, nothing is recorded, and it becomes that. `seal` as in record. Cost: no more than that of record,
  // whatever the length of the history.
  std::optional<Stamp> coalesce(const Recording& recording, const Coalescing& rule, Identity* described_by = nullptr,
                                const SealOne& seal = {});

  // --- reads (of the last commit, by any process) ---
  // All that is read meanwhile is of one commit. Cheaper than each read alone.
  void of_one_commit(const std::function<void()>& reads) const;
  std::optional<CellState> get(const Cell& cell) const;
  // All cells of an entity, ascending by attribute; empty if it was never written.
  std::vector<CellState> entity(std::string_view entity) const;
  // All cells, ascending by (entity, attribute) as bytes, deleted entities included. Return false to stop.
  void for_each_cell(const std::function<bool(const CellState&)>& visit) const;
  // A cell's events ascending by stamp. Cost: the length of that list.
  std::vector<HistoryRow> history(const Cell& cell) const;
  // All events ascending by (stamp, entity, attribute).
  void for_each_event(const std::function<bool(const HistoryRow&)>& visit) const;
  // The change with this stamp, or with the stamp that took its place; nothing if unknown.
  std::optional<Change> change(const Stamp& stamp) const;
  // The stamp that an alias leads to, else the stamp itself.
  Stamp resolve(const Stamp& stamp) const;
  Counts counts() const;

  // --- the past ---
  // A cell's events as crdt/lineage.h takes them. Links and bases as they were sent, since aliases are this file's own and
  // all files must come to one answer. Cost: as history.
  Lineage lineage(const Cell& cell) const;
  // The changes that wrote the entity, ascending, each with its events of this entity only. Cost: the entity's events.
  std::vector<Change> entity_changes(std::string_view entity) const;
  // Changes with this author since then, and changes that link to this one as their correlation; ascending. Cost: one pass
  // over what changes say of themselves.
  std::vector<Change> changes_by(const std::string& author, std::int64_t since_ms) const;
  std::vector<Change> changes_of_group(const Stamp& correlation) const;
  // The fold of the events whose stamp is not greater than `cut`. Cost: the events of the cell, of the entity, or one pass
  // over all events that keeps one row number a cell in memory.
  std::optional<CellState> get_as_of(const Cell& cell, const Stamp& cut) const;
  std::vector<CellState> entity_as_of(std::string_view entity, const Stamp& cut) const;
  void for_each_cell_as_of(const Stamp& cut, const std::function<bool(const CellState&)>& visit) const;
  // The n-th smallest stamp of a change in the file, from 1; nothing if there are fewer. One pass.
  std::optional<Stamp> nth_change(std::uint64_t n) const;
  // How many changes there are. One pass.
  std::uint64_t change_count() const;
  // The cells of an entity, or all if it is empty, with the stamps of their winners, the newest first. Return false to
  // stop. Cost: sorts as many rows of `attributes`.
  void for_each_winner(std::string_view entity, const std::function<bool(const Cell&, const Stamp&)>& visit) const;
  // Events by what they and their changes say, in order of stamp. Looks into an index that it makes, or brings up to date,
  // first: writes never pay for it. In a file that may not be written it reads the log from end to end. Cost: the rows that
  // the most selective condition holds for, up to the limit; for an entity its events.
  AuditPage audit(const AuditQuery& query, const Progress& progress = {});
  void drop_audit_index();
  // Every cell with a lost write (crdt/lineage.h), and some more, ascending.
  std::vector<Cell> contested() const;

  // --- clock ---
  std::optional<Stamp> last_stamp() const;
  ClockCorrection correction() const;
  // Keeps what a relay's time taught; also remembers the greatest relay time seen.
  void learn_time(std::int64_t wall_ms, std::int64_t relay_ms);
  std::int64_t greatest_relay_ms() const;

  // --- chains ---
  Head head(NodeId node) const;  // last bundle of the node here, n = 0 if none
  std::optional<BundleRow> bundle(NodeId node, std::uint64_t n) const;
  std::vector<Head> heads() const;  // of all nodes with a bundle, ascending by node
  // The changes of a bundle that was sealed or applied, exactly as they went in. It must not be parked.
  std::vector<Change> read_bundle(NodeId node, std::uint64_t n) const;
  std::vector<ParkedRow> parked() const;
  std::optional<ParkedRow> parked(NodeId node, std::uint64_t n) const;

  // --- outbox ---
  std::vector<OwnNode> own_nodes() const;  // the current one first, then ascending
  // The first unsealed changes of a node, at most so many events (but at least one change).
  Tail tail(NodeId node, std::uint64_t events_max) const;
  // Closes the first `changes` unsealed changes of row.head.node as bundle row.head.n, with a FULL sync. row.head.n must
  // follow the node's last bundle. False, and nothing is sealed, if the last of them is another change now, because another
  // process coalesced: read the tail again.
  [[nodiscard]] bool seal(const BundleRow& row, std::uint64_t changes);
  // The relay has the node's bundles up to n durably. Lower than before is meant so: the relay lost some. Not synced, since
  // the next welcome says it again.
  void set_confirmed(NodeId node, std::uint64_t n);

  // --- the relay's log ---
  std::optional<Cursor> cursor() const;
  // Folds what arrived and moves cursor and clock, in one transaction. Every bundle must follow its node's last one
  // here; one that is here already under the same head is skipped. Without a cursor the stored one stays.
  Applied apply(std::span<const Arrival> arrivals, const std::optional<Cursor>& cursor);
  // Applies a parked bundle after all; its place in the chain stays as it is.
  Applied unpark(NodeId node, std::uint64_t n, std::span<const Change> changes);
  // The greatest remembered cursor of this log with seq <= at_most; remembered ones thin out with age, so a search from
  // the head takes a logarithmic number of steps.
  std::optional<Cursor> remembered_cursor(const LogId& log, std::uint64_t at_most) const;
  // Forgets how far we were (all remembered cursors above it too). Bundles keep; their seqs above it are forgotten.
  void reset_cursor(const std::optional<Cursor>& cursor);
  std::optional<LogId> refill() const;
  void set_refill(const std::optional<LogId>& log);

  // --- forks ---
  // From now on changes are stamped by `fresh`. The old node is `forked` until settle_fork. Clears needs_new_node.
  void begin_fork(NodeId fresh);
  // Moves the bundles of `node` after `common_n` to node `derived`, events, bases and links that name them included; rows
  // are the same bundles under their new heads, n = 1... If `derived` has some of them already, those are dropped
  // instead. `derived` is an own node if `node` is. Each stamp that goes leaves an alias.
  Moved move_branch(NodeId node, std::uint64_t common_n, NodeId derived, std::span<const BundleRow> rows);
  // Gives the unsealed changes of a forked node to the current node, ms and counters kept. A change that is in the
  // node's bundles unchanged is dropped: it was confirmed. The node is no longer forked.
  Moved settle_fork(NodeId node);
  // Takes in changes that were saved from a damaged file without their bundles, ascending by stamp, as the unsealed tail of
  // their node, which is own from now on and forked if there are any. It must not be the current one, nor have a tail.
  // settle_fork() then drops those whose stamp is in the node's bundles, whatever they say, and gives the others to a node
  // that is made of this one and the current one.
  void adopt(NodeId node, std::span<const Change> changes);
  // Takes back the bundles of an own node from `from_n` on and re-stamps their changes and all later unsealed ones of
  // that node in order: ms = min(old ms, old ms + offset_ms, relay_ms), counting up, above the last kept stamp of the node and
  // above every base they name. What names a re-stamped change follows. The persisted clock becomes the greatest stamp
  // that is left. from_n may be one past the last bundle. Each stamp that goes leaves an alias.
  Moved restamp(NodeId node, std::uint64_t from_n, std::int64_t offset_ms, std::int64_t relay_ms);

  // --- care ---
  // Compares the fold, the links and the bundles' ranges with the events, and asks SQLite to check its pages.
  Report verify(const Progress& progress = {}) const;
  // Makes `attributes` and the links anew from `events`, and puts a clock forward that lies behind them.
  void rebuild(const Progress& progress = {});
  // The same for the cells of one entity; false if the file knows no such entity. Cost: one scan of `events`.
  bool rebuild_entity(std::string_view entity, const Progress& progress = {});
  // Replaces bundles of the chains by these, row and events, or adds them where their rows are missing; heads are taken as
  // they are given, and the events come behind all others, as if they had arrived now. Unsealed changes of own nodes keep.
  // Then indexes, links and `attributes` are made anew. Throws corrupt if pages are damaged too.
  PutBack put_back(std::span<const Arrival> bundles, const Progress& progress = {});
  // Nodes with events that are in no bundle: unsealed ones, or those of a bundle whose row is lost.
  std::vector<NodeId> uneven_nodes() const;
  // A consistent copy while others write, which needs_new_node(). Throws exists.
  void backup(const std::string& path, const Progress& progress = {}) const;
  // True once after another process or connection committed since the last call.
  bool changed_elsewhere();
  // Rows of `events` only grow: the cells of those after `row`, and the new last row. For noticing others' writes.
  std::vector<Cell> cells_after(std::int64_t& row) const;
  std::int64_t last_row() const;

 private:
  struct Parts;
  explicit Store(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tidemark::store
