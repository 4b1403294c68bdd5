#include "server/plan.h"

#include <doctest/doctest.h>

#include "bundles/chain.h"

namespace tidemark::server {
namespace {

sync::Pushed bundle(std::uint64_t n, const Hash& previous, std::int64_t value, const std::string& space = "space") {
  Bundle content{{7}, n, {}};
  Change change;
  change.stamp = {1'000 + n, 0, {7}};
  change.events.push_back({{"e", "a"}, Value::integer(value), std::nullopt});
  content.changes.push_back(change);
  sync::Pushed pushed;
  pushed.canonical = encode_bundle(content, previous, space).bytes;
  pushed.header = *decode_header(pushed.canonical);
  pushed.envelope = std::make_shared<const Bytes>(pushed.canonical);
  return pushed;
}

}  // namespace

TEST_CASE("a bundle is placed by its number and by the head that its trailer names") {
  Chains chains{"space", {}, {}};
  const sync::Pushed first = bundle(1, {}, 1);
  CHECK(place_of(chains, first) == Place::next);
  CHECK(place_of(chains, bundle(2, {}, 1)) == Place::gap);
  const LogEntry entry = append(chains, first);
  CHECK(entry.head == chains.head({7}));
  CHECK(chains.end.seq == 1);
  CHECK(chains.end.acc == next_acc(Hash{}, entry.head));

  CHECK(place_of(chains, first) == Place::already);
  CHECK(place_of(chains, bundle(1, {}, 2)) == Place::fork);
  const sync::Pushed second = bundle(2, entry.head.hash, 2);
  CHECK(place_of(chains, second) == Place::next);
  CHECK(place_of(chains, bundle(2, Hash{1}, 2)) == Place::fork);
  CHECK(place_of(chains, bundle(3, entry.head.hash, 2)) == Place::gap);
  append(chains, second);
  CHECK(place_of(chains, first) == Place::earlier);
  CHECK(same_bundle(first, entry.head.hash));
  CHECK(!same_bundle(bundle(1, {}, 9), entry.head.hash));
}

TEST_CASE("a bundle of another space does not fit the chain") {
  Chains chains{"space", {}, {}};
  CHECK(place_of(chains, bundle(1, {}, 1, "other")) == Place::fork);
}

}  // namespace tidemark::server
