#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>

#include "crdt/change.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {

TEST_CASE("only the 36-character lower-case form is a canonical UUID") {
  for (const char* good : {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
                           "990459c3-0123-5abc-8def-0123456789ab"}) {
    CHECK(is_canonical_uuid(good));
  }
  for (const char* bad : {"", "990459c3-0123-5abc-8def-0123456789a", "990459c3-0123-5abc-8def-0123456789abc",
                          "990459C3-0123-5abc-8def-0123456789ab", "990459c301235abc8def0123456789ab0000",
                          "990459c3-0123-5abc-8def_0123456789ab", "g90459c3-0123-5abc-8def-0123456789ab",
                          "{90459c3-0123-5abc-8def-0123456789a}", "-90459c3-0123-5abc-8def-0123456789ab"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_canonical_uuid(bad));
  }
}

TEST_CASE("a version 7 UUID holds the time, the version and the random bits") {
  const std::uint8_t zeros[10] = {};
  const std::uint8_t ones[10] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  CHECK(make_uuid_v7(0x0123'4567'89ab, zeros) == "01234567-89ab-7000-8000-000000000000");
  CHECK(make_uuid_v7(0x0123'4567'89ab, ones) == "01234567-89ab-7fff-bfff-ffffffffffff");
  CHECK(make_uuid_v7(-1, zeros) == "00000000-0000-7000-8000-000000000000");
  CHECK(make_uuid_v7(std::numeric_limits<std::int64_t>::max(), zeros) == "ffffffff-ffff-7000-8000-000000000000");
  CHECK(rc::check([](std::int64_t ms, const std::array<std::uint8_t, 10>& random) {
    std::uint8_t bytes[10];
    std::copy(random.begin(), random.end(), bytes);
    RC_ASSERT(is_canonical_uuid(make_uuid_v7(ms, bytes)));
  }));
}

}  // namespace tidemark
