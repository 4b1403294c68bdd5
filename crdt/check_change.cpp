// What every change must keep to, whether it has texts of its own or shows those of others.
#include <algorithm>
#include <cstring>

#include "crdt/change.h"
#include "crdt/change_view.h"
#include "crdt/limits.h"
#include "crdt/utf8.h"

namespace tidemark {
namespace {

// True if all bytes are from 1 to 127, as in most names.
bool is_plain(std::string_view name) {
  constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
  constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
  std::uint64_t word = 0;
  for (; name.size() >= sizeof word; name.remove_prefix(sizeof word)) {
    std::memcpy(&word, name.data(), sizeof word);
    if (((word | (word - ones)) & high_bits) != 0) return false;  // what borrows is 0
  }
  return std::all_of(name.begin(), name.end(), [](char c) { return static_cast<signed char>(c) > 0; });
}

bool is_name(std::string_view name, std::size_t most) {
  if (name.empty() || name.size() > most) return false;
  return is_plain(name) || (name.find('\0') == std::string_view::npos && is_utf8(name));
}

std::optional<Error> check_name(std::string_view name, std::size_t most, const char* code, const char* field) {
  if (is_name(name, most)) return std::nullopt;
  std::string got = name.empty() ? "nothing" : "'" + excerpt(name) + "'";
  if (name.size() > most) got += ", " + std::to_string(name.size()) + " bytes";
  return Error{code, field, std::move(got), "1 to " + std::to_string(most) + " bytes of UTF-8 without NUL",
               "Choose another name."};
}

std::string counted(const char* noun, std::size_t index, const char* part) {
  return std::string(noun) + " " + std::to_string(index) + " " + part;
}

bool is_stamp(const Stamp& stamp) { return stamp.ms <= max_stamp_ms; }

Error bad_stamp(const Stamp& stamp, std::string field) {
  return {"bad_stamp", std::move(field), std::to_string(stamp.ms) + " ms", "a time before the year 10000",
          "Stamps end at 9999-12-31."};
}

Error not_canonical(std::string field, const char* got, const char* expected) {
  return {"not_canonical", std::move(field), got, expected, "Whoever made this change does not keep to the format."};
}

// Of a cell with its names in strings or in views.
template <class Cell>
std::optional<Error> check_names(const Cell& cell) {
  if (auto error = check_name(cell.entity, max_entity_bytes, "bad_entity", "entity")) return error;
  return check_name(cell.attribute, max_attribute_bytes, "bad_attribute", "attribute");
}

template <class Events>
std::optional<Error> check_events(const Events& events, Texts texts) {
  if (events.empty()) return Error{"no_events", "events", "none", "at least one write", "Leave empty changes out."};
  if (events.size() > max_change_events) {
    return Error{"too_many_events", "events", std::to_string(events.size()),
                 "at most " + std::to_string(max_change_events), "Split the change."};
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& cell = events[i].cell;
    // The events of a change tend to be of one entity.
    const int order = i > 0 ? compare_names(events[i - 1].cell.entity, cell.entity) : -1;
    const auto named = [&] { return (order == 0 || is_entity(cell.entity)) && is_attribute(cell.attribute); };
    if (texts == Texts::unknown && !named()) {
      Error error = *check_names(cell);
      error.field = "event " + std::to_string(i) + " " + error.field;
      return error;
    }
    const std::optional<Stamp>& base = events[i].base;
    if (base && !is_stamp(*base)) return bad_stamp(*base, counted("event", i, "base"));
    if (order > 0 || (order == 0 && compare_names(events[i - 1].cell.attribute, cell.attribute) >= 0)) {
      return not_canonical(counted("event", i, "cell"), "one that does not follow the one before it",
                           "ascending cells");
    }
  }
  return std::nullopt;
}

std::optional<Error> check_links(std::span<const Link> links) {
  if (links.size() > max_change_links) {
    return Error{"too_many_links", "links", std::to_string(links.size()), "at most " + std::to_string(max_change_links),
                 "Link to fewer changes."};
  }
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (links[i].kind > last_link_kind) return not_canonical(counted("link", i, "kind"), "an unknown kind", "0 to 3");
    if (!is_stamp(links[i].target)) return bad_stamp(links[i].target, counted("link", i, "target"));
    if (i > 0 && !(links[i - 1] < links[i])) {
      return not_canonical(counted("link", i, "target"), "one that does not follow the one before it",
                           "ascending links");
    }
  }
  return std::nullopt;
}

template <class Metadata>
std::optional<Error> check_members(const Metadata& metadata, Texts texts) {
  const std::size_t size =
      metadata.author.size() + metadata.source.size() + metadata.note.size() + metadata.json.size();
  if (size > max_metadata_bytes) {
    return Error{"metadata_too_large", "metadata", std::to_string(size) + " bytes",
                 "at most " + std::to_string(max_metadata_bytes) + " bytes in all", "Shorten it."};
  }
  if (metadata.json.size() > max_metadata_json_bytes) {
    return Error{"metadata_too_large", "metadata json", std::to_string(metadata.json.size()) + " bytes",
                 "at most " + std::to_string(max_metadata_json_bytes) + " bytes", "Shorten it."};
  }
  if (size == 0 || texts == Texts::judged) return std::nullopt;
  const struct {
    const char* field;
    std::string_view text;
  } members[] = {{"metadata author", metadata.author},
                 {"metadata source", metadata.source},
                 {"metadata note", metadata.note},
                 {"metadata json", metadata.json}};
  for (const auto& [field, text] : members) {
    if (!is_utf8(text)) return Error{"bad_utf8", field, "'" + excerpt(text) + "'", "UTF-8", "Encode it as UTF-8."};
  }
  return std::nullopt;
}

// Of a Change or a ChangeView.
template <class Change>
std::optional<Error> check(const Change& change, Texts texts) {
  if (!is_stamp(change.stamp)) return bad_stamp(change.stamp, "stamp");
  if (auto error = check_events(change.events, texts)) return error;
  if (auto error = check_links(change.links)) return error;
  return check_members(change.metadata, texts);
}

}  // namespace

bool is_entity(std::string_view name) { return is_name(name, max_entity_bytes); }
bool is_attribute(std::string_view name) { return is_name(name, max_attribute_bytes); }

std::optional<Error> check_cell(const Cell& cell) { return check_names(cell); }
std::optional<Error> check_metadata(const Metadata& metadata) { return check_members(metadata, Texts::unknown); }
std::optional<Error> check_change(const Change& change) { return check(change, Texts::unknown); }
std::optional<Error> check_change(const ChangeView& change, Texts texts) { return check(change, texts); }

}  // namespace tidemark
