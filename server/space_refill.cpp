// Refilling a log that lost data: compare heads, ask one session at a time for what is missing.
#include <algorithm>

#include "bundles/chain.h"
#include "server/space.h"

namespace tidemark::server {
namespace {

std::vector<std::pair<NodeId, std::uint64_t>> places_of(const std::vector<Head>& heads) {
  std::vector<std::pair<NodeId, std::uint64_t>> places;
  for (const Head& head : heads) places.emplace_back(head.node, head.n);
  return places;
}

}  // namespace

const Hash& Space::digest() {
  if (!digest_) {
    std::vector<Head> heads;
    for (const auto& [node, head] : chains_.heads) heads.push_back(head);
    digest_ = heads_digest(heads);
  }
  return *digest_;
}

void Space::compare(SessionId id, sync::Compare compare) {
  Member& member = members_.at(id);
  member.compared = std::move(compare.heads);
  const std::uint64_t greeting = member.greeting;
  shared_.log.hashes_at(shared_.ask([this, id, greeting](Done& done) {
    const auto at = members_.find(id);
    if (at == members_.end() || at->second.greeting != greeting) return;
    if (done.outcome == Outcome::committed) return compared(id, std::get<HashesAt>(done.payload).hashes);
    at->second.session->fail(done.error, sync::CloseCode::internal);
    shared_.touched.insert(id);
  }),
                        name_, places_of(member.compared));
}

void Space::compared(SessionId id, const std::vector<std::optional<Hash>>& hashes) {
  Member& member = members_.at(id);
  bool differs = false;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const Head& head = member.compared[i];
    if (hashes[i] == head.hash) {
      member.session->knows(head.node, head.n);
    } else if (hashes[i]) {
      differs = true;
      refuse(id,
             {"fork", "head of node " + to_string(head.node), to_hex(head.hash), to_hex(*hashes[i]),
              "The log has another chain; move the branch to a new node.", Retry::after_fix},
             chains_.head(head.node));
    } else {
      member.missing[head.node] = head.n;
      offers_[head.node][id] = head.n;
    }
  }
  std::vector<NodeId> missing;
  for (const auto& [node, n] : member.missing) missing.push_back(node);
  for (const NodeId node : missing) ask_for(node);
  // With a difference the replica moves a branch and says hello again, so this comparison leads nowhere.
  if (differs) {
    member.compared.clear();
    member.missing.clear();
  } else {
    incomplete_.insert(id);
    check_compared(id);
  }
  feed(id);
}

void Space::check_compared(SessionId id) {
  Member& member = members_.at(id);
  if (!member.missing.empty()) return;
  incomplete_.erase(id);
  const std::uint64_t greeting = member.greeting;
  shared_.log.hashes_at(shared_.ask([this, id, greeting](Done& done) {
    const auto at = members_.find(id);
    if (at == members_.end() || at->second.greeting != greeting) return;
    if (done.outcome != Outcome::committed) return;
    const auto& hashes = std::get<HashesAt>(done.payload).hashes;
    std::vector<Head> heads = std::move(at->second.compared);
    at->second.compared.clear();
    for (std::size_t i = 0; i < heads.size(); ++i) heads[i].hash = hashes[i].value_or(Hash{});
    ++shared_.stats.refills_closed;
    send(id, sync::Compared{heads_digest(heads), chains_.end.seq});
  }),
                        name_, places_of(member.compared));
}

// The log has more of this node now.
void Space::arrived(NodeId node) {
  const std::uint64_t n = chains_.head(node).n;
  if (const auto asked = asked_.find(node); asked != asked_.end()) {
    const auto& sessions = offers_[node];
    const auto offer = sessions.find(asked->second.id);
    asked->second.deadline_ms = shared_.now.steady_ms + sync::want_timeout_ms;
    if (offer == sessions.end() || offer->second <= n) asked_.erase(asked);
  }
  if (const auto offers = offers_.find(node); offers != offers_.end()) {
    for (auto offer = offers->second.begin(); offer != offers->second.end();) {
      offer = offer->second <= n ? offers->second.erase(offer) : std::next(offer);
    }
    if (offers->second.empty()) offers_.erase(offers);
  }
  // Whoever sent it, all who named it have one thing less that the log lacks.
  for (const SessionId id : std::set<SessionId>(incomplete_)) {
    auto& missing = members_.at(id).missing;
    const auto at = missing.find(node);
    if (at == missing.end() || at->second > n) continue;
    missing.erase(at);
    check_compared(id);
  }
  note_deadlines();
  ask_for(node);
}

void Space::note_deadlines() {
  if (asked_.empty())
    shared_.deadlines.erase(name_);
  else
    shared_.deadlines.emplace(name_, this);
}

void Space::ask_for(NodeId node) {
  const auto offers = offers_.find(node);
  if (offers == offers_.end() || asked_.count(node) != 0) return;
  const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto best = std::max_element(offers->second.begin(), offers->second.end(), less);
  asked_[node] = {best->first, shared_.now.steady_ms + sync::want_timeout_ms};
  note_deadlines();
  send(best->first, sync::Want{chains_.head(node)});
}

// This session will not send what it offered of the node: it could not, it forked, it is gone or it took too long.
void Space::withdraw(SessionId id, NodeId node) {
  const auto offers = offers_.find(node);
  if (offers == offers_.end()) return;
  offers->second.erase(id);
  if (offers->second.empty()) offers_.erase(offers);
  if (const auto asked = asked_.find(node); asked != asked_.end() && asked->second.id == id) asked_.erase(asked);
  note_deadlines();
  ask_for(node);
}

void Space::withdraw_all(SessionId id) {
  std::vector<NodeId> offered;
  for (const auto& [node, sessions] : offers_) {
    if (sessions.count(id) != 0) offered.push_back(node);
  }
  for (const NodeId node : offered) withdraw(id, node);
}

void Space::lack(SessionId id, const sync::Lack& lack) { withdraw(id, lack.have.node); }

void Space::tick() {
  std::vector<std::pair<SessionId, NodeId>> late;
  for (const auto& [node, asked] : asked_) {
    if (asked.deadline_ms <= shared_.now.steady_ms) late.emplace_back(asked.id, node);
  }
  for (const auto& [id, node] : late) withdraw(id, node);
}

std::optional<std::int64_t> Space::deadline_steady_ms() const {
  std::optional<std::int64_t> earliest;
  for (const auto& [node, asked] : asked_) {
    if (!earliest || asked.deadline_ms < *earliest) earliest = asked.deadline_ms;
  }
  return earliest;
}

}  // namespace tidemark::server
