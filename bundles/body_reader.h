// Reads the inside of a bundle from hostile bytes. Internal to this folder.
#pragma once

#include <optional>
#include <vector>

#include "bundles/bundle_view.h"
#include "bundles/header.h"
#include "bundles/layout.h"

namespace tidemark::layout {

// The reader's side of the dictionaries.
template <class Entry>
class Entries {
 public:
  void reserve(std::size_t entries) { entries_.reserve(entries); }
  void add(Entry entry) { entries_.push_back(entry); }
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

// Reads part after part into the view it builds, and judges on the way whether an encoder would write it so. Each step
// returns the first error it meets.
class BodyReader {
 public:
  // The reader stands after the header and ends before the trailer; both must outlive this.
  BodyReader(Reader& reader, const BundleHeader& header) : reader_(reader), header_(header) {}

  Result<BundleView> read();

 private:
  // The columns of events, each with exactly the bytes of its elements.
  struct Columns {
    Reader entities, attributes, types, booleans, integers, reals, sizes, payloads, bases, base_ms, base_counters;
  };

  std::optional<Error> read_stamps();
  std::optional<Error> read_event_counts();
  std::optional<Error> read_entities();
  std::optional<Error> read_attributes();
  std::optional<Error> read_nodes();
  std::optional<Error> find_cells();
  std::optional<Error> find_values();
  std::optional<Error> find_bases();
  std::optional<Error> read_events();
  std::optional<Error> read_links();
  std::optional<Error> read_metadata();
  std::optional<Error> check_end();

  // Once an event: false leaves what is wrong in event_error_.
  bool read_event(EventView& event, const Stamp& own);
  bool judge(EventView& event, std::string_view payload);
  bool refuse(Error error);

  // Of the stamp that an event or a link of a change names. False if it is no possible one.
  static bool read_ms(Reader& column, Stamp& target, const Stamp& own) {
    constexpr auto limit = static_cast<std::int64_t>(max_stamp_ms);
    const std::int64_t distance = unzigzag(column.varint());
    if (distance < -limit || distance > limit) return false;
    const std::int64_t ms = static_cast<std::int64_t>(own.ms) - distance;
    target.ms = static_cast<std::uint64_t>(ms);
    return ms >= 0 && ms <= limit;
  }
  static bool read_counter(Reader& column, Stamp& target) {
    const std::uint64_t counter = column.varint();
    target.counter = static_cast<std::uint16_t>(counter);
    return counter <= UINT16_MAX;
  }

  // After a column: did its bytes suffice, and were its numbers well formed?
  std::optional<Error> column_end(const char* column) const { return column_end(reader_, column); }
  static std::optional<Error> column_end(const Reader& reader, const char* column);
  static Error bad_use(const Reader& reader, const char* column);
  static Error bad_stamp(const Reader& reader, const char* column);

  Reader& reader_;
  const BundleHeader& header_;
  BundleView view_;
  std::vector<std::uint32_t> event_counts_;  // of each change
  Columns columns_;
  bool ascii_ = false;  // all the payloads are, so texts need no closer look
  std::optional<Error> event_error_;
  Entries<std::string_view> entities_, attributes_;
  Entries<NodeId> nodes_;
  Texts texts_ = Texts::judged;  // unknown as soon as one is not as it should be, which check_end then finds
};

}  // namespace tidemark::layout
