#include "server/sqlite_log.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <map>

#include "server/log_error.h"
#include "server/log_file.h"
#include "tests/server/log_world.h"

using namespace tidemark;
using namespace tidemark::server;
using namespace tidemark::server::testing;

namespace {

// Space "notes" with nodes 7 (bundles 1-3) and 9 (bundle 1), interleaved.
Planner fill(SqliteLog& log, const std::string& space = "notes") {
  load(log, space);
  Planner planner(space);
  CHECK(commit(log, planner.plan({head(7, 1), head(9, 1)})) == Outcome::committed);
  CHECK(commit(log, planner.plan({head(7, 2), head(7, 3)})) == Outcome::committed);
  return planner;
}

std::optional<Hash> acc_at(SqliteLog& log, std::uint64_t seq) {
  return finish<AccAt>(log, [&](SqliteLog& each) { each.acc_at(1, "notes", seq); }).second.acc;
}

std::vector<LogEntry> chain(SqliteLog& log, std::uint64_t node, std::uint64_t after_n,
                            std::size_t bytes_max = 1 << 20) {
  return finish<Chain>(log, [&](SqliteLog& each) { each.chain(1, "notes", NodeId{node}, after_n, bytes_max); })
      .second.entries;
}

}  // namespace

TEST_CASE("a space is created by its first load and keeps its log id") {
  const TempDir directory;
  {
    SqliteLog log({directory / "relay.db", ""});
    const auto state = load(log, "notes", log_id(1));
    CHECK(state.log == log_id(1));
    CHECK(state.end == Position{});
    CHECK(state.first_seq == 1);
    CHECK(state.heads.empty());
    CHECK(load(log, "notes", log_id(2)).log == log_id(1));
    CHECK(load(log, "letters", log_id(3)).log == log_id(3));
  }
  SqliteLog log({directory / "relay.db", ""});
  CHECK(load(log, "notes", log_id(4)).log == log_id(1));
  CHECK(load(log, "letters", log_id(5)).log == log_id(3));
}

TEST_CASE("what was committed is read back in order, in this and in later processes") {
  const TempDir directory;
  Position end;
  {
    SqliteLog log({directory / "relay.db", ""});
    end = fill(log).end();
  }
  SqliteLog log({directory / "relay.db", ""});
  const auto page = read(log, "notes", 0);
  REQUIRE(page.entries.size() == 4);
  CHECK(page.first_seq == 1);
  CHECK(page.end == end);
  CHECK(page.entries[0].head == head(7, 1));
  CHECK(page.entries[1].head == head(9, 1));
  CHECK(page.entries[3].head == head(7, 3));
  CHECK(page.entries[3].acc_after == end.acc);
  CHECK(*page.entries[1].envelope == *envelope(std::string(20, 'c')));
  const auto state = load(log, "notes");
  CHECK(state.end == end);
  CHECK(state.heads == std::vector<Head>{head(7, 3), head(9, 1)});
}

TEST_CASE("heads ascend by the unsigned number of the node") {
  SqliteLog log({":memory:", ""});
  load(log, "notes");
  Planner planner("notes");
  CHECK(commit(log, planner.plan({head(0x8000000000000000, 1), head(UINT64_MAX, 1), head(0, 1),
                                  head(0x7FFFFFFFFFFFFFFF, 1)})) == Outcome::committed);
  std::vector<std::uint64_t> nodes;
  for (const auto& each : load(log, "notes").heads) nodes.push_back(each.node.value);
  CHECK(nodes == std::vector<std::uint64_t>{0, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, UINT64_MAX});
}

TEST_CASE("a page holds at least one entry and then no more than fits") {
  SqliteLog log({":memory:", ""});
  fill(log);
  for (const auto& [bytes_max, entries] :
       std::map<std::size_t, std::size_t>{{0, 1}, {39, 1}, {40, 2}, {41, 2}, {80, 4}}) {
    CAPTURE(bytes_max);
    CHECK(read(log, "notes", 0, bytes_max).entries.size() == entries);
    CHECK(chain(log, 7, 0, bytes_max).size() == std::min<std::size_t>(entries, 3));
  }
}

TEST_CASE("reading starts after the given position, and beyond the end there is nothing") {
  SqliteLog log({":memory:", ""});
  const auto end = fill(log).end();
  CHECK(read(log, "notes", 3).entries.size() == 1);
  CHECK(read(log, "notes", 3).first_seq == 4);
  for (const std::uint64_t seq : {std::uint64_t{4}, std::uint64_t{5}, log_seq_max, UINT64_MAX}) {
    CHECK(read(log, "notes", seq).entries.empty());
    CHECK(read(log, "notes", seq).end == end);
  }
  CHECK(read(log, "no such space", 0).end == Position{});
}

TEST_CASE("the acc of every position is known, and of no other") {
  SqliteLog log({":memory:", ""});
  const auto end = fill(log).end();
  const auto entries = read(log, "notes", 0).entries;
  CHECK(acc_at(log, 0) == Hash{});
  for (std::uint64_t seq = 1; seq <= 4; ++seq) CHECK(acc_at(log, seq) == entries[seq - 1].acc_after);
  CHECK(acc_at(log, 4) == end.acc);
  CHECK(acc_at(log, 5) == std::nullopt);
  CHECK(acc_at(log, UINT64_MAX) == std::nullopt);
}

TEST_CASE("hashes are found by place in a node's chain") {
  SqliteLog log({":memory:", ""});
  fill(log);
  const auto hashes = finish<HashesAt>(log, [](SqliteLog& each) {
                        each.hashes_at(1, "notes",
                                       {{NodeId{7}, 0},
                                        {NodeId{7}, 1},
                                        {NodeId{7}, 3},
                                        {NodeId{7}, 4},
                                        {NodeId{9}, 1},
                                        {NodeId{9}, 2},
                                        {NodeId{8}, 1},
                                        {NodeId{8}, 0},
                                        {NodeId{7}, UINT64_MAX}});
                      }).second.hashes;
  CHECK(hashes == std::vector<std::optional<Hash>>{Hash{}, head(7, 1).hash, head(7, 3).hash, std::nullopt,
                                                   head(9, 1).hash, std::nullopt, std::nullopt, Hash{}, std::nullopt});
}

TEST_CASE("a node's chain is read from any bundle on") {
  SqliteLog log({":memory:", ""});
  fill(log);
  const auto entries = chain(log, 7, 1);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].head == head(7, 2));
  CHECK(entries[1].head == head(7, 3));
  CHECK(chain(log, 7, 3).empty());
  CHECK(chain(log, 7, UINT64_MAX).empty());
  CHECK(chain(log, 8, 0).empty());
}

TEST_CASE("a stale plan changes nothing and does not stop the others of its call") {
  SqliteLog log({":memory:", ""});
  auto notes = fill(log, "notes");
  auto letters = fill(log, "letters");
  const auto before = notes.end();
  Planner late("notes");  // believes the log to be empty
  const auto done = finish<Committed>(log, [&](SqliteLog& each) {
    each.commit(1, {late.plan({head(5, 1)}), letters.plan({head(5, 1)}), notes.plan({head(6, 1)})});
  });
  CHECK(done.first.outcome == Outcome::committed);
  CHECK(done.second.outcomes == std::vector<Outcome>{Outcome::stale, Outcome::committed, Outcome::committed});
  CHECK(load(log, "notes").end == notes.end());
  CHECK(load(log, "letters").end == letters.end());
  CHECK(read(log, "notes", before.seq).entries.size() == 1);
  CHECK(load(log, "notes").heads.size() == 3);
}

TEST_CASE("the right seq with another acc is stale, and so is an unknown space") {
  SqliteLog log({":memory:", ""});
  auto planner = fill(log);
  Position other = planner.end();
  other.acc[31] ^= 1;
  CHECK(commit(log, Planner("notes", other).plan({head(5, 1)})) == Outcome::stale);
  CHECK(commit(log, Planner("elsewhere").plan({head(5, 1)})) == Outcome::stale);
  CHECK(commit(log, planner.plan({head(5, 1)})) == Outcome::committed);
}

TEST_CASE("two plans of a space in one group follow each other") {
  SqliteLog log({":memory:", ""});
  auto planner = fill(log);
  log.commit(1, {planner.plan({head(7, 4)}), planner.plan({head(7, 5)})});
  log.read(2, "notes", 4, 1000);
  log.commit(3, {planner.plan({head(7, 6)})});
  log.load(4, "notes", {});
  log.run();
  std::vector<Done> done;
  REQUIRE(log.poll(done) == 4);
  CHECK(std::get<Committed>(done[0].payload).outcomes == std::vector<Outcome>(2, Outcome::committed));
  CHECK(std::get<ReadDone>(done[1].payload).page.end.seq == 6);  // what came later in the group is not seen
  CHECK(std::get<Committed>(done[2].payload).outcomes == std::vector<Outcome>(1, Outcome::committed));
  CHECK(std::get<Loaded>(done[3].payload).state.heads == std::vector<Head>{head(7, 6), head(9, 1)});
}

TEST_CASE("nothing is finished before it runs, and everything once") {
  SqliteLog log({":memory:", ""});
  log.load(9, "notes", log_id(1));
  std::vector<Done> done;
  CHECK(log.poll(done) == 0);
  log.run();
  CHECK(log.poll(done) == 1);
  CHECK(done[0].ticket == 9);
  CHECK(log.poll(done) == 0);
  log.run();
  CHECK(log.poll(done) == 0);
}

TEST_CASE("the relay's time is the greatest that any space stored") {
  const TempDir directory;
  {
    SqliteLog log({directory / "relay.db", ""});
    load(log, "notes");
    load(log, "letters");
    Planner notes("notes"), letters("letters");
    commit(log, notes.plan({head(1, 1)}, 20, 5000));
    commit(log, letters.plan({head(1, 1)}, 20, 4000));
    CHECK(load(log, "letters").time_ms == 5000);
  }
  SqliteLog log({directory / "relay.db", ""});
  CHECK(load(log, "letters").time_ms == 5000);
}

TEST_CASE("a bundle that the log holds already refuses its own plan only") {
  SqliteLog log({":memory:", ""});
  auto notes = fill(log, "notes");
  auto letters = fill(log, "letters");
  const auto before = notes.end();
  const auto done = finish<Committed>(log, [&](SqliteLog& each) {
    each.commit(1, {letters.plan({head(5, 1)}), notes.plan({head(8, 1), head(7, 2)}), letters.plan({head(5, 2)})});
  });
  CHECK(done.second.outcomes == std::vector<Outcome>{Outcome::committed, Outcome::unavailable, Outcome::committed});
  CHECK(done.first.error.code == "relay_refused");
  CHECK(load(log, "notes").end == before);
  CHECK(load(log, "notes").heads.size() == 2);
  CHECK(load(log, "letters").end == letters.end());
}

TEST_CASE("trimming forgets entries, and keeps heads, positions and what follows") {
  SqliteLog log({":memory:", ""});
  auto planner = fill(log);
  const auto third = *acc_at(log, 3);
  const auto trim = [&](std::uint64_t up_to) {
    return finish<Committed>(log, [&](SqliteLog& each) { each.trim(1, "notes", up_to); }).second.outcomes.at(0);
  };
  CHECK(trim(0) == Outcome::committed);
  CHECK(load(log, "notes").first_seq == 1);
  CHECK(trim(3) == Outcome::committed);
  CHECK(trim(2) == Outcome::committed);
  CHECK(load(log, "notes").first_seq == 4);
  CHECK(read(log, "notes", 0).first_seq == 4);
  CHECK(read(log, "notes", 0).entries.size() == 1);
  CHECK(acc_at(log, 0) == Hash{});
  CHECK(acc_at(log, 2) == std::nullopt);
  CHECK(acc_at(log, 3) == third);
  CHECK(chain(log, 7, 0).size() == 1);
  CHECK(trim(1000) == Outcome::committed);
  CHECK(load(log, "notes").first_seq == 5);
  CHECK(load(log, "notes").heads == std::vector<Head>{head(7, 3), head(9, 1)});
  CHECK(read(log, "notes", 0).entries.empty());
  CHECK(commit(log, planner.plan({head(7, 4)})) == Outcome::committed);
  CHECK(read(log, "notes", 4).entries.size() == 1);
  sort_in(log, "notes");
  const auto hashes = finish<HashesAt>(log, [](SqliteLog& each) {
    each.hashes_at(1, "notes", {{NodeId{9}, 1}, {NodeId{7}, 3}});
  });
  CHECK(hashes.second.hashes == std::vector<std::optional<Hash>>{head(9, 1).hash, std::nullopt});
}

TEST_CASE("a file that is not a log, or of a later version, is refused untouched") {
  const TempDir directory;
  const auto failure = [](const std::string& path) {
    try {
      SqliteLog({path, ""});
    } catch (const LogError& error) {
      return std::string(code(error.failure()));
    }
    return std::string("none");
  };
  { SqliteLog log({directory / "relay.db", ""}); }
  alter(directory / "relay.db", "PRAGMA user_version=3");
  CHECK(failure(directory / "relay.db") == "newer_schema");
  alter(directory / "other.db", "CREATE TABLE t(x)");
  CHECK(failure(directory / "other.db") == "not_a_relay_log");
  CHECK_FALSE(std::filesystem::exists(directory / "other.db-wal"));
  CHECK(failure(directory / "missing/relay.db") == "io_error");
}

TEST_CASE("a log of the version before takes new entries beside its own") {
  const TempDir directory;
  const std::string path = directory / "relay.db";
  Planner planner("notes");
  {
    SqliteLog log({path, ""});
    planner = fill(log);
    sort_in(log, "notes");
  }
  alter(path, "DROP TABLE unsorted; PRAGMA user_version=1");
  SqliteLog log({path, ""});
  CHECK(commit(log, planner.plan({head(7, 4)})) == Outcome::committed);
  CHECK(read(log, "notes", 0).entries.size() == 5);
  CHECK(load(log, "notes").end == planner.end());
}

TEST_CASE("any mix of plans leaves exactly the entries of those that were committed") {
  CHECK(rc::check("the log is the concatenation of its committed plans", [] {
    const TempDir directory;
    const SqliteLogOptions options{directory / "relay.db", "", *rc::gen::inRange<std::size_t>(1, 12)};
    auto log = std::make_unique<SqliteLog>(options);
    const std::vector<std::string> names{"notes", "letters"};
    std::map<std::string, Planner> planners;
    std::map<std::string, std::vector<Head>> expected;
    std::map<std::string, std::map<std::uint64_t, std::uint64_t>> last;
    for (const std::string& name : names) {
      load(*log, name);
      planners.emplace(name, Planner(name));
    }
    const auto plans = *rc::gen::inRange(1, 16);
    for (int i = 0; i < plans; ++i) {
      const std::string& name = *rc::gen::elementOf(names);
      Planner& planner = planners.at(name);
      std::vector<Head> heads;
      for (const auto node : *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(0, 5)))
        heads.push_back(head(node, ++last[name][node]));
      const auto before = planner.end();
      // Some are large enough to be sorted in at once.
      auto plan = planner.plan(heads, *rc::gen::element(20, 20, 20, 20'000));
      const int kind = *rc::gen::inRange(0, 8);
      if (kind == 0) {
        plan.from.acc[0] ^= 0xFF;
        Hash acc = plan.from.acc;
        for (auto& entry : plan.entries) acc = entry.acc_after = next_acc(acc, entry.head);
        RC_ASSERT(commit(*log, plan) == Outcome::stale);
      } else if (kind == 1 && !expected[name].empty()) {
        // A bundle that is there already takes the whole plan, and the transaction that it was in, with it.
        planner.rewind(before);
        heads.push_back(*rc::gen::elementOf(expected[name]));
        RC_ASSERT(commit(*log, planner.plan(heads)) == Outcome::unavailable);
      } else {
        RC_ASSERT(commit(*log, plan) == Outcome::committed);
        expected[name].insert(expected[name].end(), heads.begin(), heads.end());
        if (kind == 2) log = std::make_unique<SqliteLog>(options);
        if (kind == 3) sort_in(*log, name);
        continue;
      }
      planner.rewind(before);
      last[name].clear();
      for (const Head& each : expected[name]) last[name][each.node.value] = each.n;
    }
    for (const std::string& name : names) {
      std::vector<Head> found;
      std::map<NodeId, std::vector<Head>> chains;
      Hash acc{};
      while (found.size() < expected[name].size()) {
        const auto page = read(*log, name, found.size(), *rc::gen::inRange<std::size_t>(0, 200));
        RC_ASSERT(page.first_seq == found.size() + 1);
        RC_ASSERT(page.end == planners.at(name).end());
        RC_ASSERT(!page.entries.empty());
        for (const auto& entry : page.entries) {
          found.push_back(entry.head);
          chains[entry.head.node].push_back(entry.head);
          acc = next_acc(acc, entry.head);
          RC_ASSERT(entry.acc_after == acc);
          RC_ASSERT(finish<AccAt>(*log, [&](SqliteLog& each) { each.acc_at(1, name, found.size()); }).second.acc ==
                    acc);
        }
      }
      RC_ASSERT(found == expected[name]);
      const SpaceState state = load(*log, name);
      RC_ASSERT(state.end == planners.at(name).end());
      std::vector<Head> heads;
      for (const auto& [node, chain] : chains) {
        heads.push_back(chain.back());
        const std::uint64_t after = *rc::gen::inRange<std::uint64_t>(0, chain.size());
        const auto rest = finish<Chain>(*log, [&, node = node](SqliteLog& each) {
                            each.chain(1, name, node, after, 1 << 20);
                          }).second.entries;
        RC_ASSERT(rest.size() == chain.size() - after);
        std::vector<std::pair<NodeId, std::uint64_t>> places{{node, chain.back().n + 1}};
        std::vector<std::optional<Hash>> hashes{std::nullopt};
        for (std::size_t i = 0; i < chain.size(); ++i) {
          if (i >= after) RC_ASSERT(rest[i - after].head == chain[i]);
          places.emplace_back(node, chain[i].n);
          hashes.emplace_back(chain[i].hash);
        }
        RC_ASSERT(finish<HashesAt>(*log, [&](SqliteLog& each) { each.hashes_at(1, name, places); }).second.hashes ==
                  hashes);
      }
      RC_ASSERT(state.heads == heads);
    }
  }));
}
