// Memory for SQLite in a process of one thread: pools, one for each size, that are never given back.
#pragma once

namespace tidemark::sim {

// Before the first database is opened. With AddressSanitizer it does nothing, so that every block is still watched.
void give_sqlite_pools();

}  // namespace tidemark::sim
