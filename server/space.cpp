// Greeting and pushing; feeding and refilling are in space_feed.cpp and space_refill.cpp.
#include "server/space.h"

#include <algorithm>

#include "bundles/chain.h"
#include "hlc/assert.h"

namespace tidemark::server {
namespace {

constexpr std::size_t commit_bundles_max = 1024;
constexpr std::size_t commit_bytes_max = 4 * 1024 * 1024;

Error fork_error(std::uint64_t n) {
  return {"fork",
          "bundle n",
          std::to_string(n),
          "the chain in the log",
          "Another copy of this replica pushed before; move the branch to a new node.",
          Retry::after_fix};
}

Error lost_error(std::uint64_t n) {
  return {"relay_corrupt",
          "bundle n",
          std::to_string(n) + ", whose row is missing in the log",
          "",
          "Stop the relay and put its data directory back from a copy; devices send again what the copy lacks.",
          Retry::after_fix};
}

}  // namespace

Ticket Shared::ask(Continuation continuation) {
  asked.emplace(++last_ticket, std::move(continuation));
  return last_ticket;
}

Space::Space(std::string name, Shared& shared) : name_(std::move(name)), shared_(shared) { chains_.space = name_; }

void Space::join(SessionId id, sync::RelaySession& session) { members_[id].session = &session; }

void Space::leave(SessionId id) {
  members_.erase(id);
  incomplete_.erase(id);
  withdraw_all(id);
}

void Space::send(SessionId id, const sync::Message& message) {
  const auto at = members_.find(id);
  if (at == members_.end()) return;
  if (std::holds_alternative<sync::ErrorMessage>(message)) ++shared_.stats.errors_sent;
  at->second.session->send(message);
  shared_.touched.insert(id);
}

void Space::refuse(SessionId id, Error error, const Head& have) {
  ++shared_.stats.bundles_refused;
  const std::int64_t time = error.code == "clock_ahead" ? shared_.gate.best_time_ms(shared_.now) : 0;
  send(id, sync::ErrorMessage{std::move(error), have, time});
}

// --- greeting ---------------------------------------------------------------------------------------------------------

void Space::load() {
  if (loading_) return;
  loading_ = true;
  loaded_ = false;
  LogId fresh;
  for (std::size_t half = 0; half < 2; ++half) {
    const std::uint64_t random = shared_.options.random();
    for (std::size_t i = 0; i < 8; ++i) fresh[8 * half + i] = std::uint8_t(random >> (8 * i));
  }
  shared_.log.load(shared_.ask([this](Done& done) { loaded(done); }), name_, fresh);
}

void Space::loaded(Done& done) {
  loading_ = false;
  if (done.outcome != Outcome::committed) {
    shared_.stats.storage_alarm = true;
    for (auto& [id, member] : members_) {
      member.session->fail(done.error, sync::CloseCode::internal);
      shared_.touched.insert(id);
    }
    waiting_.clear();
    queue_.clear();
    return;
  }
  SpaceState& state = std::get<Loaded>(done.payload).state;
  loaded_ = true;
  log_id_ = state.log;
  first_seq_ = state.first_seq;
  chains_.end = state.end;
  chains_.heads.clear();
  for (const Head& head : state.heads) chains_.heads[head.node] = head;
  digest_.reset();
  recent_.clear();
  recent_bytes_ = 0;
  shared_.gate.stored(state.time_ms);
  for (const SessionId id : std::exchange(waiting_, {})) {
    if (const auto at = members_.find(id); at != members_.end()) greet(id, at->second.session->hello());
  }
  // A commit of which nobody knew how it ended may be in the log: whoever is connected hears of it now.
  std::vector<NodeId> offered;
  for (const auto& [node, sessions] : offers_) offered.push_back(node);
  for (const NodeId node : offered) arrived(node);
  feed_all();
  work();
}

void Space::greet(SessionId id, const sync::Hello& hello) {
  if (!loaded_) {
    waiting_.push_back(id);
    return load();
  }
  withdraw_all(id);
  incomplete_.erase(id);
  Member& member = members_.at(id);
  member.compared.clear();
  member.missing.clear();
  const std::uint64_t greeting = ++member.greeting;
  std::vector<std::pair<NodeId, std::uint64_t>> places{{hello.own.node, hello.own.n}};
  for (const Head& other : hello.others) places.emplace_back(other.node, other.n);
  auto cursor_acc = std::make_shared<std::optional<Hash>>();
  const bool same_log = hello.cursor && hello.cursor->log == log_id_;
  shared_.log.acc_at(shared_.ask([cursor_acc](Done& done) {
    if (done.outcome == Outcome::committed) *cursor_acc = std::get<AccAt>(done.payload).acc;
  }),
                     name_, same_log ? hello.cursor->seq : 0);
  shared_.log.hashes_at(shared_.ask([this, id, greeting, cursor_acc](Done& done) {
    const auto at = members_.find(id);
    if (at == members_.end() || at->second.greeting != greeting) return;
    if (done.outcome != Outcome::committed) {
      at->second.session->fail(done.error, sync::CloseCode::internal);
      shared_.touched.insert(id);
      return;
    }
    answer(id, greeting, *cursor_acc, std::get<HashesAt>(done.payload).hashes);
  }),
                        name_, std::move(places));
}

sync::Verdict Space::judge(const sync::Hello& hello, const std::optional<Hash>& cursor_acc,
                           const std::optional<Hash>& own_hash) const {
  if (hello.cursor) {
    if (hello.cursor->log != log_id_ || !cursor_acc || *cursor_acc != hello.cursor->acc)
      return sync::Verdict::log_changed;
  }
  if ((hello.cursor ? hello.cursor->seq : 0) + 1 < first_seq_) return sync::Verdict::trimmed;
  const bool relay_has_more = chains_.head(hello.own.node).n > hello.own.n;
  if (relay_has_more || (own_hash && hello.own.n > 0 && *own_hash != hello.own.hash)) return sync::Verdict::fork;
  return sync::Verdict::ok;
}

void Space::answer(SessionId id, std::uint64_t, const std::optional<Hash>& cursor_acc,
                   const std::vector<std::optional<Hash>>& hashes) {
  Member& member = members_.at(id);
  sync::RelaySession& session = *member.session;
  const sync::Hello& hello = session.hello();
  if (member.node && *member.node != hello.own.node) shared_.gate.forget(*member.node);  // it forked: still one device
  member.node = hello.own.node;
  shared_.gate.heard(hello.own.node, hello.clock_ms, shared_.now.steady_ms);

  sync::Welcome welcome;
  welcome.log = log_id_;
  welcome.first_seq = first_seq_;
  welcome.seq = chains_.end.seq;
  welcome.time_ms = shared_.gate.time_ms(shared_.now.wall_ms);
  welcome.time_trusted = shared_.gate.trusted(shared_.now);
  welcome.limits = shared_.options.limits;
  welcome.heads.push_back(chains_.head(hello.own.node));
  for (const Head& other : hello.others) welcome.heads.push_back(chains_.head(other.node));
  welcome.digest = digest();
  welcome.verdict = judge(hello, cursor_acc, hashes.at(0));
  if (welcome.verdict == sync::Verdict::fork) ++shared_.stats.forks;
  if (welcome.verdict == sync::Verdict::log_changed) ++shared_.stats.log_changes;

  const bool same = hello.digest == welcome.digest;
  session.welcome(welcome, hello.cursor ? hello.cursor->seq : 0, hello.refill == log_id_ && !same);
  if (same) {
    for (const auto& [node, head] : chains_.heads) session.knows(node, head.n);
  }
  if (hashes.at(0) == hello.own.hash) session.knows(hello.own.node, hello.own.n);
  for (std::size_t i = 0; i < hello.others.size(); ++i) {
    if (hashes.at(i + 1) == hello.others[i].hash) session.knows(hello.others[i].node, hello.others[i].n);
  }
  shared_.touched.insert(id);
  feed(id);
}

// --- pushing ----------------------------------------------------------------------------------------------------------

void Space::push(SessionId id, sync::Pushed bundle) {
  Member& member = members_.at(id);
  if (shared_.draining) {
    return refuse(id, {"going_away", "push", "", "", "The relay is shutting down; connect again later.", Retry::later},
                  chains_.head(bundle.header.node));
  }
  member.queued_bytes += bundle.envelope->size();
  // A hello said again counts what is under way as unsent, so two windows may be here; and a window holds one bundle at
  // least, however small it is.
  const auto& limits = shared_.options.limits;
  if (member.queued_bytes > 2 * std::max(limits.in_flight_bytes, limits.bundle_bytes)) {
    member.session->fail(
        {"too_much_in_flight", "push", std::to_string(member.queued_bytes) + " bytes unconfirmed",
         "at most " + std::to_string(limits.in_flight_bytes) + " bytes", "Wait for confirms.", Retry::later},
        sync::CloseCode::policy);
    shared_.touched.insert(id);
    return;
  }
  const bool own = member.session->is_own(bundle.header.node);
  queue_.push_back({id, std::move(bundle), own});
  work();
}

void Space::decided(const Queued& queued) {
  const auto at = members_.find(queued.id);
  if (at != members_.end())
    at->second.queued_bytes -= std::min(at->second.queued_bytes, queued.bundle.envelope->size());
}

void Space::confirm(SessionId id, NodeId node, std::uint64_t n, std::uint64_t seq) {
  sync::Confirm message{node, n, seq, "durable", shared_.gate.time_ms(shared_.now.wall_ms), true};
  message.time_trusted = shared_.gate.trusted(shared_.now);
  send(id, message);
  if (const auto at = members_.find(id); at != members_.end()) at->second.session->knows(node, n);
}

// Takes everything that waits into one commit. Bundles are judged in the order in which they came; one that needs the
// log's opinion holds up those behind it.
void Space::work() {
  if (working_ || !loaded_) return;
  Chains chains = chains_;
  std::vector<LogEntry> entries;
  std::vector<Queued> sources;
  std::size_t bytes = 0;
  while (!queue_.empty() && entries.size() < commit_bundles_max && bytes < commit_bytes_max) {
    Queued& front = queue_.front();
    const NodeId node = front.bundle.header.node;
    const Place place = place_of(chains, front.bundle);
    if (place == Place::earlier && !entries.empty()) break;
    Queued queued = std::move(front);
    queue_.pop_front();
    if (place == Place::earlier) return look_up(std::move(queued));
    if (place == Place::next) {
      if (auto error = shared_.gate.check(queued.bundle.header, queued.own, shared_.now)) {
        refuse(queued.id, std::move(*error), chains.head(node));
        decided(queued);
        continue;
      }
      bytes += queued.bundle.envelope->size();
      entries.push_back(append(chains, queued.bundle));
      sources.push_back(std::move(queued));
      continue;
    }
    if (place == Place::already && chains_.head(node).n == queued.bundle.header.n) {
      if (damaged_ && !entries.empty()) {
        queue_.push_front(std::move(queued));
        break;
      }
      ++shared_.stats.bundles_repeated;
      if (damaged_) return mend(std::move(queued), chains_.head(node));
      confirm(queued.id, node, queued.bundle.header.n, chains_.end.seq);
    } else if (place == Place::already) {
      // Pushed twice within one group: the commit's own confirm covers the first, the second waits for it.
      queue_.push_front(std::move(queued));
      break;
    } else if (place == Place::gap) {
      refuse(
          queued.id,
          {"gap", "bundle n", std::to_string(queued.bundle.header.n),
           "the one after " + std::to_string(chains.head(node).n), "Push from the relay's head on.", Retry::after_fix},
          chains.head(node));
    } else {
      ++shared_.stats.forks;
      refuse(queued.id, fork_error(queued.bundle.header.n), chains.head(node));
      withdraw(queued.id, node);
    }
    decided(queued);
  }
  if (!entries.empty()) commit(std::move(entries), std::move(sources), std::move(chains));
}

void Space::look_up(Queued queued) {
  working_ = true;
  const NodeId node = queued.bundle.header.node;
  const std::uint64_t n = queued.bundle.header.n;
  auto held = std::make_shared<Queued>(std::move(queued));
  shared_.log.hashes_at(shared_.ask([this, held, node, n](Done& done) {
    working_ = false;
    if (done.outcome != Outcome::committed) {
      refuse(held->id, done.error, chains_.head(node));
    } else {
      const std::optional<Hash>& hash = std::get<HashesAt>(done.payload).hashes.at(0);
      if (hash && same_bundle(held->bundle, *hash)) {
        ++shared_.stats.bundles_repeated;
        if (damaged_) return mend(std::move(*held), {node, n, *hash});
        confirm(held->id, node, n, chains_.end.seq);
      } else if (!hash && first_seq_ == 1) {
        refuse(held->id, lost_error(n), chains_.head(node));
      } else {
        ++shared_.stats.forks;
        refuse(held->id, fork_error(n), chains_.head(node));
        withdraw(held->id, node);
      }
    }
    decided(*held);
    work();
  }),
                        name_, {{node, n}});
}

void Space::commit(std::vector<LogEntry> entries, std::vector<Queued> sources, Chains after) {
  working_ = true;
  SpacePlan plan{name_, chains_.end, entries, shared_.gate.time_ms(shared_.now.wall_ms)};
  struct Waiting {
    std::vector<LogEntry> entries;
    std::vector<Queued> sources;
    Chains after;
  };
  auto waiting = std::make_shared<Waiting>(Waiting{std::move(entries), std::move(sources), std::move(after)});
  shared_.log.commit(shared_.ask([this, waiting](Done& done) {
    working_ = false;
    const auto* payload = std::get_if<Committed>(&done.payload);
    const Outcome outcome = payload && !payload->outcomes.empty() ? payload->outcomes.at(0) : done.outcome;
    committed(outcome, done.error, std::move(waiting->entries), std::move(waiting->sources), std::move(waiting->after));
  }),
                     {std::move(plan)});
}

void Space::committed(Outcome outcome, const Error& error, std::vector<LogEntry> entries, std::vector<Queued> sources,
                      Chains after) {
  switch (outcome) {
    case Outcome::committed: {
      ++shared_.stats.commits;
      shared_.stats.storage_alarm = false;
      shared_.stats.bundles_confirmed += entries.size();
      const std::uint64_t first = chains_.end.seq + 1;
      chains_ = std::move(after);
      digest_.reset();
      shared_.gate.stored(shared_.gate.time_ms(shared_.now.wall_ms));
      std::map<std::pair<SessionId, NodeId>, std::pair<std::uint64_t, std::uint64_t>> last;  // n and seq
      for (std::size_t i = 0; i < entries.size(); ++i) {
        decided(sources[i]);
        last[{sources[i].id, entries[i].head.node}] = {entries[i].head.n, first + i};
        remember(entries[i]);
      }
      for (const auto& [to, place] : last) confirm(to.first, to.second, place.first, place.second);
      for (const auto& [to, place] : last) arrived(to.second);
      feed_all();
      return work();
    }
    case Outcome::stale:
    case Outcome::unknown:
      // Whatever happened, the log knows: start over from what it says. Bundles that made it are then `already` there.
      for (auto at = sources.rbegin(); at != sources.rend(); ++at) queue_.push_front(std::move(*at));
      return load();
    case Outcome::refused_full:
    case Outcome::unavailable:
      shared_.stats.storage_alarm = true;
      for (const Queued& queued : sources) {
        Error refusal = error;
        if (refusal.code.empty())
          refusal = {outcome == Outcome::refused_full ? "relay_full" : "relay_unavailable",
                     "push",
                     "",
                     "",
                     "Try again later.",
                     Retry::later};
        refuse(queued.id, std::move(refusal), chains_.head(queued.bundle.header.node));
        decided(queued);
      }
      return work();
  }
}

}  // namespace tidemark::server
