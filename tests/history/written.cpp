#include "tests/history/written.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <random>

namespace tidemark::test {
namespace {

constexpr std::size_t samples = 200;

std::uint64_t pick_seed() {
  const char* const wanted = std::getenv("TIDEMARK_SEED");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : std::random_device{}();
}

Written write() {
  Written written;
  written.vault = Vault::read();
  if (written.vault.empty()) {
    MESSAGE("skipped: no notes-history.jsonl.gz and notes-dag.jsonl.gz where TIDEMARK_SHARED says");
    return written;
  }
  written.seed = pick_seed();
  MESSAGE("TIDEMARK_SEED=" << written.seed);
  std::mt19937_64 random(written.seed);
  const std::vector<std::size_t> writing = writing_commits(written.vault);
  std::sample(writing.begin(), writing.end(), std::back_inserter(written.sampled), samples, random);
  written.bundles = write_lines(written.vault, [&](std::size_t commit, const Stamp& stamp, const Replica& replica) {
    written.events += written.vault.commits[commit].writes.size();
    if (!std::binary_search(written.sampled.begin(), written.sampled.end(), commit)) return;
    written.then[commit] = digest(*replica.list_at(stamp, {{}, true}));
  });
  written.cells = cells_of(written.vault, written.bundles);
  return written;
}

}  // namespace

const Written& written() {
  static const Written once = write();
  return once;
}

std::size_t digest(const std::vector<Entity>& entities) {
  std::size_t sum = 0;
  const auto add = [&](const std::string& text) { sum = sum * 1099511628211u + std::hash<std::string>{}(text); };
  for (const Entity& entity : entities) {
    add(entity.id);
    for (const auto& [attribute, value] : entity.attributes) {
      add(attribute);
      add(value.canonical_bytes());
    }
  }
  return sum;
}

}  // namespace tidemark::test
