// Picture: what a device's file holds, by our own reading of its events, one after the other.
//
// It judges nothing. What a sound file never says is noted, and the reading ends there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/written.h"
#include "store/store.h"

namespace tidemark::sim {

// The note of changes that write again what was written before: undos, settlements, earlier versions.
inline constexpr const char* again_note = "again";

// True if a change that says this wrote again what was written before: it tells nothing of the change that wrote it first.
bool writes_again(const Metadata& said);

struct Picture {
  struct Winner {
    Stamp stamp;
    Value value;
  };

  Written::Origins origins;              // of the events, ascending as the store gives them
  std::map<Cell, Winner> winners;        // by the greatest stamp, then the greatest value
  std::string events;                    // all of them in full, to compare
  std::optional<Stamp> last;             // the greatest
  std::optional<std::string> unwritten;  // an event that nobody wrote
  std::optional<std::string> twice;      // one that is there twice, and not because its node is forked

  // The changes of which something is there.
  ChangeSet changes() const { return Written::changes_of(origins); }
  // A change of which not all is there. One may be there twice, of two copies of a file.
  std::optional<std::uint32_t> partial(const Written& written) const;
};

// Throws what the store throws.
Picture read_picture(store::Store& store, const Written& written);

}  // namespace tidemark::sim
