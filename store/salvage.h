// Remains: what can still be read of a replica file that is damaged, row by row, also where SQLite refuses it.
//
// Rows are taken as they stand and proven by nobody: whoever knows the bytes of bundles tells the sound ones by their
// heads. What has lost a name, or breaks a rule of its column, is counted and left out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/types.h"

namespace tidemark::store {

struct RemainingBundle {
  BundleRow row;                      // as the file has it; seq may be anything
  std::vector<Change> changes;        // of its events those that are left, ascending by stamp
  std::optional<std::string> reason;  // parked: why, and the bytes that were kept
  Bytes envelope;
};

struct RemainingNode {
  NodeId node;
  bool own = false;
  std::vector<RemainingBundle> bundles;  // ascending by n; rows that are lost leave gaps
  std::vector<Change> loose;             // in no bundle that is left, ascending by stamp
};

struct Remains {
  std::string space;                 // empty if it is lost
  std::optional<Stamp> clock;        // the greatest stamp that the file knew
  std::vector<RemainingNode> nodes;  // ascending
  std::uint64_t pages = 0;
  std::uint64_t damaged_pages = 0;
  std::uint64_t damaged_rows = 0;    // of any table
  std::uint64_t events = 0;          // in all of the above
  std::uint64_t doubtful_names = 0;  // that the file has in two ways
  std::uint64_t nameless = 0;        // events whose entity, attribute or node has no name any more
  std::uint64_t missing = 0;         // events that the file had and that are not among `events`, at most
  std::uint64_t notes_lost = 0;      // links and metadata of changes that are not there any more
};

// Reads the whole file and holds what it finds in memory. The file is not written, locked or migrated. Where a name stands
// in two ways, `prefer_index` takes that of the index instead of that of the table. Throws not_found, not_a_replica,
// io_error. Progress counts pages.
Remains read_remains(const std::string& path, bool prefer_index = false, const Progress& progress = {});

}  // namespace tidemark::store
