#include "server/log_file.h"

#include <sodium.h>

#include <algorithm>

#include "bundles/chain.h"
#include "hlc/assert.h"
#include "server/internal/log_rows.h"
#include "server/log_schema.h"

namespace tidemark::server {
namespace {

constexpr int busy_timeout_ms = 5'000;  // an operator's own query on the file

// A plan with more than this is sorted in at once.
constexpr std::size_t unsorted_plan_entries_max = 128;
constexpr std::size_t unsorted_plan_bytes_max = 16 * 1024;

LogFailure failure_of(int sqlite_code) {
  switch (sqlite_code & 0xFF) {
    case 1:
      return LogFailure::corrupt;  // SQLITE_ERROR: our statements are right, so the tables are not ours any more
    case 5:
      return LogFailure::busy;  // SQLITE_BUSY
    case 6:
      return LogFailure::busy;  // SQLITE_LOCKED
    case 7:
      return LogFailure::no_memory;  // SQLITE_NOMEM
    case 8:
      return LogFailure::read_only;  // SQLITE_READONLY
    case 11:
      return LogFailure::corrupt;  // SQLITE_CORRUPT
    case 13:
      return LogFailure::full;  // SQLITE_FULL
    case 19:
      return LogFailure::refused;  // SQLITE_CONSTRAINT
    case 26:
      return LogFailure::not_a_log;  // SQLITE_NOTADB
    default:
      return LogFailure::io_error;
  }
}

}  // namespace

void rethrow(const SQLite::Exception& exception, const std::string& doing) {
  const int known = exception.getExtendedErrorCode();
  const int sqlite_code = known > 0 ? known : 10;  // SQLITE_IOERR
  throw LogError(failure_of(sqlite_code), doing, exception.what(), sqlite_code);
}

void corrupt(const std::string& space, const std::string& place, const std::string& detail) {
  throw LogError(LogFailure::corrupt, place + " of space \"" + space + "\"", detail);
}

std::int64_t envelope_sum(ByteView envelope) {
  static_assert(crypto_shorthash_BYTES == 8);
  constexpr unsigned char key[crypto_shorthash_KEYBYTES] = {};
  unsigned char sum[crypto_shorthash_BYTES];
  crypto_shorthash(sum, envelope.data(), envelope.size(), key);
  std::uint64_t number = 0;
  for (const unsigned char byte : sum) number = number << 8 | byte;
  return static_cast<std::int64_t>(number);
}

LogFile::Parts::Parts(const std::string& path, const std::string& vfs)
    : database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_timeout_ms, vfs) {
  prepare_log(database, path);
  auto greatest = query("SELECT ifnull(max(time_ms), 0) FROM spaces");
  greatest.step();
  time_ms = greatest.number(0);
}

const SpaceRow* LogFile::Parts::find(const std::string& space) {
  if (const auto at = unsorted.find(space); at != unsorted.end()) return &at->second;
  auto row = find_sorted(space);
  if (!row) return nullptr;
  found = *std::move(row);
  return &found;
}

std::optional<SpaceRow> LogFile::Parts::find_sorted(const std::string& space) {
  auto row = query("SELECT id, log, end_seq, end_acc, first_seq, first_acc FROM spaces WHERE name = ?");
  if (!row.with(space).step()) return std::nullopt;
  SpaceRow known;
  known.id = row.number(0);
  known.log = digest<16>(row.bytes(1), space, "log id");
  known.end.seq = static_cast<std::uint64_t>(row.number(2));
  known.end.acc = digest<32>(row.bytes(3), space, "end");
  known.first_seq = static_cast<std::uint64_t>(row.number(4));
  known.first_acc = digest<32>(row.bytes(5), space, "beginning");
  return known;
}

LogFile::LogFile(const std::string& path, const std::string& vfs) {
  try {
    parts_ = std::make_unique<Parts>(path, vfs);
  } catch (const SQLite::Exception& exception) {
    rethrow(exception, "opening " + path);
  }
}

LogFile::~LogFile() = default;

void LogFile::begin() {
  guarded("beginning a transaction", [&] {
    parts_->query("BEGIN IMMEDIATE").run();
    if (!parts_->unsorted_loaded) parts_->load_unsorted();
  });
}

void LogFile::commit() {
  guarded("committing", [&] { parts_->query("COMMIT").run(); });
}

void LogFile::rollback() noexcept {
  parts_->database.tryExec("ROLLBACK");
  parts_->unsorted_loaded = false;
}

SpaceState LogFile::load(const std::string& space, const LogId& fresh) {
  return guarded("loading a space", [&] {
    const SpaceRow* row = parts_->find(space);
    if (!row) {
      constexpr Hash zeros{};
      parts_
          ->query(
              "INSERT INTO spaces(name, log, end_seq, end_acc, first_seq, first_acc, time_ms) VALUES(?,?,0,?,1,?,0)")
          .with(space)
          .with(ByteView(fresh))
          .with(ByteView(zeros))
          .with(ByteView(zeros))
          .run();
      row = parts_->find(space);
      TIDEMARK_ASSERT(row);
      if (row->id >= log_spaces_max) {
        parts_->query("DELETE FROM spaces WHERE id = ?").with(row->id).run();
        throw LogError(LogFailure::full, "creating a space", "the log holds as many spaces as it can");
      }
    }
    if (row->end.seq >= row->first_seq) {
      auto last = parts_->query("SELECT acc FROM entries WHERE id = ?");
      if (!last.with(entry_key(row->id, row->end.seq)).step()) corrupt(space, entry_place(row->end.seq), "missing");
      if (digest<32>(last.bytes(0), space, entry_place(row->end.seq)) != row->end.acc) {
        corrupt(space, entry_place(row->end.seq), "its acc is not the one that the space ends at");
      }
    }
    std::map<NodeId, Head> heads;
    auto rows = parts_->query("SELECT node, n, hash FROM chains WHERE space = ?");
    rows.with(row->id);
    while (rows.step()) {
      const NodeId node = loaded_node(rows.number(0));
      heads[node] = {node, static_cast<std::uint64_t>(rows.number(1)), digest<32>(rows.bytes(2), space, "a head")};
    }
    Position at = row->end;
    for (const UnsortedEntry& entry : row->unsorted) {
      at = {at.seq + 1, next_acc(at.acc, entry.head)};
      if (entry.seq != at.seq) corrupt(space, entry_place(at.seq), "missing");
      if (entry.acc != at.acc) corrupt(space, entry_place(at.seq), "its acc does not follow from the entry before it");
      heads[entry.head.node] = entry.head;
    }
    SpaceState state{row->log, at, row->first_seq, {}, parts_->time_ms};
    for (const auto& [node, head] : heads) state.heads.push_back(head);
    return state;
  });
}

bool LogFile::append(const SpacePlan& plan) {
  return guarded("appending entries", [&] {
    Position end = plan.from;
    std::size_t bytes = 0;
    for (const auto& entry : plan.entries) {
      TIDEMARK_ASSERT(entry.envelope && entry.acc_after == next_acc(end.acc, entry.head));
      end = {end.seq + 1, entry.acc_after};
      bytes += entry.envelope->size();
    }
    if (end.seq > log_seq_max)
      throw LogError(LogFailure::full, "appending entries", "the log of this space is at its end");
    const SpaceRow* row = parts_->find(plan.space);
    if (!row || !(row->last() == plan.from)) return false;
    // What fills pages of its own gains nothing by being written twice.
    const bool many = plan.entries.size() > unsorted_plan_entries_max || bytes > unsorted_plan_bytes_max;
    if (many) {
      parts_->sort_in(plan.space);
      parts_->append_sorted(plan);
    } else {
      parts_->append_unsorted(plan);
    }
    parts_->time_ms = std::max(parts_->time_ms, plan.time_ms);
    return true;
  });
}

void LogFile::Parts::append_sorted(const SpacePlan& plan) {
  const std::int64_t space = find(plan.space)->id;
  std::map<NodeId, Head> last;
  for (const auto& entry : plan.entries) last[entry.head.node] = entry.head;
  const auto chains =
      move_end(space, {plan.from.seq + plan.entries.size(), plan.entries.back().acc_after}, plan.time_ms, last);
  std::uint64_t seq = plan.from.seq;
  for (const auto& entry : plan.entries) {
    query("INSERT INTO entries(id, chain, n, hash, acc, sum, envelope) VALUES(?,?,?,?,?,?,?)")
        .with(entry_key(space, ++seq))
        .with(chains.at(entry.head.node))
        .with(static_cast<std::int64_t>(entry.head.n))
        .with(ByteView(entry.head.hash))
        .with(ByteView(entry.acc_after))
        .with(envelope_sum(*entry.envelope))
        .with(ByteView(*entry.envelope))
        .run();
  }
}

std::map<NodeId, std::int64_t> LogFile::Parts::move_end(std::int64_t space, const Position& end, std::int64_t time,
                                                        const std::map<NodeId, Head>& heads) {
  query("UPDATE spaces SET end_seq = ?, end_acc = ?, time_ms = max(time_ms, ?) WHERE id = ?")
      .with(static_cast<std::int64_t>(end.seq))
      .with(ByteView(end.acc))
      .with(time)
      .with(space)
      .run();
  std::map<NodeId, std::int64_t> chains;
  for (const auto& [node, head] : heads) {
    auto upsert = query(
        "INSERT INTO chains(space, node, n, hash) VALUES(?,?,?,?) "
        "ON CONFLICT(space, node) DO UPDATE SET n = excluded.n, hash = excluded.hash RETURNING id");
    upsert.with(space).with(stored(node)).with(static_cast<std::int64_t>(head.n)).with(ByteView(head.hash)).step();
    chains[node] = upsert.number(0);
    upsert.step();
  }
  return chains;
}

std::size_t LogFile::unsorted() const { return parts_->unsorted_entries; }

void LogFile::sort_in() {
  guarded("sorting entries in", [&] { parts_->sort_in(); });
}

void LogFile::mend(const std::string& space, const Head& head, ByteView envelope) {
  guarded("mending an entry", [&] {
    parts_->sort_in(space);
    const SpaceRow* row = parts_->find(space);
    if (!row) return;
    auto entry = parts_->query(
        "SELECT e.id, e.sum, e.envelope FROM chains c CROSS JOIN entries e ON e.chain = c.id "
        "WHERE c.space = ? AND c.node = ? AND e.n = ? AND e.hash = ?");
    entry.with(row->id).with(stored(head.node)).with(static_cast<std::int64_t>(head.n)).with(ByteView(head.hash));
    if (!entry.step() || envelope_sum(entry.bytes(2)) == entry.number(1)) return;
    const std::int64_t id = entry.number(0);
    parts_->query("UPDATE entries SET sum = ?, envelope = ? WHERE id = ?")
        .with(envelope_sum(envelope))
        .with(envelope)
        .with(id)
        .run();
  });
}

void LogFile::trim(const std::string& space, std::uint64_t up_to) {
  guarded("trimming", [&] {
    parts_->sort_in(space);
    const SpaceRow* row = parts_->find(space);
    if (!row) return;
    up_to = std::min(up_to, row->end.seq);
    if (up_to < row->first_seq) return;
    const auto acc = acc_at(space, up_to);
    parts_->query("UPDATE spaces SET first_seq = ?, first_acc = ? WHERE id = ?")
        .with(static_cast<std::int64_t>(up_to + 1))
        .with(ByteView(*acc))
        .with(row->id)
        .run();
    parts_->query("DELETE FROM entries WHERE id BETWEEN ? AND ?")
        .with(entry_key(row->id, row->first_seq))
        .with(entry_key(row->id, up_to))
        .run();
  });
}

}  // namespace tidemark::server
