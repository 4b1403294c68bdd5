// Binary messages from somebody who does not keep to the protocol.
#include <doctest/doctest.h>

#include "bundles/varint.h"
#include "tests/sync/samples.h"

namespace tidemark::sync {
namespace {

constexpr std::uint8_t push = 1;
constexpr std::uint8_t entries = 2;
constexpr std::uint8_t chain = 3;
constexpr std::uint8_t heads = 4;

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) append_bytes(all, ByteView(part));
  return all;
}

Bytes head_bytes(NodeId node, std::uint64_t n) {
  Bytes out;
  append_be64(out, node.value);
  append_varint(out, n);
  append_bytes(out, ByteView(hash_of(7)));
  return out;
}

Bytes sized(std::size_t size) {
  Bytes out;
  append_varint(out, size);
  out.resize(out.size() + size);
  return out;
}

}  // namespace

TEST_CASE("a type that is not known, and nothing at all, are refused") {
  CHECK(code_of_bytes({}) == "unknown_type");
  for (int type = 0; type < 256; ++type) {
    const bool known = type >= 1 && type <= 4;
    CHECK(code_of_bytes({std::uint8_t(type)}) == (known ? "bad_message" : "unknown_type"));
  }
}

TEST_CASE("binary messages that are cut at any byte are refused, except between envelopes") {
  for (const Message& message : one_of_each()) {
    const Frame frame = encode_message(message);
    if (frame.text) continue;
    const Bytes& whole = *frame.bytes;
    std::size_t shorter = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Frame cut = binary_frame({whole.begin(), whole.begin() + std::ptrdiff_t(size)});
      const auto decoded = decode_message(cut);
      if (!decoded) continue;
      ++shorter;
      CHECK(encode_message(*decoded).bytes->size() == size);
    }
    // A push of two is a push of one as well; entries likewise; a chain may have none; heads are counted.
    const std::size_t expected = std::holds_alternative<ChainPart>(message)   ? 2
                                 : std::holds_alternative<HeadsPage>(message) ? 0
                                                                              : 1;
    CHECK_MESSAGE(shorter == expected, name_of(message));
  }
}

TEST_CASE("every changed byte leads to an error or to a message that says exactly that") {
  for (const Message& message : one_of_each()) {
    const Frame frame = encode_message(message);
    if (frame.text) continue;
    for (std::size_t at = 0; at < frame.bytes->size(); ++at) {
      for (const int flip : {0x01, 0x80, 0xff}) {
        Bytes changed = *frame.bytes;
        changed[at] = std::uint8_t(changed[at] ^ flip);
        const Frame damaged = binary_frame(changed);
        if (const auto decoded = decode_message(damaged)) CHECK(*encode_message(*decoded).bytes == changed);
      }
    }
  }
}

TEST_CASE("lengths and counts that promise more than there is are refused before anything is allocated") {
  const Bytes huge{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
  CHECK(code_of_bytes(joined({{push}, huge})) == "bad_message");
  CHECK(code_of_bytes(joined({{entries, 1, 1}, huge})) == "bad_message");
  CHECK(code_of_bytes(joined({{chain, 0}, huge})) == "bad_message");
  CHECK(code_of_bytes(joined({{heads, 1}, huge})) == "bad_message");
  CHECK(code_of_bytes(joined({{heads, 1, 2}, head_bytes(node_a, 1)})) == "bad_message");
}

TEST_CASE("numbers that are longer than they need to be are refused") {
  CHECK(code_of_bytes({push, 1, 0}) == "ok");
  CHECK(code_of_bytes({push, 0x81, 0, 0}) == "bad_message");
  CHECK(code_of_bytes({entries, 1, 1, 1, 0}) == "ok");
  CHECK(code_of_bytes({entries, 0x81, 0, 1, 1, 0}) == "bad_message");
  CHECK(code_of_bytes(joined({{heads, 1, 0x81, 0}, head_bytes(node_a, 1)})) == "bad_message");
}

TEST_CASE("an envelope has from 1 byte to 512 KiB and one") {
  for (const std::size_t size :
       {std::size_t(0), std::size_t(1), max_bundle_bytes, max_bundle_bytes + 1, max_bundle_bytes + 2}) {
    CAPTURE(size);
    const char* expected = size >= 1 && size <= max_bundle_bytes + 1 ? "ok" : "bad_message";
    CHECK(code_of_bytes(joined({{push}, sized(size)})) == expected);
    CHECK(code_of_bytes(joined({{entries, 9, 1}, sized(size)})) == expected);
    CHECK(code_of_bytes(joined({{chain, 1}, sized(size)})) == expected);
  }
}

TEST_CASE("a push has an envelope, entries have an entry and a seq") {
  CHECK(code_of_bytes({push}) == "bad_message");
  CHECK(code_of_bytes({entries, 1}) == "bad_message");
  CHECK(code_of_bytes({entries, 0, 1, 1, 0}) == "bad_message");
  CHECK(code_of_bytes({entries, 1, 2, 1, 0}) == "bad_message");
  CHECK(code_of_bytes(joined({{entries, 1, 0}, head_bytes(node_a, 1)})) == "ok");
  CHECK(code_of_bytes(joined({{entries, 1, 0}, head_bytes(node_a, 0)})) == "bad_message");
}

TEST_CASE("a chain says with 0 or 1 whether it is complete, and may be empty") {
  CHECK(code_of_bytes({chain, 0}) == "ok");
  CHECK(code_of_bytes({chain, 1}) == "ok");
  CHECK(code_of_bytes({chain, 2}) == "bad_message");
  CHECK(code_of_bytes({chain}) == "bad_message");
}

TEST_CASE("nodes ascend within a page of heads, none is said twice, none is empty") {
  const Bytes a = head_bytes(node_a, 1);
  const Bytes b = head_bytes(node_b, 1);
  CHECK(code_of_bytes(joined({{heads, 0, 2}, a, b})) == "ok");
  CHECK(code_of_bytes(joined({{heads, 0, 2}, b, a})) == "bad_message");
  CHECK(code_of_bytes(joined({{heads, 0, 2}, a, a})) == "bad_message");
  CHECK(code_of_bytes(joined({{heads, 0, 1}, head_bytes(node_a, 0)})) == "bad_message");
  CHECK(code_of_bytes(joined({{heads, 0, 1}, a, {0}})) == "bad_message");
  CHECK(code_of_bytes(joined({{heads, 2, 1}, a})) == "bad_message");
  CHECK(code_of_bytes({heads, 1, 0}) == "ok");
  CHECK(code_of_bytes({heads, 0, 0}) == "bad_message");
}

TEST_CASE("a page of heads has at most 256 KiB") {
  // 41 bytes a head with a small n: 6393 of them, then the n of some grow until the size is met.
  for (const std::size_t size : {max_heads_page_bytes - 1, max_heads_page_bytes, max_heads_page_bytes + 1}) {
    const std::size_t count = (max_heads_page_bytes - 4) / 41;
    HeadsPage page{{}, true};
    for (std::size_t i = 0; i < count; ++i) page.heads.push_back({NodeId{i}, 1, hash_of(1)});
    std::size_t missing = size - encode_message(page).bytes->size();
    for (std::size_t i = 0; missing > 0; ++i, --missing) page.heads[i].n = 128;
    const Frame frame = encode_message(page);
    REQUIRE(frame.bytes->size() == size);
    CHECK(code_of(decode_message(frame)) == (size <= max_heads_page_bytes ? "ok" : "too_large"));
  }
}

TEST_CASE("a binary message has at most 1 MiB") {
  for (const std::size_t size : {max_message_bytes - 1, max_message_bytes, max_message_bytes + 1}) {
    const Bytes full = sized(max_bundle_bytes);
    const Bytes bytes = joined({{push}, full, sized(size - 1 - full.size() - 3)});
    REQUIRE(bytes.size() == size);
    CHECK(code_of_bytes(bytes) == (size <= max_message_bytes ? "ok" : "too_large"));
  }
}

}  // namespace tidemark::sync
