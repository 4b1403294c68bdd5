#include <doctest/doctest.h>

#include "tests/bundles/arbitrary.h"
#include "tests/bundles/samples.h"

namespace tidemark {

TEST_CASE("every canonical bundle comes back from its bytes, and the bytes from the bundle") {
  CHECK(rc::check([] {
    const Bundle bundle = *arbitrary_bundle();
    const EncodedBundle bytes = encode_bundle(bundle, sample_previous(), sample_space);
    const auto decoded = decode_bundle(bytes.bytes);
    RC_ASSERT(static_cast<bool>(decoded));
    RC_ASSERT(same(*decoded, bundle));
    RC_ASSERT(encoded(*decoded) == bytes.bytes);
  }));
}

TEST_CASE("the header and the head say what the bundle says") {
  CHECK(rc::check([] {
    const Bundle bundle = *arbitrary_bundle();
    const EncodedBundle bytes = encode_bundle(bundle, sample_previous(), sample_space);
    const auto header = decode_header(bytes.bytes);
    RC_ASSERT(static_cast<bool>(header));
    RC_ASSERT(header->version == bundle_version);
    RC_ASSERT(header->suite == suite_plain);
    RC_ASSERT(header->node == bundle.node);
    RC_ASSERT(header->n == bundle.n);
    RC_ASSERT(header->first == bundle.changes.front().stamp);
    RC_ASSERT(header->last == bundle.changes.back().stamp);
    RC_ASSERT(header->changes == bundle.changes.size());
    std::size_t events = 0;
    for (const Change& change : bundle.changes) events += change.events.size();
    RC_ASSERT(header->events == events);
    const auto head = check_trailer(bytes.bytes, sample_previous(), sample_space);
    RC_ASSERT(head && *head == bytes.head);
    RC_ASSERT((head->node == bundle.node && head->n == bundle.n));
  }));
}

TEST_CASE("what is in a bundle does not depend on the space or the predecessor, only its trailer does") {
  const Bundle bundle = full_sample();
  const Bytes a = encode_bundle(bundle, sample_previous(), "notes").bytes;
  const Bytes b = encode_bundle(bundle, Hash{}, "other").bytes;
  REQUIRE(a.size() == b.size());
  CHECK(std::equal(a.begin(), a.end() - trailer_size, b.begin()));
  CHECK_FALSE(a == b);
  CHECK(encoded(bundle) == a);
}

TEST_CASE("texts that look like other texts stay what they are") {
  const Stamp stamp{sample_ms, 0, sample_node};
  for (const char* entity : {"0195f3a2-7c4e-7d10-8a55-1f2e3d4c5b6a", "0195F3A2-7C4E-7D10-8A55-1F2E3D4C5B6A",
                             "0195f3a27c4e7d108a551f2e3d4c5b6a", "0195f3a2-7c4e-7d10-8a55-1f2e3d4c5b6",
                             "{195f3a2-7c4e-7d10-8a55-1f2e3d4c5b6a", "\xe2\x82\xac"}) {
    const Bundle bundle{sample_node, 1, {one_event(stamp, entity, "a", Value::null())}};
    const auto decoded = decode_bundle(encoded(bundle));
    REQUIRE(decoded);
    CHECK(decoded->changes[0].events[0].cell.entity == entity);
  }
}

TEST_CASE("bases may lie anywhere in time, of any node") {
  const Stamp last{max_stamp_ms, 65535, sample_node};
  for (const Stamp& own : {Stamp{0, 0, sample_node}, Stamp{sample_ms, 9, sample_node}, last}) {
    for (const Stamp& base :
         {Stamp{0, 0, sample_node}, Stamp{0, 0, NodeId{0}}, Stamp{max_stamp_ms, 65535, NodeId{~0ull}}, own}) {
      const Bundle bundle{sample_node, 1, {one_event(own, "e", "a", Value::null(), base)}};
      const auto decoded = decode_bundle(encoded(bundle));
      REQUIRE(decoded);
      CHECK(same(*decoded, bundle));
    }
  }
}

TEST_CASE("numbers at the edges come back") {
  std::vector<Value> values;
  for (const std::int64_t number : {INT64_MIN, INT64_MIN + 1, std::int64_t{-64}, std::int64_t{-65}, std::int64_t{63},
                                    std::int64_t{64}, INT64_MAX}) {
    values.push_back(Value::integer(number));
  }
  for (const double number :
       {0.0, -0.0, 5e-324, -1.7976931348623157e308, std::nan(""), std::numeric_limits<double>::infinity()}) {
    values.push_back(Value::real(number));
  }
  for (const Value& value : values) {
    const Bundle bundle{sample_node, 1, {one_event({sample_ms, 0, sample_node}, "e", "a", value)}};
    const auto decoded = decode_bundle(encoded(bundle));
    REQUIRE(decoded);
    CHECK(decoded->changes[0].events[0].value == value);
  }
}

}  // namespace tidemark
