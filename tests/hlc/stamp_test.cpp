#include "hlc/stamp.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/hlc/arbitrary.h"

namespace tidemark {

TEST_CASE("stamps are ordered by time, then counter, then node, each without a sign") {
  const Stamp base{1000, 5, {7}};
  CHECK(base < Stamp{1001, 0, {0}});
  CHECK(base < Stamp{1000, 6, {0}});
  CHECK(base < Stamp{1000, 5, {8}});
  CHECK(Stamp{1000, 0x7fff, {0}} < Stamp{1000, 0x8000, {0}});
  CHECK(Stamp{1000, 5, {~0ull >> 1}} < Stamp{1000, 5, {1ull << 63}});
  CHECK(base == Stamp{1000, 5, {7}});
}

TEST_CASE("the binary form is big-endian time, counter, node") {
  const Stamp stamp{0x0123'4567'89ab, 0xcdef, {0x0011'2233'4455'6677}};
  REQUIRE(stamp.ms <= max_stamp_ms);
  const StampBytes expected{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                            0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77};
  CHECK(encode_stamp(stamp) == expected);
  CHECK(decode_stamp(expected) == stamp);
}

TEST_CASE("the binary form ends with the year 9999") {
  StampBytes bytes = encode_stamp({max_stamp_ms, 0xffff, {~0ull}});
  CHECK(decode_stamp(bytes) == Stamp{max_stamp_ms, 0xffff, {~0ull}});
  ++bytes[4];
  bytes[5] = 0;  // one millisecond later: e6 77 d2 1f dc 00
  CHECK_FALSE(decode_stamp(bytes));
  bytes.fill(0xff);
  CHECK_FALSE(decode_stamp(bytes));
  bytes.fill(0);
  CHECK(decode_stamp(bytes) == Stamp{});
}

TEST_CASE("a time beyond 32 bits keeps all of its bits") {
  // Others masked a 64-bit clock with a 32-bit mask.
  for (const std::uint64_t ms : {0xffff'ffffull, 0x1'0000'0000ull, 0x1'0000'0001ull, 0xe677'd21f'dbffull >> 1}) {
    const Stamp stamp{ms, 1, {2}};
    CHECK(decode_stamp(encode_stamp(stamp)) == stamp);
    CHECK(parse_stamp(to_string(stamp)) == stamp);
  }
}

TEST_CASE("byte order, text order and stamp order are one order") {
  CHECK(rc::check([](const Stamp& a, const Stamp& b) {
    const int order = sign(a <=> b);
    const StampBytes x = encode_stamp(a);
    const StampBytes y = encode_stamp(b);
    RC_ASSERT((x < y ? -1 : y < x ? 1 : 0) == order);
    RC_ASSERT(sign(to_string(a).compare(to_string(b))) == order);
  }));
}

TEST_CASE("both forms read back as the same stamp") {
  CHECK(rc::check([](const Stamp& stamp) {
    const std::string text = to_string(stamp);
    RC_ASSERT(text.size() == stamp_text_size);
    RC_ASSERT(parse_stamp(text) == stamp);
    RC_ASSERT(decode_stamp(encode_stamp(stamp)) == stamp);
  }));
}

TEST_CASE("nodes print as 16 lower-case digits and nothing else is read") {
  CHECK(to_string(NodeId{}) == "0000000000000000");
  CHECK(to_string(NodeId{0x89abcdef01234567}) == "89abcdef01234567");
  CHECK(parse_node("89abcdef01234567") == NodeId{0x89abcdef01234567});
  CHECK(parse_node("0000000000000000") == NodeId{0});
  for (const char* bad : {"", "0", "89abcdef0123456", "89abcdef012345678", "89ABCDEF01234567", "89abcdef0123456g",
                          " 9abcdef01234567", "0x89abcdef012345", "-000000000000001", "89abcdef0123456:"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_node(bad));
  }
  CHECK(rc::check([](NodeId node) { RC_ASSERT(parse_node(to_string(node)) == node); }));
}

TEST_CASE("a node can be a key of hashed and of ordered containers") {
  CHECK(std::hash<NodeId>{}(NodeId{5}) == std::hash<NodeId>{}(NodeId{5}));
  CHECK(std::set<NodeId>{{2}, {1}, {2}}.size() == 2);
}

}  // namespace tidemark
