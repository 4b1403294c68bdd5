// Whole runs: the same seed is the same run, tapes replay it, and a few worlds of each kind hold all invariants.
#include <doctest/doctest.h>

#include "sim/run.h"

using namespace tidemark;
using namespace tidemark::sim;

TEST_CASE("the same seed gives the same run twice, and its tapes give it once more") {
  for (const char* name : {"swarm", "crash"}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      CAPTURE(name);
      CAPTURE(seed);
      const Profile profile = *Profile::named(name, seed);
      RunOptions options;
      options.keep_tapes = true;
      const RunReport first = run(seed, profile, options);
      CHECK(run(seed, profile).trace_hash == first.trace_hash);
      CHECK(replay(first.tapes).trace_hash == first.trace_hash);
      const Result<Tapes> read = Tapes::parse(first.tapes.to_text());
      REQUIRE(read);
      CHECK(replay(*read).trace_hash == first.trace_hash);
    }
  }
}

TEST_CASE("another seed is another run") {
  CHECK(run(1, *Profile::named("swarm", 1)).trace_hash != run(2, *Profile::named("swarm", 2)).trace_hash);
}

TEST_CASE("nothing is lost and all agree in these worlds") {
  for (const char* name : {"calm", "network", "swarm", "crash", "copies", "hostile"}) {
    for (std::uint64_t seed = 1; seed <= 25; ++seed) {
      const RunReport report = run(seed, *Profile::named(name, seed));
      CHECK_MESSAGE(!report.invariant,
                    name << " " << seed << ": " << report.invariant.value_or("") << ": " << report.what);
      CHECK(report.operations > 0);
    }
  }
}

TEST_CASE("without syncs a loss of power takes acknowledged changes, and never what was confirmed or its chain") {
  std::uint64_t lost_relaxed = 0;
  std::uint64_t lost_full = 0;
  std::uint64_t confirms = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    const RunReport relaxed = run(seed, *Profile::named("relaxed", seed));
    const RunReport full = run(seed, *Profile::named("power", seed));
    CHECK_MESSAGE(!relaxed.invariant, relaxed.what);
    CHECK_MESSAGE(!full.invariant, full.what);
    CHECK(relaxed.power_losses > 0);
    lost_relaxed += relaxed.lost_by_choice;
    lost_full += full.lost_by_choice;
    confirms += relaxed.confirms;
  }
  CHECK(lost_relaxed > 0);
  CHECK(lost_full == 0);
  CHECK(confirms > 0);
}

TEST_CASE("text that is no tape is refused with its line") {
  CHECK(Tapes::parse("something else").error().field == "line 1");
  CHECK(Tapes::parse("tidemark-tape 1\nseed x\n").error().field == "line 2");
  CHECK(Tapes::parse("tidemark-tape 1\nseed 1\nstep 1\n").error().field == "line 3");
  CHECK(Tapes::parse("tidemark-tape 1\nseed 1\nstep 0\ndisk 4294967296\n").error().field == "line 4");
  CHECK(Tapes::parse("tidemark-tape 1\nprofile devices=9\nseed 1\n").error().got == "devices=9");
}
