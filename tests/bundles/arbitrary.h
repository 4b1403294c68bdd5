// Generators of canonical bundles for property tests. Names and stamps come from small sets as well as large
// ones, so that dictionary entries are shared, new and old.
#pragma once

#include <algorithm>

#include "bundles/bundle.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {

inline rc::Gen<std::string> arbitrary_entity() {
  return rc::gen::oneOf(
      rc::gen::elementOf(
          std::vector<std::string>{"a", "note", std::string(64, 'e'), "0195f3a2-7c4e-7d10-8a55-1f2e3d4c5b6a",
                                   "0195f3a2-7c4e-7d10-8a55-1f2e3d4c5b6A", "0195f3a2-7c4e-7d10-8a55+1f2e3d4c5b6a"}),
      rc::gen::map(rc::gen::arbitrary<std::array<std::uint8_t, 10>>(), [](const std::array<std::uint8_t, 10>& random) {
        std::uint8_t bytes[10];
        std::copy(random.begin(), random.end(), bytes);
        return make_uuid_v7(1'795'185'612'345, bytes);
      }));
}

inline rc::Gen<std::string> arbitrary_attribute() {
  return rc::gen::oneOf(
      rc::gen::elementOf(std::vector<std::string>{"body", "title", "deleted", "\u00e9", std::string(255, 'a')}),
      rc::gen::map(rc::gen::inRange(0, 400), [](int n) { return "a" + std::to_string(n); }));
}

inline rc::Gen<Metadata> arbitrary_metadata() {
  const auto text = rc::gen::oneOf(rc::gen::just(std::string()),
                                   rc::gen::elementOf(std::vector<std::string>{"ada", "bob"}), arbitrary_text());
  return rc::gen::construct<Metadata>(text, text, text, text);
}

inline Change canonical_from_draft(Stamp stamp) {
  Draft draft;
  const int writes = *rc::gen::inRange(1, 6);
  for (int i = 0; i < writes; ++i)
    draft.writes.push_back({{*arbitrary_entity(), *arbitrary_attribute()}, *arbitrary_value()});
  const int links = *rc::gen::inRange(-4, 4);
  for (int i = 0; i < links; ++i) {
    draft.links.push_back({static_cast<LinkKind>(*rc::gen::inRange(0, 4)), *rc::gen::arbitrary<Stamp>()});
  }
  if (*rc::gen::inRange(0, 3) == 0) draft.metadata = *arbitrary_metadata();
  auto change = canonical_change(std::move(draft));
  TIDEMARK_ASSERT(change);
  change->stamp = stamp;
  for (Event& event : change->events) {
    if (*rc::gen::arbitrary<bool>()) event.base = *rc::gen::arbitrary<Stamp>();
  }
  return *std::move(change);
}

inline rc::Gen<Bundle> arbitrary_bundle() {
  return rc::gen::exec([] {
    Bundle bundle;
    bundle.node = *rc::gen::arbitrary<NodeId>();
    bundle.n =
        *rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(1, 300),
                        rc::gen::elementOf(std::vector<std::uint64_t>{~std::uint64_t{0}, std::uint64_t{1} << 63}));
    auto stamps = *rc::gen::nonEmpty(rc::gen::container<std::vector<Stamp>>(
        rc::gen::oneOf(rc::gen::arbitrary<Stamp>(),
                       rc::gen::construct<Stamp>(rc::gen::inRange<std::uint64_t>(1000, 1003),
                                                 rc::gen::inRange<std::uint16_t>(0, 4), rc::gen::just(NodeId{})))));
    for (Stamp& stamp : stamps) stamp.node = bundle.node;
    std::sort(stamps.begin(), stamps.end());
    stamps.erase(std::unique(stamps.begin(), stamps.end()), stamps.end());
    if (stamps.size() > 12) stamps.resize(12);
    for (const Stamp& stamp : stamps) bundle.changes.push_back(canonical_from_draft(stamp));
    return bundle;
  });
}

inline void showValue(const Bundle& bundle, std::ostream& out) {
  out << to_string(bundle.node) << " #" << bundle.n;
  for (const Change& change : bundle.changes) {
    out << "\n  ";
    showValue(change, out);
  }
}

}  // namespace tidemark
