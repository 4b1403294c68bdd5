// A change whose names, values and texts lie in bytes of somebody else, such as a bundle's.
//
// The members are those of Change and of what it holds, and mean the same. Valid while the bytes are, and the arrays that
// the spans show.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "crdt/change.h"
#include "crdt/value_view.h"

namespace tidemark {

// Like a.compare(b). What is compared tends to be one text in one place, or to differ in the first byte.
inline int compare_names(std::string_view a, std::string_view b) {
  if (a.data() == b.data() && a.size() == b.size()) return 0;
  if (!a.empty() && !b.empty() && a.front() != b.front()) {
    return static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front()) ? -1 : 1;
  }
  return a.compare(b);
}

struct CellView {
  std::string_view entity;
  std::string_view attribute;
};

struct EventView {
  CellView cell;
  ValueView value;
  std::optional<Stamp> base;
};

struct MetadataView {
  std::string_view author;
  std::string_view source;
  std::string_view note;
  std::string_view json;
};

struct ChangeView {
  Stamp stamp;
  std::span<const EventView> events;
  std::span<const Link> links;
  MetadataView metadata;
};

// Whoever reads many changes that share names and texts judges each of them once.
enum class Texts { judged, unknown };
// As for a Change. Texts::judged promises that is_entity, is_attribute and is_utf8 hold for the names and the metadata.
std::optional<Error> check_change(const ChangeView& change, Texts texts);

// The same with texts of its own.
Change to_change(const ChangeView& view);

}  // namespace tidemark
