#include "sim/winners.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "crdt/columns.h"
#include "crdt/merge.h"

namespace tidemark::sim {
namespace {

constexpr std::size_t value_columns_max = 40;
constexpr std::size_t cell_columns_max = 40;

struct Entry {
  Claim claim;
  std::optional<Stamp> base;
};

bool stronger(const Entry& a, const Entry& b) {
  return wins(a.claim.stamp, a.claim.value, b.claim.stamp, b.claim.value);
}

bool same(const Entry& a, const Entry& b) { return a.claim.stamp == b.claim.stamp && a.claim.value == b.claim.value; }

// The stamps that the author of `entry` had seen: its base, the base of that, and so on.
std::set<Stamp> seen_by(const Entry& entry, const std::vector<Entry>& entries) {
  std::set<Stamp> seen;
  std::vector<Stamp> waiting;
  if (entry.base) waiting.push_back(*entry.base);
  while (!waiting.empty()) {
    const Stamp next = waiting.back();
    waiting.pop_back();
    if (!seen.insert(next).second) continue;
    for (const Entry& other : entries) {
      if (other.claim.stamp == next && other.base) waiting.push_back(*other.base);
    }
  }
  return seen;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i)
    out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return out;
}

std::string possessive(const std::string& name) { return name + "'s"; }

std::string seen_reason(const Claim& winner, const std::vector<Loser>& losers) {
  std::vector<std::string> authors;
  for (const Loser& loser : losers) {
    const std::string name = loser.author == winner.author ? "its own" : possessive(loser.author);
    if (std::find(authors.begin(), authors.end(), name) == authors.end()) authors.push_back(name);
  }
  if (authors.size() == 1 && authors.front() == "its own") return winner.author + " replaced its own value";
  return winner.author + " had seen " + joined(authors) +
         (losers.size() == 1 ? " value and replaced it" : " values and replaced them");
}

// Why the law prefers the winner to a value that its author had not seen.
std::string law_reason(const Claim& winner, const Claim& loser) {
  const std::string self = winner.author == loser.author ? " (in another copy)" : "";
  if (winner.stamp.ms != loser.stamp.ms) {
    const bool date = winner.stamp.ms / 86'400'000 != loser.stamp.ms / 86'400'000;
    return winner.author + self + " wrote later: " + time_of(winner.stamp, date) + " against " +
           time_of(loser.stamp, date);
  }
  if (winner.stamp.counter != loser.stamp.counter) {
    return "same millisecond: " + winner.author + self + " has the higher counter, " +
           std::to_string(winner.stamp.counter) + " against " + std::to_string(loser.stamp.counter);
  }
  if (winner.stamp.node != loser.stamp.node)
    return "same millisecond, same counter: " + possessive(winner.author) + " node id is greater";
  return "same stamp twice, which only a copied file or a hostile device makes: the greater bytes win";
}

std::string reason_of(const CellStory& story) {
  if (story.losers.empty()) return "only write";
  const auto unseen =
      std::find_if(story.losers.begin(), story.losers.end(), [](const Loser& l) { return !l.seen_by_winner; });
  return unseen == story.losers.end() ? seen_reason(story.winner, story.losers) : law_reason(story.winner, *unseen);
}

CellStory story_of(const Cell& cell, std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(), stronger);
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
  CellStory story{cell, entries.front().claim, {}, {}};
  std::vector<std::set<Stamp>> seen;
  seen.reserve(entries.size());
  for (const Entry& entry : entries) seen.push_back(seen_by(entry, entries));
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const Claim& claim = entries[i].claim;
    Loser loser{claim, seen.front().count(claim.stamp) > 0, false};
    const bool replaced =
        std::any_of(seen.begin(), seen.end(), [&](const auto& one) { return one.count(claim.stamp) > 0; });
    loser.hidden_update = !replaced && !(claim.value == story.winner.value);
    story.losers.push_back(std::move(loser));
  }
  story.reason = reason_of(story);
  return story;
}

std::string name_of(const Cell& cell) { return cell.entity + "." + cell.attribute; }

// --- text ------------------------------------------------------------------------------------------------------------

using Row = std::vector<std::string>;

std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += padded(row[i], widths[i] + 2);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

Row row_of(const std::string& first, const Claim& claim, std::string last) {
  return {cut_to(printable(first), cell_columns_max), printable(claim.author),
          cut_to(printable(claim.value.to_json()), value_columns_max), time_of(claim.stamp, true), std::move(last)};
}

// --- JSON ------------------------------------------------------------------------------------------------------------

using Json = nlohmann::ordered_json;

Json json_of(const Cell& cell) { return {{"entity", cell.entity}, {"attribute", cell.attribute}}; }

Json json_of(const Claim& claim) {
  Json json{{"author", claim.author}, {"value", Json::parse(claim.value.to_json())}, {"stamp", to_string(claim.stamp)}};
  if (!claim.op.empty()) json["op"] = claim.op;
  return json;
}

std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

std::vector<CellStory> explain(const std::vector<Authored>& changes) {
  std::map<Cell, std::vector<Entry>> cells;
  for (const Authored& one : changes) {
    for (const Event& event : one.change.events)
      cells[event.cell].push_back({{one.author, event.value, one.change.stamp, one.op}, event.base});
  }
  std::vector<CellStory> stories;
  stories.reserve(cells.size());
  for (auto& [cell, entries] : cells) stories.push_back(story_of(cell, std::move(entries)));
  return stories;
}

std::vector<LostUpdate> lost_updates(const std::vector<CellStory>& stories) {
  std::vector<LostUpdate> lost;
  for (const CellStory& story : stories) {
    for (const Loser& loser : story.losers) {
      if (loser.hidden_update) lost.push_back({story.cell, static_cast<const Claim&>(loser), story.winner});
    }
  }
  return lost;
}

std::string to_table(const std::vector<CellStory>& stories) {
  if (stories.empty()) return {};
  std::vector<Row> rows{{"CELL", "AUTHOR", "VALUE", "WRITTEN", "OUTCOME"}};
  for (const CellStory& story : stories) {
    rows.push_back(row_of(name_of(story.cell), story.winner, "wins: " + story.reason));
    for (const Loser& loser : story.losers) {
      rows.push_back(row_of("", loser,
                            loser.seen_by_winner  ? "replaced, " + story.winner.author + " had seen it"
                            : loser.hidden_update ? "LOST, " + story.winner.author + " had not seen it"
                                                  : "lost, but replaced by others or equal"));
    }
  }
  return aligned(rows);
}

std::string to_table(const std::vector<LostUpdate>& lost) {
  if (lost.empty()) return {};
  std::vector<Row> rows{{"CELL", "AUTHOR", "VALUE", "WRITTEN", "HIDDEN BY"}};
  for (const LostUpdate& one : lost) {
    rows.push_back(row_of(name_of(one.cell), one.lost,
                          one.winner.author + ", " + cut_to(printable(one.winner.value.to_json()), value_columns_max)));
  }
  return aligned(rows);
}

std::string to_json(const std::vector<CellStory>& stories) {
  Json out = Json::array();
  for (const CellStory& story : stories) {
    Json losers = Json::array();
    for (const Loser& loser : story.losers) {
      Json json = json_of(static_cast<const Claim&>(loser));
      json["seen_by_winner"] = loser.seen_by_winner;
      json["hidden_update"] = loser.hidden_update;
      losers.push_back(std::move(json));
    }
    out.push_back({{"cell", json_of(story.cell)},
                   {"winner", json_of(story.winner)},
                   {"losers", losers},
                   {"reason", story.reason}});
  }
  return dumped(out);
}

std::string to_json(const std::vector<LostUpdate>& lost) {
  Json out = Json::array();
  for (const LostUpdate& one : lost)
    out.push_back({{"cell", json_of(one.cell)}, {"lost", json_of(one.lost)}, {"winner", json_of(one.winner)}});
  return dumped(out);
}

std::string time_of(const Stamp& stamp, bool date) {
  std::string text = to_string(stamp).substr(0, 23);  // 2026-11-18T12:00:03.120
  if (!date) return text.substr(11);
  text[10] = ' ';
  return text;
}

}  // namespace tidemark::sim
