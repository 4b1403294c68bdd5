// Store: the cursor in the relay's log.
#include <algorithm>

#include "store/internal/cursors.h"
#include "store/internal/parts.h"

namespace tidemark::store {

namespace internal {

std::vector<std::uint64_t> too_dense(const std::vector<std::uint64_t>& seqs, std::uint64_t head) {
  std::vector<std::uint64_t> dense;
  int occupied = -1;  // the power of two whose oldest position we have seen; powers descend as positions ascend
  for (const std::uint64_t seq : seqs) {
    int power = 0;
    for (std::uint64_t distance = head - seq; distance > 0; distance >>= 1) ++power;
    if (power == occupied) dense.push_back(seq);
    occupied = power;
  }
  return dense;
}

void put_cursor(File& file, const Cursor& cursor) {
  const auto seq = static_cast<std::int64_t>(cursor.seq);
  file.put_meta("log", ByteView(cursor.log));
  file.put_meta("seq", seq);
  file.put_meta("acc", ByteView(cursor.acc));
  file.state.cursor = cursor;
  file.connection.query("INSERT OR REPLACE INTO cursors(log, seq, acc) VALUES(?, ?, ?)")
      .with(cursor.log, seq, cursor.acc)
      .run();
  std::vector<std::uint64_t> seqs;
  {
    Query row = file.connection.query("SELECT seq FROM cursors WHERE log = ? AND seq <= ? ORDER BY seq");
    for (row.with(cursor.log, seq); row.step();) seqs.push_back(static_cast<std::uint64_t>(row.integer(0)));
  }
  for (const std::uint64_t dense : too_dense(seqs, cursor.seq)) {
    file.connection.query("DELETE FROM cursors WHERE log = ? AND seq = ?")
        .with(cursor.log, static_cast<std::int64_t>(dense))
        .run();
  }
}

}  // namespace internal

std::optional<Cursor> Store::cursor() const {
  return internal::guarded(*parts_, "reading the cursor", [&] {
    parts_->refresh();
    return parts_->state.cursor;
  });
}

std::optional<Cursor> Store::remembered_cursor(const LogId& log, std::uint64_t at_most) const {
  return internal::guarded(*parts_, "reading a remembered cursor", [&]() -> std::optional<Cursor> {
    internal::Query row =
        parts_->connection.query("SELECT seq, acc FROM cursors WHERE log = ? AND seq <= ? ORDER BY seq DESC LIMIT 1");
    if (!row.with(log, static_cast<std::int64_t>(std::min<std::uint64_t>(at_most, INT64_MAX))).step())
      return std::nullopt;
    Cursor found{log, static_cast<std::uint64_t>(row.integer(0)), {}};
    const std::string acc = row.string(1);
    if (acc.size() != found.acc.size()) internal::throw_corrupt("a remembered cursor's digest has the wrong size");
    std::copy(acc.begin(), acc.end(), found.acc.begin());
    return found;
  });
}

void Store::reset_cursor(const std::optional<Cursor>& cursor) {
  internal::guarded(*parts_, "resetting the cursor", [&] {
    internal::Write write(*parts_);
    const bool same_log = cursor && parts_->state.cursor && cursor->log == parts_->state.cursor->log;
    // Positions in another log say nothing about this one.
    const std::int64_t kept = same_log ? static_cast<std::int64_t>(cursor->seq) : 0;
    parts_->connection.query("UPDATE bundles SET seq = NULL WHERE seq > ?").with(kept).run();
    if (cursor) {
      parts_->connection.query("DELETE FROM cursors WHERE log = ? AND seq > ?")
          .with(cursor->log, static_cast<std::int64_t>(cursor->seq))
          .run();
      internal::put_cursor(*parts_, *cursor);
    } else {
      parts_->connection.exec("DELETE FROM cursors");
      for (const char* key : {"log", "seq", "acc"}) parts_->drop_meta(key);
      parts_->state.cursor.reset();
    }
    write.commit();
  });
}

std::optional<LogId> Store::refill() const {
  return internal::guarded(*parts_, "reading the refill", [&] {
    parts_->refresh();
    return parts_->state.refill;
  });
}

void Store::set_refill(const std::optional<LogId>& log) {
  internal::guarded(*parts_, "keeping the refill", [&] {
    internal::Write write(*parts_);
    log ? parts_->put_meta("refill", ByteView(*log)) : parts_->drop_meta("refill");
    parts_->state.refill = log;
    write.commit();
  });
}

}  // namespace tidemark::store
