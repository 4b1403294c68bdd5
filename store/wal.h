// The write-ahead log as a file: makes sure that what stands in it is on the disk.
#pragma once

#include <string>

struct sqlite3;

namespace tidemark::store {

// Switches to a write-ahead log and gives the journal mode that SQLite chose: "wal", or "memory" for a database in memory.
// The switch is a transaction of its own which is committed only after the mode was told, so the answer alone can be wrong:
// a file that fell back to a rollback journal would commit without being durable. Throws SQLite::Exception.
std::string use_wal(sqlite3* database);

// True for the codes that say that a sync failed.
bool is_sync_failure(int extended_code);

// Closing the connection will not checkpoint, until rewrite_wal() says that the log can be trusted.
void distrust_wal(sqlite3* database);

// Writes the database's write-ahead log again, byte for byte in place, and syncs it; nothing if there is none. To be
// called when a file was opened, before anything is built on what it shows, told to others, or checkpointed.
//
// A process that died between writing a commit and syncing it left one that everybody sees and a loss of power would take
// back. After a failed sync it is worse: the system still shows what the disk lacks, no later sync says so ("Can
// Applications Recover from fsync Failures?", ATC 2020), and a checkpoint that trusts such a log and is interrupted leaves
// a torn file. Bytes that are written again are synced again; those that were durable already are not at risk, for the same
// reason for which a commit does not endanger its neighbours in a sector (SQLITE_IOCAP_POWERSAFE_OVERWRITE).
//
// Then the log is emptied into the file if nobody else is at it: else each start would have to do this with all of it again.
//
// Takes the write lock for so long, so the connection must be in no transaction. Cost: the size of the log. Throws
// SQLite::Exception.
void rewrite_wal(sqlite3* database);

}  // namespace tidemark::store
