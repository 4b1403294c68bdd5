// Every seed and every tape that ever failed, each with a sentence about the bug.
//
// A seed finds its bug only as long as the simulator draws what it drew then; it stays as one more world. A tape plays the
// same faults again; they were shrunk while the bug was there.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "sim/run.h"

using namespace tidemark;
using namespace tidemark::sim;

namespace {

struct FailedSeed {
  const char* profile;
  std::uint64_t seed;
  const char* bug;
};

constexpr FailedSeed failed_seeds[] = {
    {"crash", 1335,
     "a checkpoint trusted frames that a failed sync had lost, and a loss of power tore the relay's log"},
    {"crash", 1376, "the simulator trusted a file on a disk that lied"},
    {"crash", 1528, "the simulator trusted a file on a disk that lied"},
    {"crash", 20659, "a switch to the write-ahead log that was not committed left the relay with a rollback journal"},
    {"crash", 21190, "the simulated disk tore bytes that were written with the value they had"},
    {"crash", 23804, "a file was no SQLite file any more; not traced, it holds since the disk tears less"},
    {"crash", 30710, "the simulator judged a file on a disk that lied"},
    {"crash", 61793, "a damaged schema was an I/O error, so that nobody started the device anew"},
    {"crash", 874769293, "the oracle demanded a change that had never been acknowledged"},
    {"crash", 246193629376,
     "a device sent what a loss of power could take; it holds since damaged logs are written again"},
    {"crash", 805153423131, "two copies of a file stamped again, and each took the other's bundles for its own"},
    {"crash", 805153428373, "a refill of a log that was gone stayed open when the earlier log came back"},
    {"crash", 362390508, "links were followed by a file's own aliases, so that devices listed different conflicts"},
    {"power", 1376, "the simulator let bits rot on a disk that lied"},
    {"power", 1702, "the simulator let bits rot on a disk that lied"},
    {"swarm", 1426, "stamps were refused for good; not traced, it holds since the draws of clocks changed"},
    {"swarm", 1472, "devices in 1970 outvoted the relay, and nobody there learned the time"},
    {"swarm", 1663, "devices a year ahead got their stamps into the log, and all others parked them"},
    {"swarm", 6321, "a forged bundle with an earlier stamp gave an empty range of rows when it was stamped anew"},
    {"swarm", 362391277, "a redo marked an entity deleted that had been there without a value"},
    {"crash", 1041677918, "a redo took an earlier undo with it that named the same change for another cell"},
    {"swarm", 1041677513, "a redo took an earlier undo with it that named the same change for another cell"},
    {"swarm", 3509320590, "a redo took two undos for parts of one, because they wrote the same value"},
    {"swarm", 362391549, "a conflict whose stamp another change once had could not be settled by it"},
    {"swarm", 60178, "a slow clock that reached the moment at which its offset was learned was used as it was"},
    {"swarm", 62870, "a damaged schema was an I/O error, so that nobody started the device anew"},
    {"swarm", 702183903767, "a relay whose clock had jumped judged it by how far its devices had been off before"},
    {"clocks", 1350, "devices in 1970 outvoted the relay, and nobody there learned the time"},
};

}  // namespace

TEST_CASE("seeds that once failed hold") {
  for (const FailedSeed& failed : failed_seeds) {
    const RunReport report = run(failed.seed, *Profile::named(failed.profile, failed.seed));
    CHECK_MESSAGE(!report.invariant, failed.profile << " " << failed.seed << ": " << report.invariant.value_or("")
                                                    << ": " << report.what << "; once: " << failed.bug);
  }
}

TEST_CASE("tapes that once failed hold") {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TIDEMARK_TAPES)) {
    CAPTURE(entry.path().filename().string());
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const Result<Tapes> tapes = Tapes::parse(text.str());
    REQUIRE(tapes);
    CHECK(!tapes->note.empty());
    CHECK(!tapes->invariant.empty());
    const RunReport report = replay(*tapes);
    CHECK_MESSAGE(!report.invariant, report.invariant.value_or("") << ": " << report.what << "; once: " << tapes->note);
    ++count;
  }
  CHECK(count > 0);
}
