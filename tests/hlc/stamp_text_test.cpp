#include <doctest/doctest.h>

#include "hlc/stamp.h"
#include "tests/hlc/arbitrary.h"

namespace tidemark {

TEST_CASE("text form of known stamps") {
  struct {
    Stamp stamp;
    const char* text;
  } const known[] = {
      {{0, 0, {0}}, "1970-01-01T00:00:00.000Z-0000-0000000000000000"},
      {{1'795'185'612'345, 1, {0x89abcdef01234567}}, "2026-11-20T14:40:12.345Z-0001-89abcdef01234567"},
      {{951'782'400'000, 0xabcd, {1}}, "2000-02-29T00:00:00.000Z-abcd-0000000000000001"},
      {{2'147'483'648'000, 0, {0}}, "2038-01-19T03:14:08.000Z-0000-0000000000000000"},
      {{4'107'542'399'999, 0, {0}}, "2100-02-28T23:59:59.999Z-0000-0000000000000000"},
      {{4'107'542'400'000, 0, {0}}, "2100-03-01T00:00:00.000Z-0000-0000000000000000"},
      {{max_stamp_ms, 0xffff, {~0ull}}, "9999-12-31T23:59:59.999Z-ffff-ffffffffffffffff"},
  };
  for (const auto& [stamp, text] : known) {
    CHECK(to_string(stamp) == text);
    CHECK(parse_stamp(text) == stamp);
  }
}

TEST_CASE("W9: the text has one width, also when the fraction of the second is zero") {
  const std::string whole = to_string(Stamp{1'795'185'612'000, 0, {1}});
  const std::string fraction = to_string(Stamp{1'795'185'612'001, 0, {1}});
  CHECK(whole.size() == stamp_text_size);
  CHECK(fraction.size() == stamp_text_size);
  CHECK(whole < fraction);
}

TEST_CASE("W10: upper-case digits and foreign separators are refused") {
  for (const char* bad :
       {"2026-11-20T14:40:12.345Z-000A-89abcdef01234567", "2026-11-20T14:40:12.345Z-0001-89ABCDEF01234567",
        "2026-11-20t14:40:12.345Z-0001-89abcdef01234567", "2026-11-20T14:40:12.345z-0001-89abcdef01234567",
        "2026-11-20T14:40:12.345Z_0001-89abcdef01234567", "2026-11-20T14:40:12.345Z-0001 89abcdef01234567",
        "2026/11-20T14:40:12.345Z-0001-89abcdef01234567", "2026-11-20 14:40:12.345Z-0001-89abcdef01234567",
        "2026-11-20T14.40:12.345Z-0001-89abcdef01234567", "2026-11-20T14:40:12,345Z-0001-89abcdef01234567"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_stamp(bad));
  }
}

TEST_CASE("times that no calendar has are refused") {
  for (const char* bad :
       {"1969-12-31T23:59:59.999Z-0000-0000000000000000", "0000-01-01T00:00:00.000Z-0000-0000000000000000",
        "2026-00-20T14:40:12.345Z-0000-0000000000000000", "2026-13-20T14:40:12.345Z-0000-0000000000000000",
        "2026-11-00T14:40:12.345Z-0000-0000000000000000", "2026-11-31T14:40:12.345Z-0000-0000000000000000",
        "2026-02-29T14:40:12.345Z-0000-0000000000000000", "2100-02-29T14:40:12.345Z-0000-0000000000000000",
        "2026-11-20T24:00:00.000Z-0000-0000000000000000", "2026-11-20T14:60:12.345Z-0000-0000000000000000",
        "2026-11-20T14:40:60.345Z-0000-0000000000000000"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_stamp(bad));
  }
}

TEST_CASE("text of another length is refused at every length") {
  const std::string text = to_string(Stamp{1'795'185'612'345, 1, {2}});
  for (std::size_t size = 0; size < text.size(); ++size) CHECK_FALSE(parse_stamp(text.substr(0, size)));
  CHECK_FALSE(parse_stamp(text + "0"));
  CHECK_FALSE(parse_stamp(" " + text));
  CHECK_FALSE(parse_stamp(text + std::string(1, '\0')));
}

TEST_CASE("every change of one character is refused or is itself what to_string prints") {
  CHECK(rc::check([](const Stamp& stamp) {
    const std::string text = to_string(stamp);
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[at] = static_cast<char>(byte);
      const auto parsed = parse_stamp(changed);
      if (parsed) RC_ASSERT(to_string(*parsed) == changed);
      if (changed != text) RC_ASSERT(parsed != stamp);
    }
  }));
}

}  // namespace tidemark
