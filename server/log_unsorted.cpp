// The table `unsorted`: what came last, in the order in which it came, and how it gets into the other tables.
#include <algorithm>

#include "server/internal/log_rows.h"

namespace tidemark::server {
namespace {

// Damage shows when the space is loaded or the entry read, since no other space must suffer from it.
Hash hash_or_zeros(ByteView bytes) {
  Hash hash{};
  if (bytes.size() == hash.size()) std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

}  // namespace

void LogFile::Parts::load_unsorted() {
  unsorted.clear();
  unsorted_entries = 0;
  auto rows = query(
      "SELECT s.name, u.id, u.seq, u.node, u.n, u.hash, u.acc, u.time_ms FROM unsorted u CROSS JOIN spaces s ON s.id = "
      "u.space ORDER BY u.id");
  while (rows.step()) {
    const std::string name = rows.text(0);
    auto at = unsorted.find(name);
    if (at == unsorted.end()) at = unsorted.emplace(name, find_sorted(name).value()).first;
    UnsortedEntry entry;
    entry.id = unsorted_last_id = rows.number(1);
    entry.seq = static_cast<std::uint64_t>(rows.number(2));
    entry.head = {loaded_node(rows.number(3)), static_cast<std::uint64_t>(rows.number(4)),
                  hash_or_zeros(rows.bytes(5))};
    entry.acc = hash_or_zeros(rows.bytes(6));
    at->second.unsorted.push_back(entry);
    time_ms = std::max(time_ms, rows.number(7));
    ++unsorted_entries;
  }
  unsorted_loaded = true;
}

std::uint64_t LogFile::Parts::last_n(const SpaceRow& row, NodeId node) {
  const auto last = std::find_if(row.unsorted.rbegin(), row.unsorted.rend(),
                                 [&](const UnsortedEntry& entry) { return entry.head.node == node; });
  if (last != row.unsorted.rend()) return last->head.n;
  auto sorted = query("SELECT n FROM chains WHERE space = ? AND node = ?");
  return sorted.with(row.id).with(stored(node)).step() ? static_cast<std::uint64_t>(sorted.number(0)) : 0;
}

void LogFile::Parts::append_unsorted(const SpacePlan& plan) {
  SpaceRow& row = unsorted.try_emplace(plan.space, *find(plan.space)).first->second;
  for (const auto& entry : plan.entries) {
    if (entry.head.n <= last_n(row, entry.head.node))
      throw LogError(LogFailure::refused, "appending entries",
                     bundle_place(entry.head.node, entry.head.n) + " is there");
    const UnsortedEntry added{++unsorted_last_id, row.last().seq + 1, entry.head, entry.acc_after};
    query(
        "INSERT INTO unsorted(id, space, seq, node, n, hash, acc, sum, time_ms, envelope) VALUES(?,?,?,?,?,?,?,?,?,?)")
        .with(added.id)
        .with(row.id)
        .with(static_cast<std::int64_t>(added.seq))
        .with(stored(entry.head.node))
        .with(static_cast<std::int64_t>(entry.head.n))
        .with(ByteView(entry.head.hash))
        .with(ByteView(entry.acc_after))
        .with(envelope_sum(*entry.envelope))
        .with(plan.time_ms)
        .with(ByteView(*entry.envelope))
        .run();
    row.unsorted.push_back(added);
    ++unsorted_entries;
  }
}

void LogFile::Parts::move_end(const SpaceRow& row) {
  if (row.unsorted.empty()) return;
  std::map<NodeId, Head> last;
  for (const UnsortedEntry& entry : row.unsorted) last[entry.head.node] = entry.head;
  move_end(row.id, row.last(), time_ms, last);
}

// In the order of their keys. A space's key of 0 means all.
void LogFile::Parts::move_rows(std::int64_t space) {
  query(
      "INSERT INTO entries(id, chain, n, hash, acc, sum, envelope) "
      "SELECT (u.space << ?2) | u.seq, c.id, u.n, u.hash, u.acc, u.sum, u.envelope "
      "FROM unsorted u CROSS JOIN chains c ON c.space = u.space AND c.node = u.node "
      "WHERE ?1 IN (0, u.space) ORDER BY u.space, u.seq")
      .with(space)
      .with(log_seq_bits)
      .run();
  query("DELETE FROM unsorted WHERE ?1 IN (0, space)").with(space).run();
}

void LogFile::Parts::sort_in() {
  for (const auto& [name, row] : unsorted) move_end(row);
  move_rows(0);
  unsorted.clear();
  unsorted_entries = 0;
}

void LogFile::Parts::sort_in(const std::string& space) {
  const auto at = unsorted.find(space);
  if (at == unsorted.end()) return;
  move_end(at->second);
  move_rows(at->second.id);
  unsorted_entries -= at->second.unsorted.size();
  unsorted.erase(at);
}

}  // namespace tidemark::server
