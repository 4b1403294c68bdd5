// Bytes of released versions. They are never edited: what was written once must be read for ever.
#include <doctest/doctest.h>

#include "bundles/envelope.h"
#include "tests/bundles/samples.h"

namespace tidemark {
namespace {

Bytes fixture(const std::string& name) { return bytes_of_hex(read_source_file("tests/fixtures/bundles/" + name)); }

}  // namespace

TEST_CASE("bundles of version 1 are read and written as on the day of their release") {
  const std::pair<const char*, Bundle> fixtures[] = {{"v1-edit.hex", edit_sample()}, {"v1-full.hex", full_sample()}};
  for (const auto& [name, bundle] : fixtures) {
    CAPTURE(name);
    const Bytes bytes = fixture(name);
    const auto decoded = decode_bundle(bytes);
    REQUIRE(decoded);
    CHECK(same(*decoded, bundle));
    CHECK(code_of(check_trailer(bytes, sample_previous(), sample_space)) == "ok");
    CHECK(to_hex(encoded(bundle)) == to_hex(bytes));
  }
}

TEST_CASE("a compressed envelope of version 1 is read as on the day of its release") {
  const auto unpacked = unpack_envelope(fixture("v1-compressed-envelope.hex"));
  REQUIRE(unpacked);
  const auto decoded = decode_bundle(*unpacked);
  REQUIRE(decoded);
  Bundle expected{sample_node, 2, {}};
  for (std::uint64_t i = 0; i < 60; ++i) {
    expected.changes.push_back(one_event({sample_ms + i * 1000, 0, sample_node}, sample_uuid, "body",
                                         text_value("Line " + std::to_string(i) + " of a long note")));
  }
  CHECK(same(*decoded, expected));
  CHECK(encoded(expected) == *unpacked);
}

}  // namespace tidemark
