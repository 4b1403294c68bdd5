#include <algorithm>
#include <set>

#include "bundles/chain.h"
#include "server/internal/log_rows.h"

namespace tidemark::server {
namespace {

// Columns node, n, hash, acc, sum, envelope, starting at column 0.
LogEntry entry_of(Query& row, const std::string& space, const std::string& place) {
  LogEntry entry;
  entry.head = {loaded_node(row.number(0)), static_cast<std::uint64_t>(row.number(1)),
                digest<32>(row.bytes(2), space, place)};
  entry.acc_after = digest<32>(row.bytes(3), space, place);
  const auto envelope = row.bytes(5);
  if (envelope_sum(envelope) != row.number(4))
    corrupt(space, place, "the bundle's bytes are not those that were stored");
  entry.envelope = std::make_shared<const Bytes>(envelope.begin(), envelope.end());
  return entry;
}

constexpr const char* unsorted_entry = "SELECT node, n, hash, acc, sum, envelope FROM unsorted WHERE id = ?";

}  // namespace

Page LogFile::read(const std::string& space, std::uint64_t after_seq, std::size_t bytes_max) {
  return guarded("reading entries", [&] {
    Page page;
    after_seq = std::min(after_seq, log_seq_max);  // a stranger's cursor may hold any number
    const SpaceRow* row = parts_->find(space);
    const std::uint64_t start = row ? std::max(after_seq + 1, row->first_seq) : after_seq + 1;
    page.first_seq = start;
    if (!row) return page;
    page.end = row->last();
    if (start > page.end.seq) return page;

    const auto before = acc_at(space, start - 1);
    if (!before) corrupt(space, entry_place(start - 1), "missing");
    Hash acc = *before;
    std::size_t bytes = 0;
    // False if there is no room for it.
    const auto add = [&](Query& rows, std::uint64_t seq) {
      const auto size = rows.bytes(5).size();
      if (!page.entries.empty() && bytes + size > bytes_max) return false;
      auto entry = entry_of(rows, space, entry_place(seq));
      acc = next_acc(acc, entry.head);
      if (acc != entry.acc_after) corrupt(space, entry_place(seq), "its acc does not follow from the entry before it");
      page.entries.push_back(std::move(entry));
      bytes += size;
      return true;
    };
    std::uint64_t seq = start;
    if (seq <= row->end.seq) {
      auto rows = parts_->query(
          "SELECT c.node, e.n, e.hash, e.acc, e.sum, e.envelope, e.id FROM entries e CROSS JOIN chains c ON c.id = "
          "e.chain "
          "WHERE e.id BETWEEN ? AND ? ORDER BY e.id");
      rows.with(entry_key(row->id, start)).with(entry_key(row->id, row->end.seq));
      for (; seq <= row->end.seq; ++seq) {
        if (!rows.step() || rows.number(6) != entry_key(row->id, seq)) corrupt(space, entry_place(seq), "missing");
        if (!add(rows, seq)) return page;
      }
    }
    for (; seq <= page.end.seq; ++seq) {
      const UnsortedEntry* entry = row->unsorted_at(seq);
      auto unsorted = parts_->query(unsorted_entry);
      if (!entry || !unsorted.with(entry->id).step()) corrupt(space, entry_place(seq), "missing");
      if (!add(unsorted, seq)) return page;
    }
    return page;
  });
}

std::optional<Hash> LogFile::acc_at(const std::string& space, std::uint64_t seq) {
  return guarded("reading a position", [&]() -> std::optional<Hash> {
    if (seq == 0) return Hash{};
    const SpaceRow* row = parts_->find(space);
    if (!row || seq > row->last().seq) return std::nullopt;
    if (seq == row->end.seq) return row->end.acc;
    if (seq > row->end.seq) {
      const UnsortedEntry* entry = row->unsorted_at(seq);
      if (!entry) corrupt(space, entry_place(seq), "missing");
      return entry->acc;
    }
    if (seq + 1 == row->first_seq) return row->first_acc;
    if (seq < row->first_seq) return std::nullopt;
    auto entry = parts_->query("SELECT acc FROM entries WHERE id = ?");
    if (!entry.with(entry_key(row->id, seq)).step()) corrupt(space, entry_place(seq), "missing");
    return digest<32>(entry.bytes(0), space, entry_place(seq));
  });
}

std::vector<std::optional<Hash>> LogFile::hashes_at(const std::string& space,
                                                    const std::vector<std::pair<NodeId, std::uint64_t>>& places) {
  return guarded("reading heads", [&] {
    std::vector<std::optional<Hash>> hashes;
    hashes.reserve(places.size());
    const SpaceRow* row = parts_->find(space);
    // A refill asks for every node of a space at once, so what is unsorted is looked through once and not for each.
    std::map<std::pair<NodeId, std::uint64_t>, Hash> unsorted;
    if (row && !row->unsorted.empty()) {
      const std::set<std::pair<NodeId, std::uint64_t>> asked(places.begin(), places.end());
      for (const UnsortedEntry& entry : row->unsorted) {
        const std::pair place(entry.head.node, entry.head.n);
        if (asked.count(place) != 0) unsorted.emplace(place, entry.head.hash);
      }
    }
    for (const auto& [node, n] : places) {
      auto& hash = hashes.emplace_back();
      if (n == 0) {
        hash = Hash{};
        continue;
      }
      if (!row || n > static_cast<std::uint64_t>(INT64_MAX)) continue;
      if (const auto at = unsorted.find({node, n}); at != unsorted.end()) {
        hash = at->second;
        continue;
      }
      // The head outlives the trimming of its entry.
      auto found = parts_->query(
          "SELECT CASE WHEN c.n = ?1 THEN c.hash ELSE (SELECT hash FROM entries e WHERE e.chain = c.id AND e.n = ?1) "
          "END "
          "FROM chains c WHERE c.space = ?2 AND c.node = ?3");
      if (!found.with(static_cast<std::int64_t>(n)).with(row->id).with(stored(node)).step()) continue;
      const auto bytes = found.bytes(0);
      if (!bytes.empty()) hash = digest<32>(bytes, space, bundle_place(node, n));
    }
    return hashes;
  });
}

std::vector<LogEntry> LogFile::chain(const std::string& space, NodeId node, std::uint64_t after_n,
                                     std::size_t bytes_max) {
  return guarded("reading a chain", [&] {
    std::vector<LogEntry> entries;
    const SpaceRow* row = parts_->find(space);
    if (!row || after_n >= static_cast<std::uint64_t>(INT64_MAX)) return entries;
    std::size_t bytes = 0;
    const auto add = [&](Query& rows) {
      const auto size = rows.bytes(5).size();
      if (!entries.empty() && bytes + size > bytes_max) return false;
      const auto place = bundle_place(node, static_cast<std::uint64_t>(rows.number(1)));
      auto entry = entry_of(rows, space, place);
      const bool first = entries.empty();
      if (first ? row->first_seq == 1 && entry.head.n != after_n + 1 : entry.head.n != entries.back().head.n + 1)
        corrupt(space, place, "the bundle before it is missing");
      entries.push_back(std::move(entry));
      bytes += size;
      return true;
    };
    auto sorted = parts_->query(
        "SELECT c.node, e.n, e.hash, e.acc, e.sum, e.envelope FROM chains c CROSS JOIN entries e ON e.chain = c.id "
        "WHERE c.space = ? AND c.node = ? AND e.n > ? ORDER BY e.n");
    sorted.with(row->id).with(stored(node)).with(static_cast<std::int64_t>(after_n));
    while (sorted.step()) {
      if (!add(sorted)) return entries;
    }
    for (const UnsortedEntry& entry : row->unsorted) {
      if (entry.head.node != node || entry.head.n <= after_n) continue;
      auto unsorted = parts_->query(unsorted_entry);
      if (!unsorted.with(entry.id).step()) corrupt(space, bundle_place(node, entry.head.n), "missing");
      if (!add(unsorted)) break;
    }
    return entries;
  });
}

}  // namespace tidemark::server
