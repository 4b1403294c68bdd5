// Salvage: a sound replica file out of what can be read of a damaged one.
//
// Bundles whose events still make their heads go over as they are, chain by chain up to the first that does not. Every
// other event that can be read goes over under its own stamp, and waits there for the relay: what its log has of it comes
// from there, in the form that was sealed; what it has not goes on as changes of this device. The new file has a node of its
// own, so that the old one may still be in use.
#pragma once

#include "client/replica.h"

namespace tidemark {

struct SalvageOptions {
  std::string space;  // if the file has lost its name; otherwise the file's own counts
  Random random = system_random;
  std::string vfs;           // SQLite VFS of the new file; empty for the default
  store::Progress progress;  // in pages
};

struct Salvaged {
  NodeId node;  // of the new file
  std::string space;
  std::uint64_t pages = 0;
  std::uint64_t damaged_pages = 0;
  std::uint64_t damaged_rows = 0;
  std::uint64_t bundles = 0;          // went over whole, parked ones included
  std::uint64_t damaged_bundles = 0;  // did not: damaged, or behind a damaged one of their node
  std::uint64_t events = 0;           // went over
  std::uint64_t loose = 0;            // of these, without their bundle
  std::uint64_t lost = 0;             // events that the file once had and that could not be read, at most
  std::uint64_t notes_lost = 0;       // links and metadata of changes that are not there any more
};

// `damaged` is only read; `out` must not exist. Errors space_unknown, nothing_found; throws StoreError not_found, exists,
// io_error, disk_full.
Result<Salvaged> salvage(const std::string& damaged, const std::string& out, const SalvageOptions& options = {});

}  // namespace tidemark
