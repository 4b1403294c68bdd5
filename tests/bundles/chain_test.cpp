#include "bundles/chain.h"

#include <doctest/doctest.h>

#include <cstring>

#include "tests/bundles/samples.h"

namespace tidemark {
namespace {

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
std::string hex(const Hash& hash) { return to_hex(hash); }

}  // namespace

// The expected digests were computed with the BLAKE2 of Python's hashlib over the bytes that chain.h names.
TEST_CASE("a head is the digest of predecessor, space and body") {
  CHECK(hex(next_head(Hash{}, "notes", view("body"))) ==
        "5bda421bdaefb755a2db37f161eba5f6b5d73a3a6dfc1ea1b3bfe33344fef608");
  CHECK(hex(next_head(sample_previous(), "", view(""))) ==
        "fc16ba51af04e3a2431942106b1ac310f7824753b345689cb042d87d506ac6a2");
  CHECK(hex(next_head(sample_previous(), std::string(255, 's'), view("body"))) ==
        "a4516c0ecfb8fdadaa0a65a15f18fd10f94fc3561a8910c7486089844424eac1");
}

TEST_CASE("space and body cannot trade bytes") {
  CHECK(next_head(Hash{}, "ab", view("c")) != next_head(Hash{}, "a", view("bc")));
}

TEST_CASE("acc is the digest of its predecessor and the appended head") {
  const Head head{sample_node, 300, sample_previous()};
  CHECK(hex(next_acc(Hash{}, head)) == "a755634e5515e8234321ac51a3401d859a69de8715e35b114c41f70bb7baced7");
  CHECK(hex(next_acc(sample_previous(), head)) == "868adc8409c4e6b916e32af639f61dd1a6887014bd141249a2d65b800d2e37c1");
}

TEST_CASE("a branch moves to a node that everyone derives alike") {
  CHECK(to_string(derived_node(sample_node, sample_previous())) == "9f277cc891174099");
  CHECK(to_string(derived_node(NodeId{0}, Hash{})) == "4a1931803561f431");
}

TEST_CASE("the digest of heads covers every node, number and hash, and is zeros for none") {
  CHECK(heads_digest({}) == Hash{});
  const Head heads[] = {{other_node, 1, Hash{}}, {sample_node, 300, sample_previous()}};
  CHECK(hex(heads_digest(heads)) == "cbe764b849802c97893bd70edb741d96b483dea47a7beb25d0929ad21c4b2949");
  Head changed[] = {heads[0], heads[1]};
  ++changed[1].n;
  CHECK(heads_digest(changed) != heads_digest(heads));
  CHECK(heads_digest(std::span(heads).first(1)) != heads_digest(heads));
}

TEST_CASE("hexadecimal text is lower-case and exact") {
  const Bytes bytes{0x00, 0x0f, 0xa9, 0xff};
  CHECK(to_hex(bytes) == "000fa9ff");
  CHECK(to_hex({}) == "");
  Bytes out(4);
  CHECK(from_hex("000fa9ff", out));
  CHECK(out == bytes);
  for (const char* bad : {"000FA9FF", "000fa9f", "000fa9ff0", "000fa9fg", "", "0x0fa9ff", " 00fa9ff"})
    CHECK_FALSE(from_hex(bad, out));
  CHECK(from_hex("", {}));
}

}  // namespace tidemark
