// A replica file with some of everything in it, ways to damage it, and what it says, to compare.
#pragma once

#include <cstdint>
#include <random>
#include <set>
#include <string>

#include "client/replica.h"
#include "tests/engine/world.h"

namespace tidemark::test {

// Two devices that have synced: long values, metadata, links, deleted and concurrent writes. `patient` also holds a parked
// bundle, and unsealed changes, all of entity "late".
void fill(World& world);

std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

// Every event with its base and what its change says beside it, and every current value; a line each.
std::set<std::string> testimony(const store::Store& store);
std::set<std::string> events_of(const store::Store& store);  // only the events, with their values

// As a vandal with SQL would.
void run_sql(const std::string& path, const std::string& sql);
// Damages the closed file in a way that the number chooses, and says how.
std::string damage(const std::string& path, std::mt19937_64& random);

}  // namespace tidemark::test
