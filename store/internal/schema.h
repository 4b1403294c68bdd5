// The tables of the replica file and how they come to be. docs/storage-format.md says what every column means.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/internal/connection.h"

namespace tidemark::store::internal {

inline constexpr std::int64_t application_id = 0x7469646d;  // "tidm" in the file's header
inline constexpr int schema_version = 3;
// Measured with a real vault of notes: docs/storage-format.md has the figures.
inline constexpr int page_size = 4096;

// Lays the tables of the newest version into an empty file, inside the caller's transaction.
void lay_schema(Connection& connection);

// Brings a file of an older version to the newest one, in one transaction.
void migrate(Connection& connection);

// The names of tables, views, triggers and indexes of the newest version that the file lacks or has otherwise, and of
// triggers that are not ours. Other tables, views and indexes that somebody added are his business.
std::vector<std::string> schema_differences(Connection& connection);

}  // namespace tidemark::store::internal
