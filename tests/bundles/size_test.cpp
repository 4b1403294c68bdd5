#include <doctest/doctest.h>

#include "tests/bundles/arbitrary.h"
#include "tests/bundles/samples.h"

namespace tidemark {

TEST_CASE("a bundle of one 20-byte edit of another node's text is 95 bytes") {
  CHECK(encoded(edit_sample()).size() == 95);
}

TEST_CASE("the same edit without a base is 82 bytes, and on an own text 87") {
  Bundle bundle = edit_sample();
  bundle.changes[0].events[0].base->node = sample_node;
  CHECK(encoded(bundle).size() == 87);
  bundle.changes[0].events[0].base.reset();
  CHECK(encoded(bundle).size() == 82);
}

TEST_CASE("a thousand edits of one cell cost 11 bytes each beside their texts") {
  Bundle bundle{sample_node, 1, {}};
  std::optional<Stamp> base;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const Stamp stamp{sample_ms + i * 100, 0, sample_node};
    bundle.changes.push_back(one_event(stamp, sample_uuid, "body", text_value("0123456789"), base));
    base = stamp;
  }
  const std::size_t size = encoded(bundle).size();
  CHECK(size > 1000 * (10 + 10));
  CHECK(size < 1000 * (10 + 11) + 100);
}

TEST_CASE("no bundle is larger than the bounds of its changes") {
  CHECK(rc::check([] {
    const Bundle bundle = *arbitrary_bundle();
    std::size_t bound = bundle_overhead_bound;
    for (const Change& change : bundle.changes) bound += size_bound(change);
    RC_ASSERT(encoded(bundle).size() <= bound);
  }));
}

TEST_CASE("the bound of a change does not depend on its stamp and bases") {
  CHECK(rc::check([] {
    Change change = canonical_from_draft(Stamp{});
    const std::size_t bound = size_bound(change);
    change.stamp = *rc::gen::arbitrary<Stamp>();
    for (Event& event : change.events)
      if (*rc::gen::arbitrary<bool>()) event.base = *rc::gen::arbitrary<Stamp>();
    RC_ASSERT(size_bound(change) == bound);
  }));
}

TEST_CASE("the bound holds where every number is as long as it can be") {
  Bundle bundle{NodeId{~0ull}, ~0ull, {}};
  std::size_t bound = bundle_overhead_bound;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    // Every reference is to a new node, every distance as far as time reaches, nothing is shared.
    const Stamp far{i % 2 == 0 ? max_stamp_ms : 0, 65535, NodeId{i}};
    Change change = one_event({i, static_cast<std::uint16_t>(65535 - i), bundle.node}, "entity " + std::to_string(i),
                              "attribute " + std::to_string(i), Value::integer(INT64_MIN), far);
    change.links = {{LinkKind::undoes, {far.ms, 65535, NodeId{i + 100'000}}}};
    change.metadata = {"author " + std::to_string(i), "source " + std::to_string(i), "note " + std::to_string(i), ""};
    bound += size_bound(change);
    bundle.changes.push_back(std::move(change));
  }
  bundle.changes.back().stamp.ms = max_stamp_ms;
  const std::size_t size = encoded(bundle).size();
  CHECK(size <= bound);
  CHECK(size > bound * 3 / 4);  // a bound is of use only if it is near
}

TEST_CASE("a change fits a bundle up to the last byte of its bound") {
  Change change = one_event({sample_ms, 0, sample_node}, "e", "a", text_value(std::string(max_value_bytes, 'x')));
  change.events.push_back({{"e", "b"}, text_value(""), std::nullopt});
  const std::size_t rest = max_bundle_bytes - bundle_overhead_bound - size_bound(change);
  // Two bytes more for the longer size of the second text.
  const auto with_text = [&](std::size_t size) {
    change.events[1].value = text_value(std::string(size, 'y'));
    return fits_bundle(change);
  };
  CHECK(with_text(rest - 2 - 1));
  CHECK(with_text(rest - 2));
  CHECK_FALSE(with_text(rest - 2 + 1));
}

TEST_CASE("the largest change of one event fits a bundle") {
  Change change =
      one_event({sample_ms, 0, sample_node}, std::string(max_entity_bytes, 'e'), std::string(max_attribute_bytes, 'a'),
                bytes_value(std::string(max_value_bytes, '\0')), Stamp{0, 0, other_node});
  change.metadata.note = std::string(max_metadata_bytes, 'n');
  CHECK(fits_bundle(change));
  CHECK(code_of(decode_bundle(encoded({sample_node, 1, {change}}))) == "ok");
}

}  // namespace tidemark
