// File: an open replica file with what is remembered of it between transactions.
#pragma once

#include <cstdint>
#include <new>
#include <optional>
#include <string>

#include "hlc/clock.h"
#include "store/internal/connection.h"
#include "store/internal/encoding.h"
#include "store/internal/names.h"

namespace tidemark::store::internal {

// The few facts of table meta, and the current node.
struct State {
  std::string space;
  NodeId node;
  bool needs_new_node = false;
  Identity identity;
  std::optional<Stamp> last;  // greatest stamp issued or observed
  ClockCorrection correction;
  std::int64_t greatest_relay_ms = 0;
  std::optional<Cursor> cursor;
  std::optional<LogId> refill;
  std::int64_t last_row = 0;  // greatest row that `events` ever had
  bool aliases = true;        // false: no stamp was ever taken back here; sure in a writing transaction only
};

class File {
 public:
  File(const std::string& path, Connection::Open how, const Options& options);

  Connection connection;
  Names names;
  State state;
  Durability durability;
  std::int64_t noticed_version = 0;  // what changed_elsewhere compares with
  bool sync_failed = false;          // a sync failed: nothing is written any more

  // Reads the state anew if somebody else committed since it was read.
  void refresh();
  // Reads it anew at the next refresh() in any case.
  void distrust() { loaded_version_.reset(); }
  // Differs from every earlier one once anybody has written to the file. Only outside of a writing transaction.
  struct Version {
    std::int64_t of_others = 0;
    std::uint64_t own = 0;
    friend bool operator==(const Version& a, const Version& b) { return a.of_others == b.of_others && a.own == b.own; }
  };
  Version version();
  void count_write() { ++writes_; }

  void put_meta(const char* key, std::int64_t value);
  void put_meta(const char* key, const std::string& value);
  void put_meta(const char* key, ByteView value);
  void drop_meta(const char* key);
  // Persists state.last if `before` differs from it, or in any case; not needed where it is an own node's last_hlc.
  void put_clock(const std::optional<Stamp>& before);
  void put_clock();
  // Uses this correction from now on, and persists it.
  void put_correction(const ClockCorrection& correction);

 private:
  void load();
  std::optional<std::int64_t> loaded_version_;
  std::uint64_t writes_ = 0;  // transactions begun
};

// A writing transaction on a fresh state. Rolled back unless committed, and then nothing that was remembered counts.
class Write {
 public:
  explicit Write(File& file, bool sync = true);
  ~Write();
  Write(const Write&) = delete;
  Write& operator=(const Write&) = delete;
  void commit();

 private:
  File& file_;
  bool done_ = false;
};

// One snapshot for several statements. Inside another transaction it is that transaction's.
class Read {
 public:
  explicit Read(File& file);
  ~Read();
  Read(const Read&) = delete;
  Read& operator=(const Read&) = delete;

 private:
  File& file_;
  bool outermost_;
};

// Runs the body of a public function: whatever SQLite throws becomes the StoreError of `doing`.
template <class Body>
decltype(auto) guarded(File& file, const char* doing, Body&& body) {
  try {
    return body();
  } catch (const SQLite::Exception& exception) {
    rethrow(doing, exception, file.connection.system_error());
  } catch (const std::bad_alloc&) {
    throw StoreError(Failure::no_memory, doing, "memory is exhausted");
  }
}

}  // namespace tidemark::store::internal
