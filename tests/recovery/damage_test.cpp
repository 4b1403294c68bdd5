// A thousand damages of a closed file: each is found, or changes nothing that anybody can read; and what salvage makes of
// the file is sound.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "client/salvage.h"
#include "store/store.h"
#include "tests/recovery/patient.h"

using namespace tidemark;
using namespace tidemark::test;

namespace {

std::uint64_t seed_of_run() {
  const char* given = std::getenv("TIDEMARK_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20261125;
}

int rounds_of_run() {
  const char* given = std::getenv("TIDEMARK_DAMAGES");
  return given != nullptr ? std::atoi(given) : 1000;
}

struct Finding {
  bool found = false;
  std::set<std::string> testimony;  // if nothing was found
};

Finding examine(const std::string& path, ReplicaOptions options) {
  options.read_only = true;
  try {
    const Replica replica = Replica::open(path, options);
    if (!replica.verify().problems.empty()) return {true, {}};
    return {false, testimony(replica.store())};
  } catch (const store::StoreError& error) {
    using store::Failure;
    const Failure failure = error.failure();
    CHECK_MESSAGE(
        (failure == Failure::corrupt || failure == Failure::not_a_replica || failure == Failure::newer_schema),
        error.what());
    return {true, {}};
  }
}

// Only what has no hash yet may differ without being noticed.
bool differ_in_unsealed_only(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::vector<std::string> different;
  std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(different));
  return std::all_of(different.begin(), different.end(), [](const auto& line) { return line.rfind("late ", 0) == 0; });
}

// Salvages the file, and looks whether what comes out is sound.
Salvaged check_salvage(World& world, const std::string& path) {
  const std::string out = world.path("saved");
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(out + suffix);
  SalvageOptions options;
  options.space = "space";
  options.random = world.options("saved").random;
  options.vfs = world.options("saved").vfs;
  const auto salvaged = salvage(path, out, options);
  if (!salvaged) {  // the pages with whatever can be told apart are gone
    CHECK(salvaged.error().code == "nothing_found");
    CHECK(read_file(path).size() <= 2 * 4096);
    return {};
  }
  const Replica replica = Replica::open(out, world.options("saved"));
  const auto problems = replica.verify().problems;
  CHECK_MESSAGE(problems.empty(), problems.front());
  CHECK(replica.status().counts.events == salvaged->events);
  return *salvaged;
}

}  // namespace

TEST_CASE("every damage is found or harmless, and salvage makes a sound file of what is left") {
  const std::uint64_t seed = seed_of_run();
  MESSAGE("TIDEMARK_SEED=" << seed);
  World world;
  fill(world);
  const std::string path = world.path("patient");
  world.reopen(world.device("patient"));
  const std::set<std::string> original = testimony(world.device("patient").replica->store());
  world.forget("patient");
  const std::string sound = read_file(path);

  int found = 0;
  int unsealed = 0;
  int harmless = 0;
  std::uint64_t saved = 0;
  std::uint64_t saved_whole = 0;
  for (int i = 0; i < rounds_of_run(); ++i) {
    std::mt19937_64 random(seed * 1'000'003 + std::uint64_t(i));
    write_file(path, sound);
    const std::string how = damage(path, random);
    CAPTURE(i);
    CAPTURE(how);
    const Finding finding = examine(path, world.options("patient"));
    if (finding.found) {
      ++found;
    } else if (finding.testimony == original) {
      ++harmless;
    } else {
      CHECK(differ_in_unsealed_only(finding.testimony, original));
      ++unsealed;
    }
    const Salvaged salvaged = check_salvage(world, path);
    saved += salvaged.events;
    saved_whole += salvaged.lost == 0 ? 1 : 0;
  }
  MESSAGE("found " << found << ", harmless " << harmless << ", in unsealed changes only " << unsealed << "; "
                   << saved_whole << " files lost nothing, " << saved << " events saved");
}

TEST_CASE("a file that is cut off at any page is found, and gives what lies before the cut") {
  World world;
  fill(world);
  const std::string path = world.path("patient");
  world.reopen(world.device("patient"));
  world.forget("patient");
  const std::string sound = read_file(path);
  std::uint64_t before = 0;
  for (std::size_t size = 4096; size <= sound.size(); size += 4096) {
    CAPTURE(size);
    write_file(path, sound.substr(0, size));
    CHECK(examine(path, world.options("patient")).found == (size < sound.size()));
    const std::uint64_t events = check_salvage(world, path).events;
    CHECK(events >= before);
    before = events;
  }
}
