// The tables of relay.db and the steps from one version of them to the next.
#pragma once

#include <string>

namespace SQLite {
class Database;
}

namespace tidemark::server {

inline constexpr int log_application_id = 0x544D4B52;  // "TMKR", shown by file(1) and PRAGMA application_id
inline constexpr int log_schema_version = 2;

// Sets the connection up (write-ahead log, synchronous=FULL, both read back), makes durable what an earlier process or
// connection left in the write-ahead log, and brings the tables to log_schema_version in one transaction. `path` is for
// messages.
//
// Throws LogError not_a_log, newer_schema, io_error (the settings did not take), and SQLite::Exception.
void prepare_log(SQLite::Database& database, const std::string& path);

}  // namespace tidemark::server
