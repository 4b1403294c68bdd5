#include "crdt/utf8.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

// The definition, word for word: decode, then see whether the code point has this encoding.
bool is_utf8_by_definition(const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto lead = static_cast<std::uint8_t>(bytes[at]);
    const std::size_t size = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (size == 0 || at + size > bytes.size()) return false;
    std::uint32_t point = size == 1 ? lead : lead & (0xffu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
      const auto byte = static_cast<std::uint8_t>(bytes[at + i]);
      if (byte >> 6 != 2) return false;
      point = point << 6 | (byte & 0x3f);
    }
    const std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < least[size] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    at += size;
  }
  return true;
}

}  // namespace

TEST_CASE("UTF-8 is what its definition says, for all sequences of four telling bytes") {
  const std::vector<int> bytes = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
                                  0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
  int disagreements = 0;
  std::string text(4, '\0');
  for (const int a : bytes) {
    for (const int b : bytes) {
      for (const int c : bytes) {
        for (const int d : bytes) {
          text[0] = static_cast<char>(a);
          text[1] = static_cast<char>(b);
          text[2] = static_cast<char>(c);
          text[3] = static_cast<char>(d);
          if (is_utf8(text) != is_utf8_by_definition(text)) ++disagreements;
        }
      }
    }
  }
  CHECK(disagreements == 0);
}

TEST_CASE("empty text and text with NUL are UTF-8") {
  CHECK(is_utf8(""));
  CHECK(is_utf8(std::string(3, '\0')));
}

TEST_CASE("the prefix ends before the first character that is not whole") {
  CHECK(utf8_prefix("") == 0);
  CHECK(utf8_prefix("0123456789\xff") == 10);
  CHECK(utf8_prefix("01234567\xe2\x82\xac\xe2\x82") == 11);
  CHECK(utf8_prefix("\x80") == 0);
  CHECK(rc::check([] {
    const std::string text = *arbitrary_text();
    RC_ASSERT(is_utf8(text));
    RC_ASSERT(utf8_prefix(text + "\xf0\x9f") == text.size());
  }));
}

TEST_CASE("ASCII is what has no top bit set, at any place of texts of any size") {
  for (std::size_t size = 0; size < 70; ++size) {
    std::string text(size, 'a');
    CHECK(is_ascii(text));
    for (char& byte : text) {
      byte = static_cast<char>(0x80);
      CHECK_FALSE(is_ascii(text));
      byte = 0x7f;
      CHECK(is_ascii(text));
    }
  }
}

}  // namespace tidemark
