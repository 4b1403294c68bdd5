// Written: the vault as real replicas wrote it, made once for all the tests.
#pragma once

#include <map>

#include "tests/history/neighbours.h"

namespace tidemark::test {

struct Written {
  Vault vault;  // without commits if it is not there: then the rest is empty too
  Bundles bundles;
  Cells cells;
  std::size_t events = 0;

  std::uint64_t seed = 0;            // TIDEMARK_SEED, or a random one
  std::vector<std::size_t> sampled;  // 200 commits with writes, by chance, ascending
  // What the replica of a sampled commit's line said of the moment when it had written the commit: as a digest.
  std::map<std::size_t, std::size_t> then;
};
const Written& written();

// Of what entities hold, those that are marked deleted too.
std::size_t digest(const std::vector<Entity>& entities);

}  // namespace tidemark::test
