// A replica and a relay talk through both state machines, and the connection is cut after every single frame.
#include <doctest/doctest.h>

#include <set>

#include "sync/client_session.h"
#include "sync/relay_session.h"
#include "tests/sync/samples.h"

namespace tidemark::sync {
namespace {

// What a relay keeps: the log. Its judgement is as small as it can be: bundles come in chain order or are known.
struct Log {
  LogId id = log_of(0x77);
  std::vector<ChainLink> entries;

  std::uint64_t last_n(NodeId node) const {
    std::uint64_t n = 0;
    for (const ChainLink& entry : entries) n = entry.head.node == node ? entry.head.n : n;
    return n;
  }
  Head head(NodeId node) const {
    Head head{node, 0, {}};
    for (const ChainLink& entry : entries) head = entry.head.node == node ? entry.head : head;
    return head;
  }
};

// What a replica keeps: its own chain, what it knows of the others, how far it read and what is confirmed.
struct Keeps {
  std::vector<ChainLink> own;
  std::set<std::pair<std::uint64_t, std::uint64_t>> holds;  // node and n of others
  std::uint64_t seq = 0;
  std::uint64_t confirmed = 0;
};

// One connection; frames move one at a time, and only while the budget lasts.
class Conversation {
 public:
  Conversation(Log& log, Keeps& keeps, std::size_t budget) : log_(log), keeps_(keeps), budget_(budget) {}

  // True if both had nothing left to say before the budget was used up.
  bool run() {
    client_.say_hello(hello());
    for (bool moved = true; moved;) {
      moved = false;
      while (const auto frame = client_.next_frame()) {
        if (!spend()) return false;
        relay_.receive(*frame);
        moved = true;
        answer();
      }
      while (const auto frame = relay_.next_frame()) {
        if (!spend()) return false;
        client_.receive(*frame);
        moved = true;
        take();
      }
      relay_.drained();
      feed();
    }
    CHECK_FALSE(client_.broken());
    CHECK_FALSE(relay_.closing());
    return true;
  }

  std::size_t frames() const { return spent_; }

 private:
  bool spend() { return spent_ < budget_ && ++spent_; }

  Hello hello() const {
    Hello hello = hello_of(node_a);
    if (!keeps_.own.empty()) hello.own = keeps_.own.back().head;
    hello.cursor = Cursor{log_.id, keeps_.seq, {}};
    return hello;
  }

  void answer() {
    while (auto ask = relay_.next_ask()) {
      if (const auto* said = std::get_if<Hello>(&*ask)) {
        Welcome welcome = welcome_to(*said);
        welcome.log = log_.id;
        welcome.seq = log_.entries.size();
        welcome.heads[0] = log_.head(said->own.node);
        relay_.welcome(welcome, said->cursor->seq, false);
        relay_.knows(said->own.node, said->own.n);
      } else if (auto* pushed = std::get_if<Pushed>(&*ask)) {
        const NodeId node = pushed->header.node;
        const std::uint64_t n = pushed->header.n;
        REQUIRE(n <= log_.last_n(node) + 1);
        if (n == log_.last_n(node) + 1) {
          const auto head = check_trailer(pushed->canonical, log_.head(node).hash, sample_space);
          REQUIRE(head);
          log_.entries.push_back({*head, pushed->canonical, *pushed->envelope});
        }
        relay_.send(Confirm{node, n, log_.entries.size(), "durable", 0, true});
        relay_.knows(node, n);
      }
    }
    feed();
  }

  void feed() {
    if (!relay_.hungry() || relay_.fed_seq() >= log_.entries.size()) return;
    std::vector<RelaySession::Item> items;
    for (std::size_t i = relay_.fed_seq(); i < log_.entries.size() && items.size() < 2; ++i) {
      items.push_back({&log_.entries[i].head, log_.entries[i].envelope});
    }
    relay_.feed(items);
  }

  void take() {
    while (auto event = client_.next_event()) {
      if (const auto* welcome = std::get_if<Welcome>(&*event)) {
        pushed_ = welcome->heads[0].n;
        keeps_.confirmed = std::max(keeps_.confirmed, pushed_);
      } else if (const auto* confirm = std::get_if<Confirm>(&*event)) {
        keeps_.confirmed = std::max(keeps_.confirmed, confirm->n);
      } else if (const auto* delivered = std::get_if<ClientSession::Delivered>(&*event)) {
        REQUIRE(delivered->entries.first_seq == keeps_.seq + 1);
        for (const Entries::Entry& entry : delivered->entries.entries) keep(entry);
      }
    }
    if (!client_.live() || client_.in_flight() > 0 || pushed_ == keeps_.own.size()) return;
    const ChainLink& next = keeps_.own[pushed_++];
    const ClientSession::Outgoing outgoing{next.head, 1, next.envelope};
    client_.push({&outgoing, 1});
  }

  void keep(const Entries::Entry& entry) {
    ++keeps_.seq;
    if (entry.held) {
      CHECK(entry.held->node == node_a);
      return;
    }
    const auto canonical = unpack_envelope(entry.envelope);
    REQUIRE(canonical);
    const auto header = decode_header(*canonical);
    REQUIRE(header);
    CHECK(header->node != node_a);
    CHECK(keeps_.holds.emplace(header->node.value, header->n).second);
  }

  Log& log_;
  Keeps& keeps_;
  std::size_t budget_;
  std::size_t spent_ = 0;
  std::uint64_t pushed_ = 0;
  ClientSession client_;
  RelaySession relay_{Limits{}};
};

Log some_log() {
  Log log;
  log.entries = chain_of(node_b, 5);
  return log;
}

Keeps some_replica() {
  Keeps keeps;
  keeps.own = chain_of(node_a, 4);
  return keeps;
}

void check_agreement(const Log& log, const Keeps& keeps) {
  CHECK(log.entries.size() == 9);
  CHECK(log.last_n(node_a) == 4);
  CHECK(keeps.confirmed == 4);
  CHECK(keeps.seq == 9);
  CHECK(keeps.holds.size() == 5);
}

}  // namespace

TEST_CASE("a replica and a relay come to agree") {
  Log log = some_log();
  Keeps keeps = some_replica();
  Conversation whole(log, keeps, 1000);
  CHECK(whole.run());
  check_agreement(log, keeps);
  // With nothing new a hello and a welcome are all.
  Conversation idle(log, keeps, 1000);
  CHECK(idle.run());
  CHECK(idle.frames() == 2);
}

TEST_CASE("a connection that is cut after any frame loses and repeats nothing") {
  Log whole_log = some_log();
  Keeps whole_keeps = some_replica();
  Conversation whole(whole_log, whole_keeps, 1000);
  REQUIRE(whole.run());
  for (std::size_t cut = 0; cut < whole.frames(); ++cut) {
    CAPTURE(cut);
    Log log = some_log();
    Keeps keeps = some_replica();
    Conversation first(log, keeps, cut);
    CHECK_FALSE(first.run());
    CHECK(keeps.confirmed <= log.last_n(node_a));
    Conversation second(log, keeps, 1000);
    CHECK(second.run());
    check_agreement(log, keeps);
  }
}

TEST_CASE("connections that are cut again and again still come to agree") {
  for (const std::size_t budget : {3u, 4u, 5u, 7u}) {
    CAPTURE(budget);
    Log log = some_log();
    Keeps keeps = some_replica();
    for (int i = 0; i < 20; ++i) Conversation(log, keeps, budget).run();
    CHECK(Conversation(log, keeps, 1000).run());
    check_agreement(log, keeps);
  }
}

}  // namespace tidemark::sync
