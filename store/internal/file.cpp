#include "store/internal/file.h"

#include <sqlite3.h>

#include <algorithm>

#include "store/wal.h"

namespace tidemark::store::internal {

namespace {

template <class Array>
Array array_of(const std::string& bytes, const char* what) {
  Array array{};
  if (bytes.size() != array.size()) throw_corrupt(std::string(what) + " has the wrong size");
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

}  // namespace

File::File(const std::string& path, Connection::Open how, const Options& options)
    : connection(path, how, options), names(connection), durability(options.durability) {}

void File::refresh() {
  const std::int64_t version = connection.pragma("PRAGMA data_version");
  if (loaded_version_ == version) return;
  load();
  loaded_version_ = version;
}

File::Version File::version() { return {connection.pragma("PRAGMA data_version"), writes_}; }

void File::load() {
  State fresh;
  std::optional<std::int64_t> seq;
  std::optional<LogId> log;
  std::optional<Hash> acc;
  Query rows = connection.query("SELECT key, value FROM meta");
  for (rows.with(); rows.step();) {
    const std::string key = rows.string(0);
    if (key == "space") fresh.space = rows.string(1);
    if (key == "needs_new_node") fresh.needs_new_node = rows.integer(1) != 0;
    if (key == "author") fresh.identity.author = rows.string(1);
    if (key == "source") fresh.identity.source = rows.string(1);
    if (key == "offset_ms") fresh.correction.offset_ms = rows.integer(1);
    if (key == "learned_ms") fresh.correction.learned_relay_ms = rows.integer(1);
    if (key == "relay_ms") fresh.greatest_relay_ms = rows.integer(1);
    if (key == "last_row") fresh.last_row = rows.integer(1);
    if (key == "log") log = array_of<LogId>(rows.string(1), "the log id");
    if (key == "seq") seq = rows.integer(1);
    if (key == "acc") acc = array_of<Hash>(rows.string(1), "the log's digest");
    if (key == "refill") fresh.refill = array_of<LogId>(rows.string(1), "the refill's log id");
    if (key == "clock") {
      fresh.last = parse_stamp(rows.string(1));
      if (!fresh.last) throw_corrupt("the stored clock is not a stamp");
    }
  }
  if (log && seq && acc) fresh.cursor = Cursor{*log, static_cast<std::uint64_t>(*seq), *acc};
  bool has_current = false;
  Query own = connection.query("SELECT node, current, last_hlc FROM nodes WHERE own = 1 OR current = 1");
  for (own.with(); own.step();) {
    const NodeId node = node_of_column(own.integer(0));
    if (own.integer(1) == 1) {
      fresh.node = node;
      has_current = true;
    }
    if (own.is_null(2)) continue;
    const Stamp last = stamp_of_columns(own.integer(2), node);
    if (!fresh.last || *fresh.last < last) fresh.last = last;
  }
  if (!has_current) throw_corrupt("the file has no current node");
  Query last = connection.query("SELECT max(id) FROM events");
  if (last.with().step() && !last.is_null(0)) fresh.last_row = std::max(fresh.last_row, last.integer(0));
  fresh.aliases = connection.query("SELECT 1 FROM aliases LIMIT 1").with().step();
  state = fresh;
}

void File::put_meta(const char* key, std::int64_t value) {
  connection.query("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)").with(key, value).run();
}

void File::put_meta(const char* key, const std::string& value) {
  connection.query("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)").with(key, value).run();
}

void File::put_meta(const char* key, ByteView value) {
  connection.query("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)").with(key, value).run();
}

void File::drop_meta(const char* key) { connection.query("DELETE FROM meta WHERE key = ?").with(key).run(); }

void File::put_clock(const std::optional<Stamp>& before) {
  if (state.last == before) return;
  put_clock();
}

void File::put_clock() { state.last ? put_meta("clock", to_string(*state.last)) : drop_meta("clock"); }

void File::put_correction(const ClockCorrection& correction) {
  state.correction = correction;
  put_meta("offset_ms", correction.offset_ms);
  put_meta("learned_ms", correction.learned_relay_ms);
}

Write::Write(File& file, bool sync) : file_(file) {
  if (file.sync_failed) {
    throw StoreError(Failure::io_error, "writing", "an earlier sync failed; close the file and open it again");
  }
  file.connection.sync_commits(sync);
  file.connection.query("BEGIN IMMEDIATE").with().run();
  file.count_write();
  try {
    file.refresh();
  } catch (...) {
    file.connection.try_run("ROLLBACK");
    throw;
  }
}

Write::~Write() {
  if (done_) return;
  if (file_.connection.in_transaction()) file_.connection.try_run("ROLLBACK");
  file_.names.forget();
  file_.distrust();
}

void Write::commit() {
  try {
    file_.connection.query("COMMIT").with().run();
  } catch (const SQLite::Exception& exception) {
    if (is_sync_failure(exception.getExtendedErrorCode())) {
      file_.sync_failed = true;
      distrust_wal(file_.connection.database().getHandle());
    }
    throw;
  }
  done_ = true;
}

Read::Read(File& file) : file_(file), outermost_(!file.connection.in_transaction()) {
  if (outermost_) file.connection.query("BEGIN").with().run();
}

Read::~Read() {
  if (outermost_ && file_.connection.in_transaction()) file_.connection.try_run("COMMIT");
}

}  // namespace tidemark::store::internal
