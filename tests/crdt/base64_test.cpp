#include <doctest/doctest.h>

#include "tests/crdt/arbitrary.h"

namespace tidemark {

TEST_CASE("base64 of the RFC 4648 examples") {
  const std::pair<const char*, const char*> known[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [raw, text] : known) {
    CHECK(to_base64(raw) == text);
    CHECK(from_base64(text) == raw);
  }
  CHECK(to_base64("\xff\xfe\xfb") == "//77");
  CHECK(to_base64("\xfb\xef\xbe") == "++++");
}

TEST_CASE("a second spelling of the same bytes is refused") {
  for (const char* bad : {"Z",    "Zg",   "Zg=",   "Zh==",  "Zm9=", "Zm8",    "Zg==Zg==", "=",    "==",   "===",
                          "====", "Z===", "Zm9v ", " Zm9v", "Zm 9", "Zm9v\n", "Zm-_",     "Zg=a", "=Zg=", "Zm9v===="}) {
    CAPTURE(bad);
    CHECK_FALSE(from_base64(bad));
  }
}

TEST_CASE("every byte string survives base64, and what decodes is what would be printed") {
  CHECK(rc::check([](const std::string& raw) { RC_ASSERT(from_base64(to_base64(raw)) == raw); }));
  CHECK(rc::check([] {
    const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("AQgwZ9+/=")));
    const auto raw = from_base64(text);
    if (raw) RC_ASSERT(to_base64(*raw) == text);
  }));
}

}  // namespace tidemark
