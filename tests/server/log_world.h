// A log under test: plans whose chains are right, and calls that wait for their outcome.
#pragma once

#include <stdexcept>
#include <string>

#include "bundles/chain.h"
#include "server/sqlite_log.h"
#include "tests/support/temp_dir.h"

namespace tidemark::server::testing {

using test::TempDir;

inline LogId log_id(std::uint8_t fill) {
  LogId id;
  id.fill(fill);
  return id;
}

inline SharedBytes envelope(std::string_view text) { return std::make_shared<const Bytes>(text.begin(), text.end()); }

// Bundle n of a node with some hash; the log does not know how heads are made.
inline Head head(std::uint64_t node, std::uint64_t n) {
  Head made{NodeId{node}, n, {}};
  made.hash.fill(static_cast<std::uint8_t>(node * 16 + n));
  made.hash[0] = static_cast<std::uint8_t>(n >> 8);
  return made;
}

// Plans for one space, each beginning where the last one ended.
class Planner {
 public:
  explicit Planner(std::string space, Position from = {}) : space_(std::move(space)), end_(from) {}

  SpacePlan plan(const std::vector<Head>& heads, std::size_t envelope_bytes = 20, std::int64_t time_ms = 0) {
    SpacePlan made{space_, end_, {}, time_ms};
    for (const auto& each : heads) {
      end_ = {end_.seq + 1, next_acc(end_.acc, each)};
      made.entries.push_back(
          {each, end_.acc, envelope(std::string(envelope_bytes, static_cast<char>('a' + end_.seq % 26)))});
    }
    return made;
  }
  const Position& end() const { return end_; }
  void rewind(const Position& to) { end_ = to; }

 private:
  std::string space_;
  Position end_;
};

// Runs SQL on a file behind the log's back.
void alter(const std::string& path, const std::string& sql);

// Runs the log until the call that `start` makes is finished.
template <class Payload, class Start>
std::pair<Done, Payload> finish(SqliteLog& log, Start start) {
  start(log);
  log.run();
  std::vector<Done> done;
  log.poll(done);
  if (done.size() != 1) throw std::logic_error("one call was expected");
  const auto* payload = std::get_if<Payload>(&done[0].payload);
  return {done[0], payload ? *payload : Payload{}};
}

inline SpaceState load(SqliteLog& log, const std::string& space, const LogId& fresh = log_id(1)) {
  return finish<Loaded>(log, [&](SqliteLog& each) { each.load(1, space, fresh); }).second.state;
}
inline Outcome commit(SqliteLog& log, SpacePlan plan) {
  return finish<Committed>(log, [&](SqliteLog& each) { each.commit(2, {std::move(plan)}); }).second.outcomes.at(0);
}
// Puts what was committed where it stays, which otherwise happens from time to time.
inline void sort_in(SqliteLog& log, const std::string& space) {
  finish<Committed>(log, [&](SqliteLog& each) { each.trim(4, space, 0); });
}
inline Page read(SqliteLog& log, const std::string& space, std::uint64_t after_seq, std::size_t bytes_max = 1 << 20) {
  return finish<ReadDone>(log, [&](SqliteLog& each) { each.read(3, space, after_seq, bytes_max); }).second.page;
}

}  // namespace tidemark::server::testing
