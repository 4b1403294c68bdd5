#include "bench/counting.h"

#include <sqlite3.h>

#include <atomic>
#include <cstring>

#include "bench/allocations.h"
#include "tests/support/counting_vfs.h"

namespace tidemark::bench {
namespace {

struct Tally {
  std::atomic<bool> on = false;
  std::atomic<std::uint64_t> statements = 0;
  std::atomic<std::uint64_t> transactions = 0;
  std::atomic<std::uint64_t> allocations = 0;
  std::atomic<std::uint64_t> allocated_bytes = 0;
};
Tally tally;

int count_statement(unsigned, void*, void* statement, void* text) {
  // SQLite names a trigger's statements as comments.
  const char* sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
  ++tally.statements;
  if (std::strncmp(static_cast<const char*>(text), "--", 2) != 0 && sql != nullptr &&
      (sqlite3_strnicmp(sql, "COMMIT", 6) == 0 || sqlite3_strnicmp(sql, "END", 3) == 0))
    ++tally.transactions;
  return 0;
}

// Called by SQLite for every connection that opens.
int watch_connection(sqlite3* database, char**, const void*) {
  if (tally.on) sqlite3_trace_v2(database, SQLITE_TRACE_STMT, &count_statement, nullptr);
  return SQLITE_OK;
}

CountingVfs& counting_vfs() {
  static CountingVfs vfs("tidemark-bench");
  vfs.keeps_log = false;
  return vfs;
}

}  // namespace

void count_allocation(std::size_t size) {
  if (!tally.on.load(std::memory_order_relaxed)) return;
  tally.allocations.fetch_add(1, std::memory_order_relaxed);
  tally.allocated_bytes.fetch_add(size, std::memory_order_relaxed);
}

Counting::Counting() {
  using Entry = void (*)();
  sqlite3_auto_extension(reinterpret_cast<Entry>(&watch_connection));
  counting_vfs();
  tally.on = true;
  restart();
}

Counting::~Counting() {
  using Entry = void (*)();
  tally.on = false;
  sqlite3_cancel_auto_extension(reinterpret_cast<Entry>(&watch_connection));
}

const std::string& Counting::vfs() const { return counting_vfs().name(); }

void Counting::restart() {
  counting_vfs().clear();
  tally.statements = 0;
  tally.transactions = 0;
  tally.allocations = 0;
  tally.allocated_bytes = 0;
}

Counts Counting::counts() const {
  return {tally.statements,  tally.transactions, counting_vfs().syncs_of_all(), counting_vfs().written_bytes(),
          tally.allocations, tally.allocated_bytes};
}

void Counting::into(std::map<std::string, double>& counted, std::uint64_t units) const {
  const Counts now = counts();
  counted["statements"] = double(now.statements);
  counted["transactions"] = double(now.transactions);
  counted["syncs"] = double(now.syncs);
  counted["written bytes"] = double(now.written_bytes);
  counted["allocations a unit"] = double(now.allocations) / double(units);
}

}  // namespace tidemark::bench
