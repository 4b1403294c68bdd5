#include "bundles/bundle_view.h"

#include <doctest/doctest.h>

#include "tests/bundles/arbitrary.h"
#include "tests/bundles/samples.h"

namespace tidemark {
namespace {

std::vector<Change> changes_of(const BundleView& view) {
  std::vector<Change> changes;
  for (const ChangeView& change : view.changes()) changes.push_back(to_change(change));
  return changes;
}

}  // namespace

TEST_CASE("a view says what the bundle says, also after it was moved") {
  CHECK(rc::check([] {
    const Bundle bundle = *arbitrary_bundle();
    const Bytes bytes = encoded(bundle);
    auto view = view_bundle(bytes);
    RC_ASSERT(bool(view));
    const BundleView moved = std::move(*view);
    RC_ASSERT((moved.node() == bundle.node && moved.n() == bundle.n));
    RC_ASSERT(changes_of(moved) == bundle.changes);
  }));
}

TEST_CASE("a view shows texts where they lie") {
  const Bytes bytes = encoded(full_sample());
  const auto view = view_bundle(bytes);
  REQUIRE(view);
  const auto inside = [&](std::string_view text) {
    const auto* const start = reinterpret_cast<const std::uint8_t*>(text.data());
    return std::less_equal<>()(bytes.data(), start) && std::less_equal<>()(start, bytes.data() + bytes.size());
  };
  const ChangeView& change = view->changes()[0];
  CHECK(inside(change.events[0].cell.attribute));
  CHECK(inside(change.events[0].value.string));
  CHECK(inside(change.events[3].cell.entity));
  CHECK(inside(change.metadata.author));
  // One unpacked text for all events of an entity that is a UUID.
  CHECK(!inside(change.events[0].cell.entity));
  CHECK(change.events[0].cell.entity == sample_uuid);
  CHECK(change.events[0].cell.entity.data() == change.events[1].cell.entity.data());
}

}  // namespace tidemark
