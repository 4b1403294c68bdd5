#include <doctest/doctest.h>

#include <algorithm>

#include "tests/store/world.h"

namespace tidemark::store {
namespace {

constexpr NodeId node_a{0xa};
constexpr NodeId node_b{0xb};

// Stamps are 1 ms apart from 1,000,000 on.
struct Log {
  Store store = Store::create(":memory:", "notes", node_a);
  std::int64_t wall_ms = 1'600'000'000'000;
  std::vector<Stamp> stamps;

  Stamp write(const std::string& entity, const std::string& attribute, Value value, Metadata said = {},
              std::vector<Link> links = {}) {
    Draft draft;
    draft.writes.push_back({{entity, attribute}, std::move(value)});
    draft.metadata = std::move(said);
    draft.links = std::move(links);
    Recording recording;
    recording.change = *canonical_change(std::move(draft));
    recording.wall_ms = ++wall_ms;
    stamps.push_back(*store.record({&recording, 1}).front());
    return stamps.back();
  }

  // The values found, newest first unless the query says otherwise.
  std::string found(const AuditQuery& query) {
    std::string text;
    for (const HistoryRow& row : store.audit(query).rows) text += row.event.value.to_json() + " ";
    return text;
  }
};

Metadata by(const std::string& author, const std::string& source = {}, const std::string& json = {}) {
  return {author, source, "", json};
}

}  // namespace

TEST_CASE("an audit finds changes by what they say, newest first or oldest first") {
  Log log;
  const Stamp first = log.write("a", "note.title", Value::integer(1), by("ann", "app"));
  log.write("a", "note.body", Value::integer(2), by("bob", "import", R"({"batch":7})"),
            {{LinkKind::correlation, first}});
  log.write("b", "tags", Value::integer(3), by("ann", "import"));
  log.write("a", "note.title", Value::integer(4), by("bob", "app", "no json"));
  log.write("b", "deleted", Value::boolean(true), by("ann"));
  log.write("b", "deleted", Value::boolean(false), by("bob"));

  struct Case {
    const char* what;
    AuditQuery query;
    const char* found;
  };
  std::vector<Case> cases(14);
  cases[0] = {"everything", {}, "false true 4 3 2 1 "};
  cases[1] = {"oldest first", {}, "1 2 3 4 true false "};
  cases[1].query.oldest_first = true;
  cases[2] = {"author", {}, "true 3 1 "};
  cases[2].query.author = "ann";
  cases[3] = {"author and source", {}, "3 "};
  cases[3].query.author = "ann";
  cases[3].query.source = "import";
  cases[4] = {"attribute", {}, "4 1 "};
  cases[4].query.attribute = "note.title";
  cases[5] = {"attributes", {}, "4 2 1 "};
  cases[5].query.attribute = "note.*";
  cases[6] = {"correlation", {}, "2 1 "};
  cases[6].query.correlation = first;
  cases[7] = {"metadata", {}, "2 "};
  cases[7].query.metadata_key = "batch";
  cases[8] = {"deletions", {}, "true "};
  cases[8].query.deletions = true;
  cases[9] = {"overwritten", {}, "true 1 "};
  cases[9].query.overwritten = true;
  cases[10] = {"time", {}, "4 3 "};
  cases[10].query.from_ms = std::int64_t(log.stamps[2].ms);
  cases[10].query.to_ms = std::int64_t(log.stamps[3].ms);
  cases[11] = {"entity", {}, "4 2 1 "};
  cases[11].query.entity = "a";
  cases[12] = {"entity and author", {}, "4 2 "};
  cases[12].query.entity = "a";
  cases[12].query.author = "bob";
  cases[13] = {"nobody", {}, ""};
  cases[13].query.author = "carl";
  for (int round = 0; round < 2; ++round) {
    for (const Case& one : cases) {
      CAPTURE(one.what);
      CHECK(log.found(one.query) == one.found);
    }
    log.store.drop_audit_index();
  }
  AuditQuery node;
  node.node = node_b;
  CHECK(log.found(node) == "");
  node.node = node_a;
  CHECK(log.found(node) == "false true 4 3 2 1 ");
}

TEST_CASE("pages go on where the last one ended while writes arrive, and no row comes twice or is missed") {
  for (const bool oldest_first : {false, true}) {
    Log log;
    for (int i = 0; i < 25; ++i)
      log.write("e" + std::to_string(i % 3), "k", Value::integer(i), by(i % 2 == 0 ? "x" : "y"));
    AuditQuery query;
    query.author = "x";
    query.limit = 4;
    query.oldest_first = oldest_first;
    std::vector<Stamp> seen;
    while (true) {
      const AuditPage page = log.store.audit(query);
      for (const HistoryRow& row : page.rows) seen.push_back(row.stamp);
      log.write("later", "k", Value::integer(100), by(oldest_first ? "y" : "x"));
      if (!page.next) break;
      query.after = page.next;
      REQUIRE(seen.size() < 30);
    }
    std::vector<Stamp> expected;
    for (std::size_t i = 0; i < 25; i += 2) expected.push_back(log.stamps[i]);
    if (!oldest_first) std::reverse(expected.begin(), expected.end());
    CHECK(seen == expected);
  }
}

TEST_CASE("changes of several nodes in one moment are found by their stamps, also where a page ends between them") {
  Log log;
  // Three nodes write at the same moments; their changes arrive the greatest node first.
  for (const std::uint64_t number : {0xdull, 0xcull, 0xbull}) {
    std::vector<Change> changes;
    for (std::uint64_t ms = 1'000; ms < 1'003; ++ms) {
      Change change{Stamp{ms, 0, NodeId{number}}, {}, {}, by("ann")};
      change.events.push_back(
          {{"e" + std::to_string(number), "k"}, Value::integer(std::int64_t(ms * 100 + number)), {}});
      changes.push_back(change);
    }
    const Arrival one = arrival(NodeId{number}, 1, changes);
    log.store.apply({&one, 1}, std::nullopt);
  }
  for (const bool oldest_first : {false, true}) {
    for (const std::size_t limit : {1, 2, 4, 100}) {
      for (const char* author : {"", "ann"}) {
        AuditQuery query;
        query.author = author;
        query.oldest_first = oldest_first;
        query.limit = limit;
        std::vector<Stamp> seen;
        while (seen.size() < 20) {
          const AuditPage page = log.store.audit(query);
          for (const HistoryRow& row : page.rows) seen.push_back(row.stamp);
          if (!page.next) break;
          query.after = page.next;
        }
        CHECK(seen.size() == 9);
        if (!oldest_first) std::reverse(seen.begin(), seen.end());
        CHECK(std::is_sorted(seen.begin(), seen.end()));
        CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
      }
    }
  }
}

TEST_CASE("a change of many events is never torn between pages") {
  Log log;
  for (int i = 0; i < 3; ++i) {
    Draft draft;
    for (int k = 0; k < 5; ++k) draft.writes.push_back({{"e", "k" + std::to_string(k)}, Value::integer(i)});
    draft.metadata.author = "ann";
    Recording recording;
    recording.change = *canonical_change(std::move(draft));
    recording.wall_ms = ++log.wall_ms;
    log.store.record({&recording, 1});
  }
  AuditQuery query;
  query.author = "ann";
  query.limit = 2;
  std::string sizes;
  for (int page = 0; page < 5; ++page) {
    const AuditPage found = log.store.audit(query);
    sizes += std::to_string(found.rows.size()) + " ";
    if (!found.next) break;
    query.after = found.next;
  }
  CHECK(sizes == "5 5 5 ");
}

TEST_CASE("changes that are stamped again are found under their new stamps, and only there") {
  Log log;
  log.write("e", "k", Value::integer(1), by("ann"));
  log.wall_ms += 3'600'000;
  log.write("e", "k", Value::integer(2), by("ann"));
  AuditQuery query;
  query.author = "ann";
  CHECK(log.found(query) == "2 1 ");
  log.store.restamp(node_a, 1, -3'600'000, log.wall_ms - 3'600'000);
  CHECK(log.found(query) == "2 1 ");
  const AuditPage page = log.store.audit(query);
  CHECK(page.rows.size() == 2);
  CHECK(page.rows[0].stamp < log.stamps[1]);
  CHECK(problems(log.store) == "");
}

TEST_CASE("a group is found whole when its first change moved to another node") {
  Log log;
  const Stamp first = log.write("e", "k", Value::integer(1));
  log.store.begin_fork(node_b);
  log.write("e", "k", Value::integer(2), {}, {{LinkKind::correlation, first}});
  AuditQuery group;
  group.correlation = first;
  REQUIRE(log.found(group) == "2 1 ");
  REQUIRE(log.store.settle_fork(node_a).changes == 1);
  REQUIRE(log.store.resolve(first) != first);
  CHECK(log.found(group) == "2 1 ");
}

TEST_CASE("an answer costs what it holds, however long the log is") {
  Log log;
  for (int i = 0; i < 3000; ++i) {
    log.write("e" + std::to_string(i), "k", Value::integer(i), by(i % 1000 == 0 ? "rare" : "often"));
  }
  AuditQuery query;
  query.author = "rare";
  CHECK(log.store.audit(query).rows.size() == 3);
  CHECK(log.store.audit(query).rows_read < 20);
  query = {};
  query.limit = 10;
  CHECK(log.store.audit(query).rows_read < 40);
  query.author = "nobody";
  CHECK(log.store.audit(query).rows_read == 0);
}

}  // namespace tidemark::store
