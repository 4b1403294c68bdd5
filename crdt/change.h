// Events, the changes that carry them, and the checks every change passes before it is stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crdt/error.h"
#include "crdt/value.h"
#include "hlc/stamp.h"

namespace tidemark {

// One attribute of one entity.
struct Cell {
  std::string entity;     // UTF-8 without NUL, 1..max_entity_bytes
  std::string attribute;  // UTF-8 without NUL, 1..max_attribute_bytes
  friend bool operator==(const Cell& a, const Cell& b) { return a.entity == b.entity && a.attribute == b.attribute; }
  friend bool operator<(const Cell& a, const Cell& b) {
    const int order = a.entity.compare(b.entity);
    return order != 0 ? order < 0 : a.attribute < b.attribute;
  }
};

// The attribute whose value true marks its entity as deleted.
inline constexpr std::string_view deleted_attribute = "deleted";

// One attribute of one entity set to one value by one change.
struct Event {
  Cell cell;
  Value value;
  // Stamp of the value that the author saw in the cell when writing; none for a first write. It may
  // name an event that this replica does not know.
  std::optional<Stamp> base;
  friend bool operator==(const Event&, const Event&) = default;
};

// A typed pointer from a change to an earlier one. No part in last-write-wins.
enum class LinkKind : std::uint8_t { correlation = 0, causation = 1, undoes = 2, settles = 3 };
inline constexpr LinkKind last_link_kind = LinkKind::settles;
std::string_view link_name(LinkKind kind);  // "correlation", ...
std::optional<LinkKind> link_kind(std::string_view name);

struct Link {
  LinkKind kind = LinkKind::correlation;
  Stamp target;
  friend auto operator<=>(const Link&, const Link&) = default;
};

// What the app wants to say about a change. UTF-8, kept byte for byte, never interpreted.
struct Metadata {
  std::string author;
  std::string source;
  std::string note;
  std::string json;
  bool empty() const { return author.empty() && source.empty() && note.empty() && json.empty(); }
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

// One local transaction: events under one stamp, atomic everywhere.
// Canonical: events strictly ascend by cell (so a cell is written once), links strictly ascend.
struct Change {
  Stamp stamp;
  std::vector<Event> events;  // 1..max_change_events
  std::vector<Link> links;    // 0..max_change_links
  Metadata metadata;
  friend bool operator==(const Change&, const Change&) = default;
};

// A write that has no stamp yet.
struct Write {
  Cell cell;
  Value value;
};

// A change as the app describes it: the last write of a cell counts.
struct Draft {
  std::vector<Write> writes;
  std::vector<Link> links;
  Metadata metadata;
};

// True if the pattern is the attribute, or ends in * and the attribute begins with what stands before.
bool means_attribute(std::string_view pattern, std::string_view attribute);

// What may name an entity, or an attribute: the UTF-8 that a Cell asks for.
bool is_entity(std::string_view name);
bool is_attribute(std::string_view name);
// Nothing, or why the cell name is refused: bad_entity, bad_attribute.
std::optional<Error> check_cell(const Cell& cell);
// Nothing, or why it cannot be said of a change: metadata_too_large, bad_utf8. Whether the JSON is any is not asked.
std::optional<Error> check_metadata(const Metadata& metadata);
// Nothing, or why the change is not canonical or exceeds a limit: bad_entity, bad_attribute,
// too_many_events, no_events, not_canonical, bad_stamp, too_many_links, metadata_too_large, bad_utf8.
std::optional<Error> check_change(const Change& change);

// Sorts the writes by cell, keeps the last of each, sorts the links and drops doubles, and checks the
// result. The stamp and the bases stay empty for the store to fill.
Result<Change> canonical_change(Draft draft);

// True for the 36-character lower-case form of a UUID (RFC 9562), whatever its version.
bool is_canonical_uuid(std::string_view text);
// A version 7 UUID (RFC 9562): 48 bits of ms, the rest from `random` (10 bytes). Not monotonic
// within a millisecond; nothing may depend on its order.
std::string make_uuid_v7(std::int64_t wall_ms, const std::uint8_t (&random)[10]);

}  // namespace tidemark
