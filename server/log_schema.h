// The tables of relay.db and the steps from one version of them to the next.
#pragma once

#include <string>

namespace SQLite {
class Database;
}

namespace tidemark::server {

inline constexpr int log_application_id = 0x544D4B52;  // "TMKR", shown by file(1) and PRAGMA application_id
inline constexpr int log_schema_version = 1;

// Sets the connection up (write-ahead log, synchronous=FULL, both read back) and brings the tables to
// log_schema_version in one transaction. It ends with a synced commit in any case, so that afterwards nothing is in the
// write-ahead log that has not been synced: what a killed predecessor wrote but never synced may not be served as
// durable. `path` is for messages.
//
// `sync_failed`: a sync of this file failed before. What the system still shows of the write-ahead log may then not be on
// the disk, and no later sync of it would say so ("Can Applications Recover from fsync Failures?", ATC 2020). So all of it
// must have been copied into the file, with a sync that worked, before anything is read: else LogError busy.
//
// Throws LogError not_a_log, newer_schema, io_error (the settings did not take), and SQLite::Exception.
void prepare_log(SQLite::Database& database, const std::string& path, bool sync_failed = false);

}  // namespace tidemark::server
