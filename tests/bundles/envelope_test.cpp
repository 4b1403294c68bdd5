#include "bundles/envelope.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <zstd.h>

#include "bundles/varint.h"
#include "tests/bundles/samples.h"

namespace tidemark {
namespace {

Bytes letters(std::size_t size) { return Bytes(size, 'a'); }

// Bytes without any pattern: the digests of 0, 1, 2, ...
Bytes noise(std::size_t size) {
  Bytes bytes;
  for (std::uint64_t i = 0; bytes.size() < size; ++i)
    append_bytes(bytes, ByteView(next_acc(Hash{}, {NodeId{i}, i, Hash{}})));
  bytes.resize(size);
  return bytes;
}

Bytes zstd_frame(const Bytes& content) {
  Bytes out(ZSTD_compressBound(content.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), content.data(), content.size(), 3));
  return out;
}

// An envelope of the second kind that declares `size`.
Bytes declaring(std::uint64_t size, const Bytes& frame) {
  Bytes out{1};
  append_varint(out, size);
  append_bytes(out, ByteView(frame));
  return out;
}

}  // namespace

TEST_CASE("any bytes come back from their envelope") {
  CHECK(rc::check([](const Bytes& some) {
    Bytes bytes;
    const int times = *rc::gen::inRange(0, 40);
    for (int i = 0; i < times; ++i) append_bytes(bytes, ByteView(some));
    const Bytes packed = pack_envelope(bytes);
    RC_ASSERT(packed.size() <= bytes.size() + 1);
    const auto unpacked = unpack_envelope(packed);
    RC_ASSERT(unpacked && *unpacked == bytes);
    RC_ASSERT(pack_envelope(bytes) == packed);
  }));
}

TEST_CASE("compression starts at 1,024 bytes, and only where it saves") {
  CHECK(pack_envelope(letters(compress_from_bytes - 1))[0] == 0);
  CHECK(pack_envelope(letters(compress_from_bytes))[0] == 1);
  CHECK(pack_envelope(letters(compress_from_bytes + 1))[0] == 1);
  CHECK(pack_envelope(letters(compress_from_bytes)).size() < 40);
  const Bytes packed = pack_envelope(noise(5000));
  CHECK(packed[0] == 0);
  CHECK(packed.size() == 5001);
  CHECK(pack_envelope({}) == Bytes{0});
}

TEST_CASE("an envelope cut anywhere or with bytes after it is refused") {
  const Bytes content = letters(3000);
  Bytes packed = pack_envelope(content);
  REQUIRE(packed[0] == 1);
  for (std::size_t size = 0; size < packed.size(); ++size) CHECK_FALSE(unpack_envelope(ByteView(packed).first(size)));
  CHECK(code_of(unpack_envelope({})) == "truncated");
  CHECK(code_of(unpack_envelope(ByteView(packed).first(1))) == "truncated");
  packed.push_back(0);
  CHECK(code_of(unpack_envelope(packed)) == "bad_envelope");
}

TEST_CASE("unknown kinds and malformed sizes are refused") {
  CHECK(code_of(unpack_envelope(Bytes{2, 0, 0})) == "bad_envelope");
  CHECK(code_of(unpack_envelope(Bytes{255})) == "bad_envelope");
  CHECK(code_of(unpack_envelope(Bytes{1, 0x80, 0x00})) == "bad_envelope");
}

TEST_CASE("an envelope holds up to 512 KiB in either form") {
  for (const std::size_t size : {max_bundle_bytes - 1, max_bundle_bytes, max_bundle_bytes + 1}) {
    const std::string expected = size <= max_bundle_bytes ? "ok" : "too_large";
    CHECK(code_of(unpack_envelope(pack_envelope(letters(size)))) == expected);
    Bytes stored(1 + size);
    CHECK(code_of(unpack_envelope(stored)) == expected);
  }
}

TEST_CASE("a declared size that lies is refused, in both directions") {
  const Bytes frame = zstd_frame(letters(2000));
  CHECK(code_of(unpack_envelope(declaring(2000, frame))) == "ok");
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1999}, std::uint64_t{2001},
                                   std::uint64_t{max_bundle_bytes}}) {
    CHECK(code_of(unpack_envelope(declaring(size, frame))) == "bad_envelope");
  }
  for (const std::uint64_t size : {std::uint64_t{max_bundle_bytes + 1}, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    CHECK(code_of(unpack_envelope(declaring(size, frame))) == "too_large");
  }
}

TEST_CASE("a zip bomb is refused by its size, whatever it declares") {
  const Bytes bomb = zstd_frame(letters(64 * 1024 * 1024));
  REQUIRE(bomb.size() < 10'000);
  CHECK(code_of(unpack_envelope(declaring(64 * 1024 * 1024, bomb))) == "too_large");
  CHECK(code_of(unpack_envelope(declaring(max_bundle_bytes, bomb))) == "bad_envelope");

  // The same without a content size in the frame.
  ZSTD_CCtx* context = ZSTD_createCCtx();
  REQUIRE(context != nullptr);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  const Bytes content = letters(8 * 1024 * 1024);
  Bytes silent(ZSTD_compressBound(content.size()));
  silent.resize(ZSTD_compress2(context, silent.data(), silent.size(), content.data(), content.size()));
  ZSTD_freeCCtx(context);
  CHECK(code_of(unpack_envelope(declaring(max_bundle_bytes, silent))) == "bad_envelope");
  CHECK(code_of(unpack_envelope(declaring(1000, silent))) == "bad_envelope");
}

TEST_CASE("one frame and nothing else: no second frame, no skippable frame, no other bytes") {
  const Bytes frame = zstd_frame(letters(1500));
  Bytes two = frame;
  append_bytes(two, ByteView(frame));
  CHECK(code_of(unpack_envelope(declaring(3000, two))) == "bad_envelope");
  const Bytes skippable{0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4};
  CHECK(code_of(unpack_envelope(declaring(0, skippable))) == "bad_envelope");
  Bytes padded = skippable;
  append_bytes(padded, ByteView(frame));
  CHECK(code_of(unpack_envelope(declaring(1500, padded))) == "bad_envelope");
  CHECK(code_of(unpack_envelope(declaring(5, {1, 2, 3, 4, 5}))) == "bad_envelope");
  CHECK(code_of(unpack_envelope(declaring(0, {}))) == "bad_envelope");
}

TEST_CASE("an envelope can be rewritten without compression") {
  for (const Bytes& content : {letters(10), letters(3000), noise(3000)}) {
    Bytes plain{0};
    append_bytes(plain, ByteView(content));
    CHECK(plain_envelope(pack_envelope(content)) == plain);
  }
}

TEST_CASE("envelopes of other writers are welcome if they hold the same bytes") {
  const Bytes canonical = encoded(edit_sample());
  const auto unpacked = unpack_envelope(declaring(canonical.size(), zstd_frame(canonical)));
  REQUIRE(unpacked);
  CHECK(*unpacked == canonical);
}

}  // namespace tidemark
