// Space: one space at the relay. Its sessions, the queue of pushed bundles, the recent end of its log, and the refill.
//
// Sessions belong to the relay; the space answers them and notes in `touched` whose frames have to be sent. Everything
// that needs the log goes through `ask`, which calls the continuation when the log has answered.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "server/bundle_log.h"
#include "server/gate.h"
#include "server/plan.h"
#include "server/relay.h"
#include "sync/relay_session.h"

namespace tidemark::server {

class Space;

// What all spaces of a relay share.
struct Shared {
  BundleLog& log;
  RelayOptions options;
  Gate gate;
  RelayStats stats;
  Now now;  // of the input that is being handled
  bool draining = false;
  std::set<SessionId> touched;                   // sessions with something to send
  std::map<std::string_view, Space*> deadlines;  // spaces by name whose tick() has to come
  std::map<Ticket, std::function<void(Done&)>> asked;
  Ticket last_ticket = 0;

  using Continuation = std::function<void(Done&)>;
  Ticket ask(Continuation continuation);
};

class Space {
 public:
  Space(std::string name, Shared& shared);

  void join(SessionId id, sync::RelaySession& session);
  void leave(SessionId id);
  void greet(SessionId id, const sync::Hello& hello);
  void push(SessionId id, sync::Pushed bundle);
  void compare(SessionId id, sync::Compare compare);
  void want(SessionId id, const sync::Want& want);
  void lack(SessionId id, const sync::Lack& lack);
  void drained(SessionId id);
  void tick();

  std::optional<std::int64_t> deadline_steady_ms() const;
  bool idle() const { return queue_.empty() && !working_; }

 private:
  struct Member {
    sync::RelaySession* session = nullptr;
    bool reading = false;          // a page of the log is on its way to it
    std::size_t queued_bytes = 0;  // pushed and not yet decided
    std::vector<Head> compared;    // of its heads pages, until the log has them all
    std::map<NodeId, std::uint64_t> missing;
    std::uint64_t greeting = 0;  // counts hellos, so that an answer to an older one is dropped
    std::optional<NodeId> node;  // own node of the last hello that was answered
  };
  struct Queued {
    SessionId id = 0;
    sync::Pushed bundle;
    bool own =
        false;  // of a node that the session's hello named as its own; it may be closed when the bundle is judged
  };
  struct Asked {
    SessionId id = 0;
    std::int64_t deadline_ms = 0;
  };

  void load();
  void loaded(Done& done);
  void answer(SessionId id, std::uint64_t greeting, const std::optional<Hash>& cursor_acc,
              const std::vector<std::optional<Hash>>& hashes);
  sync::Verdict judge(const sync::Hello& hello, const std::optional<Hash>& cursor_acc,
                      const std::optional<Hash>& own_hash) const;
  void send(SessionId id, const sync::Message& message);
  void refuse(SessionId id, Error error, const Head& have);  // `have`: the node's head, planned ones included

  void work();
  void look_up(Queued queued);
  void commit(std::vector<LogEntry> entries, std::vector<Queued> sources, Chains after);
  void committed(Outcome outcome, const Error& error, std::vector<LogEntry> entries, std::vector<Queued> sources,
                 Chains after);
  void decided(const Queued& queued);
  void note_damage(const Error& error);
  void mend(Queued queued, const Head& head);
  void confirm(SessionId id, NodeId node, std::uint64_t n, std::uint64_t seq);

  void remember(const LogEntry& entry);
  void feed_all();
  void feed(SessionId id);
  void feed_recent(SessionId id, Member& member);
  void fed(SessionId id, Done& done);

  void compared(SessionId id, const std::vector<std::optional<Hash>>& hashes);
  void check_compared(SessionId id);
  void arrived(NodeId node);
  void ask_for(NodeId node);
  void withdraw(SessionId id, NodeId node);
  void withdraw_all(SessionId id);
  void note_deadlines();
  const Hash& digest();

  std::string name_;
  Shared& shared_;
  bool loaded_ = false;
  bool loading_ = false;
  bool damaged_ = false;  // the storage refused a bundle: one that is sent again may mend it
  bool working_ = false;  // a lookup or a commit is under way; the queue waits
  LogId log_id_{};
  std::uint64_t first_seq_ = 1;
  Chains chains_;
  std::optional<Hash> digest_;
  std::map<SessionId, Member> members_;
  std::vector<SessionId> waiting_;  // greeted before the space was loaded
  std::deque<Queued> queue_;
  std::deque<LogEntry> recent_;  // the last entries of the log, for those who are live
  std::size_t recent_bytes_ = 0;
  sync::Frame shared_frame_;  // entries shared_first_.. as every session gets them that holds none
  std::uint64_t shared_first_ = 0;
  std::uint64_t shared_last_ = 0;
  std::map<NodeId, std::map<SessionId, std::uint64_t>> offers_;  // who could send what the log lacks
  std::map<NodeId, Asked> asked_;
  std::set<SessionId> incomplete_;  // members that named something the log still lacks
};

}  // namespace tidemark::server
