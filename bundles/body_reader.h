// Reads the inside of a bundle from hostile bytes. Internal to this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bundles/header.h"

namespace tidemark::layout {

// The reader's side of the dictionaries.
template <class Entry>
class Entries {
 public:
  void add(Entry entry) { entries_.push_back(std::move(entry)); }
  // The entry that a use means, or null if there is none.
  const Entry* resolve(std::uint64_t use) {
    if (use == 0) return used_ < entries_.size() ? &entries_[used_++] : nullptr;
    return use <= used_ ? &entries_[used_ - use] : nullptr;
  }
  // For entries that count as used before the first column.
  void mark_used() { used_ = entries_.size(); }
  bool all_used() const { return used_ == entries_.size(); }

 private:
  std::vector<Entry> entries_;
  std::size_t used_ = 0;
};

// Reads column after column into the bundle it builds. Each step returns the first error it meets.
class BodyReader {
 public:
  // The reader stands after the header and ends before the trailer; both must outlive this.
  BodyReader(Reader& reader, const BundleHeader& header) : reader_(reader), header_(header) {}

  // Not every second form is found here: equal dictionary entries, for one, show only when encoded again.
  Result<Bundle> read();

 private:
  // An event and the change it is in, so that columns of events run over one flat list.
  struct Slot {
    const Change* change;
    Event* event;
    ValueType type = ValueType::null;
  };

  std::optional<Error> read_stamps();
  std::optional<Error> read_event_counts();
  std::optional<Error> read_dictionaries();
  std::optional<Error> read_cells();
  std::optional<Error> read_values();
  std::optional<Error> read_bases();
  std::optional<Error> read_links();
  std::optional<Error> read_metadata();
  std::optional<Error> check_end();

  std::optional<Error> set_value(const Slot& slot, ByteView payload);
  bool read_ms(Stamp& target, const Stamp& own);
  bool read_counter(Stamp& target);

  // After a column: did its bytes suffice, and were its numbers well formed?
  std::optional<Error> column_end(const char* column) const;
  std::optional<Error> bad_use(const char* column) const;
  std::optional<Error> bad_stamp(const char* column) const;

  Reader& reader_;
  const BundleHeader& header_;
  Bundle bundle_;
  std::vector<Slot> slots_;
  Entries<std::string> entities_, attributes_;
  Entries<NodeId> nodes_;
};

}  // namespace tidemark::layout
