#include "client/fates.h"

#include <algorithm>
#include <set>

#include "crdt/lineage.h"

namespace tidemark {
namespace {

std::string short_name(NodeId node) {
  constexpr std::size_t digits_left_out = 12;
  return "…" + to_string(node).substr(digits_left_out);
}

const TimelineStep& step_of(const TimelineChange& change, const std::string& attribute) {
  return *std::find_if(change.steps.begin(), change.steps.end(),
                       [&](const TimelineStep& step) { return step.attribute == attribute; });
}

}  // namespace

Fates::Fates(const Timeline& timeline) {
  for (std::size_t i = 0; i < timeline.changes.size(); ++i) {
    position[timeline.changes[i].stamp] = i;
    fates.emplace_back(timeline.changes[i].steps.size(), Fate::replaced);
    for (const TimelineStep& step : timeline.changes[i].steps) at[step.attribute].push_back(i);
  }
  find_lanes(timeline);
  for (const auto& [attribute, positions] : at) judge(timeline, attribute);
}

void Fates::find_lanes(const Timeline& timeline) {
  std::map<NodeId, std::set<std::string>> authors;
  std::map<std::string, std::set<NodeId>> devices;
  for (const Contributor& contributor : timeline.contributors) {
    if (contributor.author.empty()) continue;
    authors[contributor.node].insert(contributor.author);
    devices[contributor.author].insert(contributor.node);
  }
  std::map<std::pair<std::string, NodeId>, std::size_t> known;
  for (const TimelineChange& change : timeline.changes) {
    std::string author = change.metadata.author;
    const NodeId node = change.stamp.node;
    // What a device does by itself, such as a merge, is drawn in the lane of the one who uses it.
    if (author.empty() && authors[node].size() == 1) author = *authors[node].begin();
    const auto [lane, fresh] = known.emplace(std::pair(author, node), lanes.size());
    lane_of.push_back(lane->second);
    if (!fresh) continue;
    if (author.empty())
      lanes.push_back("device " + short_name(node));
    else
      lanes.push_back(devices[author].size() == 1 ? author : author + " " + short_name(node));
  }
}

void Fates::judge(const Timeline& timeline, const std::string& attribute) {
  std::vector<std::size_t>& positions = at[attribute];
  std::vector<CellEvent> events;
  for (const std::size_t i : positions) {
    const TimelineChange& change = timeline.changes[i];
    const TimelineStep& step = step_of(change, attribute);
    CellEvent event{change.stamp, step.value, step.base, {}, {}};
    for (const Link& link : change.links) {
      if (link.kind == LinkKind::undoes) event.undoes.push_back(link.target);
      if (link.kind == LinkKind::settles) event.settles.push_back(link.target);
    }
    events.push_back(std::move(event));
  }
  const auto fate = [&](std::size_t event) -> Fate& {
    const TimelineChange& change = timeline.changes[positions[event]];
    return fates[positions[event]][std::size_t(&step_of(change, attribute) - change.steps.data())];
  };
  const std::vector<bool> live = live_events(events);
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!live[i]) fate(i) = Fate::undone;
  }
  for (const LostWrite& lost : lost_writes(events)) fate(lost.loser) = Fate::lost;
  fate(events.size() - 1) = Fate::shown;
}

std::string change_number(std::size_t position) { return "#" + std::to_string(position + 1); }

std::vector<std::string> link_words(const Fates& fates, const TimelineChange& change) {
  std::vector<std::string> words;
  for (const Link& link : change.links) {  // which ascend by kind
    const auto found = fates.position.find(link.target);
    if (found == fates.position.end()) continue;
    const std::string kind(link_name(link.kind));
    if (words.empty() || words.back().compare(0, kind.size(), kind) != 0) words.push_back(kind);
    words.back() += " " + change_number(found->second);
  }
  return words;
}

std::string lost_words(const Fates& fates, const std::string& attribute) {
  return "lost to " + change_number(fates.at.at(attribute).back()) + ", which had not seen it";
}

}  // namespace tidemark
