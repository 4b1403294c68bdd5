// Shrinking: what is left of a failed run still fails in the same way, and is small.
#include <doctest/doctest.h>

#include <functional>
#include <optional>

#include "sim/run.h"
#include "sim/shrink.h"

using namespace tidemark;
using namespace tidemark::sim;

namespace {

// Nothing is broken here, so these tests look for something else that can be told from a report.
bool loses_power(const RunReport& report) { return report.faults[std::size_t(Fault::power_loss)] != 0; }

std::optional<Tapes> tapes_with(const char* profile, const std::function<bool(const RunReport&)>& fails) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    RunOptions options;
    options.keep_tapes = true;
    RunReport report = run(seed, *Profile::named(profile, seed), options);
    if (fails(report)) return std::move(report.tapes);
  }
  return std::nullopt;
}

std::size_t draws_left(const Tapes& tapes) {
  std::size_t count = 0;
  for (const Tapes::Step& step : tapes.steps) {
    for (const auto& draws : step.draws) count += draws.size();
  }
  return count;
}

}  // namespace

TEST_CASE("one fault that matters is all that is left") {
  const auto tapes = tapes_with("relaxed", loses_power);
  REQUIRE(tapes);
  ShrinkBudget budget;
  budget.fails = loses_power;
  const Shrunk shrunk = shrink(*tapes, budget);
  CHECK(shrunk.reproducible);
  CHECK(shrunk.report.fault_total() == 1);
  CHECK(shrunk.report.operations <= 1);
  CHECK(shrunk.tapes.profile.devices == 1);
  CHECK(replay(shrunk.tapes).trace_hash == shrunk.report.trace_hash);
}

TEST_CASE("two faults that matter together both stay") {
  const auto both = [](const RunReport& report) {
    return loses_power(report) && report.faults[std::size_t(Fault::cut)] != 0;
  };
  const auto tapes = tapes_with("relaxed", both);
  REQUIRE(tapes);
  ShrinkBudget budget;
  budget.fails = both;
  const Shrunk shrunk = shrink(*tapes, budget);
  CHECK(shrunk.reproducible);
  CHECK(both(shrunk.report));
  CHECK(shrunk.report.fault_total() == 2);
  CHECK(shrunk.report.operations <= 8);
}

TEST_CASE("operations that matter stay, and nothing else") {
  const auto many = [](const RunReport& report) { return report.confirms >= 5; };
  const auto tapes = tapes_with("swarm", many);
  REQUIRE(tapes);
  ShrinkBudget budget;
  budget.fails = many;
  const Shrunk shrunk = shrink(*tapes, budget);
  CHECK(shrunk.reproducible);
  CHECK(shrunk.report.confirms >= 5);
  CHECK(shrunk.report.fault_total() == 0);
  CHECK(shrunk.report.operations <= 5);
}

TEST_CASE("a budget of runs is kept, and what was found until then is given") {
  const auto tapes = tapes_with("relaxed", loses_power);
  REQUIRE(tapes);
  for (const std::uint64_t runs : {1, 10, 11}) {
    ShrinkBudget budget;
    budget.fails = loses_power;
    budget.runs_max = runs;
    std::uint64_t told = 0;
    budget.progress = [&](std::uint64_t so_far, std::size_t) { told = so_far; };
    const Shrunk shrunk = shrink(*tapes, budget);
    CHECK(told == runs);
    CHECK(shrunk.runs == runs + 1);
    CHECK(shrunk.reproducible);
    CHECK(draws_left(shrunk.tapes) <= draws_left(*tapes));
  }
}

TEST_CASE("a caller can stop it at any time") {
  const auto tapes = tapes_with("relaxed", loses_power);
  REQUIRE(tapes);
  ShrinkBudget budget;
  budget.fails = loses_power;
  int asked = 0;
  budget.stop = [&] { return ++asked > 5; };
  const Shrunk shrunk = shrink(*tapes, budget);
  CHECK(shrunk.runs <= 5 + 1);
  CHECK(shrunk.reproducible);
}

TEST_CASE("the same tapes are shrunk to the same tapes") {
  const auto tapes = tapes_with("relaxed", loses_power);
  REQUIRE(tapes);
  ShrinkBudget budget;
  budget.fails = loses_power;
  budget.runs_max = 100;
  CHECK(shrink(*tapes, budget).tapes.to_text() == shrink(*tapes, budget).tapes.to_text());
}

TEST_CASE("tapes that do not fail come back as they are") {
  RunOptions options;
  options.keep_tapes = true;
  Tapes tapes = run(1, *Profile::named("calm", 1), options).tapes;
  tapes.invariant = "I3";
  const Shrunk shrunk = shrink(tapes);
  CHECK(!shrunk.reproducible);
  CHECK(shrunk.runs == 2);
  CHECK(shrunk.tapes.steps == tapes.steps);
}
