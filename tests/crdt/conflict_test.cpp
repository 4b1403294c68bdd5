#include <doctest/doctest.h>

#include "crdt/model.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

const Cell body{"note", "body"};
constexpr NodeId ada{1};
constexpr NodeId bob{2};

Change write(Stamp stamp, std::optional<Stamp> base) {
  Change change;
  change.stamp = stamp;
  change.events.push_back({body, Value::integer(static_cast<std::int64_t>(stamp.ms * 10 + stamp.node.value)), base});
  return change;
}

// The stamps that are listed as lost to a writer who had not seen them.
std::vector<Stamp> lost(const Model& model) {
  std::vector<Stamp> stamps;
  for (const auto& [stamp, event] : model.conflicts(body)) stamps.push_back(stamp);
  return stamps;
}

}  // namespace

TEST_CASE("a value whose successor had seen it is no conflict") {
  Model model;
  model.apply(write({1, 0, ada}, std::nullopt));
  model.apply(write({2, 0, bob}, Stamp{1, 0, ada}));
  model.apply(write({3, 0, ada}, Stamp{2, 0, bob}));
  CHECK(lost(model).empty());
}

TEST_CASE("a value that lost to a writer who had not seen it is a conflict") {
  Model model;
  model.apply(write({1, 0, ada}, std::nullopt));
  model.apply(write({2, 0, ada}, Stamp{1, 0, ada}));
  model.apply(write({3, 0, bob}, Stamp{1, 0, ada}));
  CHECK(lost(model) == std::vector<Stamp>{{2, 0, ada}});
  // Later edits upon the winner do not make the lost one seen.
  model.apply(write({4, 0, ada}, Stamp{3, 0, bob}));
  CHECK(lost(model) == std::vector<Stamp>{{2, 0, ada}});
  // An edit upon the lost one wins: now the other side was not seen.
  model.apply(write({5, 0, ada}, Stamp{2, 0, ada}));
  CHECK(lost(model) == std::vector<Stamp>{{4, 0, ada}});
}

TEST_CASE("two first writes conflict") {
  Model model;
  model.apply(write({1, 0, ada}, std::nullopt));
  model.apply(write({1, 0, bob}, std::nullopt));
  CHECK(lost(model) == std::vector<Stamp>{{1, 0, ada}});
}

TEST_CASE("a base that names no known event is unknown and no error") {
  Model model;
  model.apply(write({1, 0, ada}, std::nullopt));
  model.apply(write({3, 0, bob}, Stamp{2, 0, bob}));
  CHECK(lost(model) == std::vector<Stamp>{{1, 0, ada}});
  // The missing event arrives and closes the chain.
  model.apply(write({2, 0, bob}, Stamp{1, 0, ada}));
  CHECK(lost(model).empty());
}

TEST_CASE("a base that is later than what names it counts for nothing") {
  Model model;
  model.apply(write({1, 0, ada}, Stamp{2, 0, ada}));
  model.apply(write({2, 0, ada}, Stamp{1, 0, ada}));
  model.apply(write({3, 0, ada}, Stamp{3, 0, ada}));
  CHECK(lost(model) == std::vector<Stamp>{{2, 0, ada}});
}

}  // namespace tidemark
