// Archive: a file of a year's work by many, and a list of what was written to it, short enough to be counted by hand.
//
// Six authors write notes, one of them now and then; files are imported in groups; an assistant answers changes of people and
// says why; some notes are deleted. TIDEMARK_EVENTS says how many events, else a million; it is the same at each making.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/replica.h"
#include "tests/support/temp_dir.h"

namespace tidemark::test {

// A change as a line of the list: enough to say what its draft was.
struct Entry {
  std::int64_t ms = 0;
  std::uint32_t note = 0;    // its entity's number
  std::uint32_t group = 0;   // of an import: the entry that begins the group
  std::uint32_t answer = 0;  // of the assistant: the entry that it answers
  std::uint8_t author = 0;
  enum class Kind : std::uint8_t { edit, import, suggestion, deletion } kind = Kind::edit;
};

class Archive {
 public:
  Archive();
  Archive(const Archive&) = delete;

  std::string path() const { return directory_ / "archive.tidemark"; }
  const std::vector<Entry>& entries() const { return entries_; }
  std::uint64_t events() const { return events_; }

  Draft draft(std::uint32_t number) const;
  Stamp stamp(std::uint32_t number) const;
  static std::string note(std::uint32_t number);
  static std::string author(std::uint8_t number);

 private:
  TempDir directory_;
  std::vector<Entry> entries_;
  std::uint64_t events_ = 0;
};
const Archive& archive();

}  // namespace tidemark::test
