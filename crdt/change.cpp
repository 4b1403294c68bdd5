#include "crdt/change.h"

#include <algorithm>
#include <array>

#include "crdt/limits.h"
#include "crdt/utf8.h"

namespace tidemark {
namespace {

constexpr std::array<std::string_view, 4> link_names = {"correlation", "causation", "undoes", "settles"};
static_assert(link_names.size() == static_cast<std::size_t>(last_link_kind) + 1);

// Nothing, or the reason why this cannot name an entity or an attribute.
bool is_name(std::string_view name, std::size_t most) {
  return !name.empty() && name.size() <= most && name.find('\0') == std::string_view::npos && is_utf8(name);
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

std::optional<Error> check_events(const std::vector<Event>& events) {
  if (events.empty()) return Error{"no_events", "events", "none", "at least one write", "Leave empty changes out."};
  if (events.size() > max_change_events) {
    return Error{"too_many_events", "events", std::to_string(events.size()),
                 "at most " + std::to_string(max_change_events), "Split the change."};
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    // The events of a change tend to be of one entity.
    const bool entity_known = i > 0 && events[i].cell.entity == events[i - 1].cell.entity;
    if (!(entity_known || is_name(events[i].cell.entity, max_entity_bytes)) ||
        !is_name(events[i].cell.attribute, max_attribute_bytes)) {
      Error error = *check_cell(events[i].cell);
      error.field = "event " + std::to_string(i) + " " + error.field;
      return error;
    }
    const std::optional<Stamp>& base = events[i].base;
    if (base && !is_stamp(*base)) return bad_stamp(*base, counted("event", i, "base"));
    if (i > 0 && !(events[i - 1].cell < events[i].cell)) {
      return not_canonical(counted("event", i, "cell"), "one that does not follow the one before it",
                           "ascending cells");
    }
  }
  return std::nullopt;
}

std::optional<Error> check_links(const std::vector<Link>& links) {
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

}  // namespace

std::string_view link_name(LinkKind kind) { return link_names[static_cast<std::size_t>(kind)]; }

std::optional<LinkKind> link_kind(std::string_view name) {
  const auto found = std::find(link_names.begin(), link_names.end(), name);
  if (found == link_names.end()) return std::nullopt;
  return static_cast<LinkKind>(found - link_names.begin());
}

std::optional<Error> check_cell(const Cell& cell) {
  if (auto error = check_name(cell.entity, max_entity_bytes, "bad_entity", "entity")) return error;
  return check_name(cell.attribute, max_attribute_bytes, "bad_attribute", "attribute");
}

std::optional<Error> check_metadata(const Metadata& metadata) {
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
  const struct {
    const char* field;
    const std::string& text;
  } members[] = {{"metadata author", metadata.author},
                 {"metadata source", metadata.source},
                 {"metadata note", metadata.note},
                 {"metadata json", metadata.json}};
  for (const auto& [field, text] : members) {
    if (!is_utf8(text)) return Error{"bad_utf8", field, "'" + excerpt(text) + "'", "UTF-8", "Encode it as UTF-8."};
  }
  return std::nullopt;
}

bool means_attribute(std::string_view pattern, std::string_view attribute) {
  if (pattern.empty() || pattern.back() != '*') return pattern == attribute;
  pattern.remove_suffix(1);
  return attribute.substr(0, pattern.size()) == pattern;
}

std::optional<Error> check_change(const Change& change) {
  if (!is_stamp(change.stamp)) return bad_stamp(change.stamp, "stamp");
  if (auto error = check_events(change.events)) return error;
  if (auto error = check_links(change.links)) return error;
  return check_metadata(change.metadata);
}

Result<Change> canonical_change(Draft draft) {
  std::vector<Write>& writes = draft.writes;
  std::stable_sort(writes.begin(), writes.end(), [](const Write& a, const Write& b) { return a.cell < b.cell; });
  Change change;
  change.events.reserve(writes.size());
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const bool overwritten = i + 1 < writes.size() && writes[i].cell == writes[i + 1].cell;
    if (!overwritten) change.events.push_back({std::move(writes[i].cell), std::move(writes[i].value), std::nullopt});
  }
  change.links = std::move(draft.links);
  std::sort(change.links.begin(), change.links.end());
  change.links.erase(std::unique(change.links.begin(), change.links.end()), change.links.end());
  change.metadata = std::move(draft.metadata);
  if (auto error = check_change(change)) return *std::move(error);
  return change;
}

}  // namespace tidemark
