#include "bundles/uuid.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "crdt/change.h"

namespace tidemark {

TEST_CASE("a canonical UUID is its 16 bytes") {
  const auto bytes = pack_uuid("0195f3a2-7c4e-7d10-8a55-1f2e3d4c5b6a");
  const UuidBytes expected{0x01, 0x95, 0xf3, 0xa2, 0x7c, 0x4e, 0x7d, 0x10,
                           0x8a, 0x55, 0x1f, 0x2e, 0x3d, 0x4c, 0x5b, 0x6a};
  REQUIRE(bytes);
  CHECK(*bytes == expected);
  CHECK(unpack_uuid(expected) == "0195f3a2-7c4e-7d10-8a55-1f2e3d4c5b6a");
}

TEST_CASE("any 16 bytes are a UUID and come back") {
  CHECK(rc::check([](const UuidBytes& bytes) { RC_ASSERT(pack_uuid(unpack_uuid(bytes)) == bytes); }));
}

TEST_CASE("only the text that the data model calls a canonical UUID is packed") {
  const std::string canonical = "0195f3a2-7c4e-7d10-8a55-1f2e3d4c5b6a";
  for (std::size_t at = 0; at < canonical.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = canonical;
      text[at] = static_cast<char>(byte);
      const auto packed = pack_uuid(text);
      CHECK(packed.has_value() == is_canonical_uuid(text));
      if (packed) CHECK(unpack_uuid(*packed) == text);
    }
  }
  CHECK_FALSE(pack_uuid(""));
  CHECK_FALSE(pack_uuid(canonical + "0"));
  CHECK_FALSE(pack_uuid(canonical.substr(1)));
}

}  // namespace tidemark
