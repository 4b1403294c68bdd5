#include "crdt/merge_json.h"

#include <map>
#include <set>

#include "crdt/json.h"
#include "crdt/json_slices.h"
#include "crdt/merge_text.h"
#include "crdt/three_way.h"

namespace tidemark {
namespace {

void append_item(std::string& out, std::string_view item) {
  if (out.size() > 1) out += ',';
  out += item;
}

std::string unquoted(std::string_view token) { return *unquote_json(token); }

std::optional<std::string> merge_strings(std::string_view base, std::string_view winner, std::string_view loser) {
  const auto text = merge_text(unquoted(base), unquoted(winner), unquoted(loser));
  if (!text) return std::nullopt;
  return quote_json(*text);
}

// A key in the three objects. An empty value says that it is not there: no JSON value is empty text.
struct Member {
  std::string_view key, base, winner, loser;
};

std::optional<std::string> merge_objects(std::string_view base, std::string_view winner, std::string_view loser) {
  std::map<std::string, Member> members;  // by the key without quotes, whose order is the canonical one
  const auto collect = [&members](std::string_view object, std::string_view Member::*value) {
    for (const JsonMember& member : json_members(object)) {
      Member& entry = members[unquoted(member.key)];
      entry.key = member.key;
      entry.*value = member.value;
    }
  };
  collect(base, &Member::base);
  collect(winner, &Member::winner);
  collect(loser, &Member::loser);

  std::string merged = "{";
  for (const auto& [key, member] : members) {
    std::string value;
    if (const auto* side = changed_side(member.base, member.winner, member.loser)) {
      value = *side;
    } else {
      if (member.base.empty() || member.winner.empty() || member.loser.empty()) return std::nullopt;
      auto inner = merge_json(member.base, member.winner, member.loser);
      if (!inner) return std::nullopt;
      value = *std::move(inner);
    }
    if (!value.empty()) append_item(merged, std::string(member.key) + ':' + value);
  }
  return merged + '}';
}

std::optional<std::string> merge_arrays(std::string_view base_text, std::string_view winner_text,
                                        std::string_view loser_text) {
  const auto base_list = json_elements(base_text);
  const auto winner_list = json_elements(winner_text);
  const auto loser_list = json_elements(loser_text);
  const std::set<std::string_view> base(base_list.begin(), base_list.end());
  const std::set<std::string_view> winner(winner_list.begin(), winner_list.end());
  const std::set<std::string_view> loser(loser_list.begin(), loser_list.end());
  const bool are_sets =
      base.size() == base_list.size() && winner.size() == winner_list.size() && loser.size() == loser_list.size();
  if (!are_sets) return std::nullopt;

  std::string merged = "[";
  for (const std::string_view element : winner_list) {
    const bool removed = base.count(element) > 0 && loser.count(element) == 0;
    if (!removed) append_item(merged, element);
  }
  for (const std::string_view element : loser_list) {
    if (base.count(element) == 0 && winner.count(element) == 0) append_item(merged, element);
  }
  return merged + ']';
}

}  // namespace

std::optional<std::string> merge_json(std::string_view base, std::string_view winner, std::string_view loser) {
  if (const auto* side = changed_side(base, winner, loser)) return std::string(*side);
  if (base[0] != winner[0] || base[0] != loser[0]) return std::nullopt;
  switch (base[0]) {
    case '{':
      return merge_objects(base, winner, loser);
    case '[':
      return merge_arrays(base, winner, loser);
    case '"':
      return merge_strings(base, winner, loser);
    default:
      return std::nullopt;
  }
}

}  // namespace tidemark
