#include "sim/process.h"

#include <malloc.h>
#include <sqlite3.h>

namespace tidemark::sim {

void prepare_process() {
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  constexpr int keep_bytes = 256 * 1024 * 1024;
  mallopt(M_TRIM_THRESHOLD, keep_bytes);
  mallopt(M_MMAP_THRESHOLD, keep_bytes);
  mallopt(M_TOP_PAD, 16 * 1024 * 1024);
}

}  // namespace tidemark::sim
