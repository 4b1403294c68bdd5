#include "crdt/change.h"

#include <algorithm>
#include <array>

namespace tidemark {
namespace {

constexpr std::array<std::string_view, 4> link_names = {"correlation", "causation", "undoes", "settles"};
static_assert(link_names.size() == static_cast<std::size_t>(last_link_kind) + 1);

}  // namespace

std::string_view link_name(LinkKind kind) { return link_names[static_cast<std::size_t>(kind)]; }

std::optional<LinkKind> link_kind(std::string_view name) {
  const auto found = std::find(link_names.begin(), link_names.end(), name);
  if (found == link_names.end()) return std::nullopt;
  return static_cast<LinkKind>(found - link_names.begin());
}

bool means_attribute(std::string_view pattern, std::string_view attribute) {
  if (pattern.empty() || pattern.back() != '*') return pattern == attribute;
  pattern.remove_suffix(1);
  return attribute.substr(0, pattern.size()) == pattern;
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
