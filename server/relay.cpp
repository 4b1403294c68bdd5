#include "server/relay.h"

#include <deque>
#include <unordered_map>

#include "hlc/assert.h"
#include "server/space.h"

namespace tidemark::server {

struct Relay::Parts {
  struct Session {
    explicit Session(const sync::Limits& limits) : protocol(limits) {}
    sync::RelaySession protocol;
    Space* space = nullptr;
    bool closing = false;
  };

  Parts(BundleLog& log, RelayOptions options) : shared{log, std::move(options), {}, {}, {}, false, {}, {}, {}, 0} {}

  void handle(SessionId id, Session& session, sync::RelaySession::Ask ask);
  void greet(SessionId id, Session& session, const sync::Hello& hello);
  void flush();
  void flush(SessionId id);

  Shared shared;
  std::map<SessionId, std::unique_ptr<Session>> sessions;
  std::map<std::string, std::unique_ptr<Space>> spaces;
  std::deque<Output> outputs;
  std::vector<Done> done;
};

Relay::Relay(BundleLog& log, RelayOptions options) : parts_(std::make_unique<Parts>(log, std::move(options))) {
  TIDEMARK_ASSERT(parts_->shared.options.random);
}
Relay::~Relay() = default;

void Relay::opened(SessionId session, Now now) {
  parts_->shared.now = now;
  parts_->sessions.emplace(session, std::make_unique<Parts::Session>(parts_->shared.options.limits));
  parts_->shared.stats.sessions = parts_->sessions.size();
}

void Relay::received(SessionId id, const sync::Frame& frame, Now now) {
  parts_->shared.now = now;
  const auto at = parts_->sessions.find(id);
  if (at == parts_->sessions.end() || at->second->closing) return;
  parts_->shared.stats.bytes_in += frame.bytes->size();
  Parts::Session& session = *at->second;
  session.protocol.receive(frame);
  while (auto ask = session.protocol.next_ask()) parts_->handle(id, session, std::move(*ask));
  parts_->shared.touched.insert(id);
  parts_->flush();
}

void Relay::Parts::handle(SessionId id, Session& session, sync::RelaySession::Ask ask) {
  if (auto* hello = std::get_if<sync::Hello>(&ask)) return greet(id, session, *hello);
  TIDEMARK_ASSERT(session.space);
  if (auto* pushed = std::get_if<sync::Pushed>(&ask)) return session.space->push(id, std::move(*pushed));
  if (auto* compare = std::get_if<sync::Compare>(&ask)) return session.space->compare(id, std::move(*compare));
  if (auto* want = std::get_if<sync::Want>(&ask)) return session.space->want(id, *want);
  if (auto* lack = std::get_if<sync::Lack>(&ask)) return session.space->lack(id, *lack);
}

void Relay::Parts::greet(SessionId id, Session& session, const sync::Hello& hello) {
  ++shared.stats.hellos;
  if (shared.draining) {
    return session.protocol.fail(
        {"going_away", "hello", "", "", "The relay is shutting down; connect again later.", Retry::later},
        sync::CloseCode::going_away);
  }
  if (shared.options.authorize && !shared.options.authorize(hello.credential, hello.space)) {
    return session.protocol.fail(
        {"unauthorized", "hello credential", "", "", "Ask the operator for a token of this space.", Retry::after_fix},
        sync::CloseCode::policy);
  }
  if (!session.space) {
    auto& space = spaces[hello.space];
    if (!space) space = std::make_unique<Space>(hello.space, shared);
    session.space = space.get();
    session.space->join(id, session.protocol);
    shared.stats.spaces = spaces.size();
  }
  session.space->greet(id, hello);
}

void Relay::drained(SessionId id, Now now) {
  parts_->shared.now = now;
  const auto at = parts_->sessions.find(id);
  if (at == parts_->sessions.end()) return;
  at->second->protocol.drained();
  if (at->second->space) at->second->space->drained(id);
  parts_->flush();
}

void Relay::closed(SessionId id) {
  const auto at = parts_->sessions.find(id);
  if (at == parts_->sessions.end()) return;
  if (at->second->space) at->second->space->leave(id);
  parts_->sessions.erase(at);
  parts_->shared.touched.erase(id);
  parts_->shared.stats.sessions = parts_->sessions.size();
  parts_->flush();
}

void Relay::poll(Now now) {
  parts_->shared.now = now;
  parts_->done.clear();
  while (parts_->shared.log.poll(parts_->done) > 0) {
    for (Done& done : parts_->done) {
      auto node = parts_->shared.asked.extract(done.ticket);
      TIDEMARK_ASSERT(!node.empty());
      node.mapped()(done);
    }
    parts_->done.clear();
  }
  parts_->flush();
}

void Relay::tick(Now now) {
  parts_->shared.now = now;
  for (auto& [name, space] : std::map(parts_->shared.deadlines)) space->tick();
  parts_->flush();
}

void Relay::drain() { parts_->shared.draining = true; }

bool Relay::idle() const {
  for (const auto& [name, space] : parts_->spaces) {
    if (!space->idle()) return false;
  }
  return true;
}

void Relay::Parts::flush() {
  shared.stats.clock_alarm = !shared.gate.trusted(shared.now);
  for (const SessionId id : std::exchange(shared.touched, {})) flush(id);
}

void Relay::Parts::flush(SessionId id) {
  const auto at = sessions.find(id);
  if (at == sessions.end() || at->second->closing) return;
  Session& session = *at->second;
  while (auto frame = session.protocol.next_frame()) {
    shared.stats.bytes_out += frame->bytes->size();
    outputs.push_back(Send{id, std::move(*frame)});
  }
  if (const auto& closing = session.protocol.closing()) {
    session.closing = true;
    outputs.push_back(Close{id, closing->code, closing->reason});
  }
}

std::optional<Output> Relay::next_output() {
  if (parts_->outputs.empty()) return std::nullopt;
  Output output = std::move(parts_->outputs.front());
  parts_->outputs.pop_front();
  return output;
}

std::optional<std::int64_t> Relay::deadline_steady_ms() const {
  std::optional<std::int64_t> earliest;
  for (const auto& [name, space] : parts_->shared.deadlines) {
    const auto deadline = space->deadline_steady_ms();
    if (deadline && (!earliest || *deadline < *earliest)) earliest = deadline;
  }
  return earliest;
}

const RelayStats& Relay::stats() const { return parts_->shared.stats; }

}  // namespace tidemark::server
