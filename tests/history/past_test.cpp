// Time travel to 200 random commits of a real history, against a replay of the log.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "crdt/model.h"
#include "tests/history/row_counter.h"
#include "tests/history/written.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

// Every change of the log, ascending by stamp.
std::vector<const Change*> log_of(const Bundles& bundles) {
  std::vector<const Change*> log;
  for (const auto& of_commit : bundles) {
    for (const store::Arrival& bundle : of_commit) log.push_back(&bundle.changes[0]);
  }
  std::sort(log.begin(), log.end(), [](const Change* a, const Change* b) { return a->stamp < b->stamp; });
  return log;
}

bool holds(const std::vector<Entity>& entities, const Model& model) {
  auto expected = model.state().begin();
  for (const Entity& entity : entities) {
    for (const auto& [attribute, value] : entity.attributes) {
      if (expected == model.state().end() || !(expected->first == Cell{entity.id, attribute}) ||
          !(expected->second.value == value))
        return false;
      ++expected;
    }
  }
  return expected == model.state().end();
}

Entity entity_of(const Model& model, const std::string& id) {
  Entity entity{id, {}};
  for (auto at = model.state().lower_bound({id, ""}); at != model.state().end() && at->first.entity == id; ++at)
    entity.attributes.emplace(at->first.attribute, at->second.value);
  return entity;
}

// What the ancestors of a commit and itself had made of the vault.
std::vector<Entity> at_commit(const Written& all, std::size_t commit) {
  std::vector<Entity> entities;
  for (const auto& [cell, writes] : all.cells) {
    const auto seen = [&](const Wrote& one) { return all.vault.saw(commit, one.commit); };
    const auto winner = std::find_if(writes.rbegin(), writes.rend(), seen);
    if (winner == writes.rend()) continue;
    if (entities.empty() || entities.back().id != cell.entity) entities.push_back({cell.entity, {}});
    entities.back().attributes.emplace(cell.attribute, *winner->value);
  }
  return entities;
}

// The commits in an order in which a relay might have got them: each line in its own order, the lines anyhow.
std::vector<std::size_t> another_order(const Written& all, std::mt19937_64& random) {
  std::vector<std::size_t> order = writing_commits(all.vault);
  std::vector<std::size_t> lines;
  std::map<std::size_t, std::vector<std::size_t>> left;
  for (const std::size_t commit : order) {
    lines.push_back(all.vault.commits[commit].line);
    left[lines.back()].push_back(commit);
  }
  for (auto& [line, commits] : left) std::reverse(commits.begin(), commits.end());
  std::shuffle(lines.begin(), lines.end(), random);
  order.clear();
  for (const std::size_t line : lines) {
    order.push_back(left[line].back());
    left[line].pop_back();
  }
  return order;
}

}  // namespace

TEST_CASE("a replica that has just written a commit of a real history shows what the commit's ancestors made") {
  const Written& all = written();
  if (all.vault.empty()) return;
  CAPTURE(all.seed);
  REQUIRE(all.then.size() == 200);
  for (const auto& [commit, said] : all.then) {
    CAPTURE(commit);
    REQUIRE(said == digest(at_commit(all, commit)));
  }
}

TEST_CASE("as of any commit of a real history replicas with equal heads show what a replay of the log up to it gives") {
  const Written& all = written();
  if (all.vault.empty()) return;
  CAPTURE(all.seed);
  std::mt19937_64 random(all.seed + 1);
  const std::vector<std::size_t> order = writing_commits(all.vault);
  const std::vector<std::size_t> other = another_order(all, random);
  REQUIRE(order != other);
  const Replica replicas[] = {gather(all.bundles, order), gather(all.bundles, other)};
  REQUIRE(replicas[0].store().heads() == replicas[1].store().heads());
  std::vector<std::pair<Stamp, std::size_t>> cuts;
  for (const std::size_t commit : all.sampled) cuts.emplace_back(stamp_of(all.bundles, commit), commit);
  std::sort(cuts.begin(), cuts.end());
  const std::vector<const Change*> log = log_of(all.bundles);
  auto next = log.begin();
  Model model;
  for (const auto& [cut, commit] : cuts) {
    CAPTURE(commit);
    for (; next != log.end() && (*next)->stamp <= cut; ++next) model.apply(**next);
    for (const Replica& replica : replicas) {
      // A quarter of them shows as well that the order of arrival does not matter.
      if (&replica != replicas && commit % 4 != 0) continue;
      REQUIRE(holds(*replica.list_at(cut, {{}, true}), model));
      for (const Write& write : all.vault.commits[commit].writes) {
        const Entity expected = entity_of(model, write.cell.entity);
        const std::optional<Entity> then = *replica.get_at(cut, write.cell.entity);
        REQUIRE(then.has_value() == !expected.deleted());
        if (then) REQUIRE(then->attributes == expected.attributes);
      }
    }
  }
  for (; next != log.end(); ++next) model.apply(**next);
  for (const Replica& replica : replicas) CHECK(holds(replica.list({{}, true}), model));
}

TEST_CASE("the past of an entity costs its own events, and that of the whole file one pass over all events") {
  const Written& all = written();
  if (all.vault.empty()) return;
  CAPTURE(all.seed);
  RowCounter counter;
  const Replica replica = gather(all.bundles, writing_commits(all.vault));
  std::map<std::string, std::uint64_t> events;
  std::map<std::string, std::uint64_t> cells;
  for (const auto& [cell, writes] : all.cells) {
    events[cell.entity] += writes.size();
    ++cells[cell.entity];
  }
  const auto reads_events = [](const std::string& sql) { return sql.find("FROM events") != sql.npos; };
  counter.take();
  for (const std::size_t commit : all.sampled) {
    const std::string& entity = all.vault.commits[commit].writes[0].cell.entity;
    CAPTURE(entity);
    REQUIRE(replica.get_at(stamp_of(all.bundles, commit), entity));
    std::uint64_t given = 0;
    for (const auto& [sql, rows] : counter.take()) {
      CAPTURE(sql);
      REQUIRE(rows.walked == 0);
      if (reads_events(sql)) given += rows.given;
    }
    REQUIRE(given >= events[entity]);
    REQUIRE(given <= events[entity] + cells[entity]);  // the value of a winner is read on its own
  }

  const std::size_t last = all.sampled.back();
  REQUIRE(replica.list_at(stamp_of(all.bundles, last), {{}, true}));
  std::uint64_t given = 0;
  std::uint64_t walked = 0;
  for (const auto& [sql, rows] : counter.take()) {
    if (!reads_events(sql)) continue;
    given += rows.given;
    walked += rows.walked;
  }
  CHECK(walked == 16'075);  // steps from one event to the next
  CHECK(given <= 16'076 + 6'104);
}
