#include <doctest/doctest.h>

#include "bundles/envelope.h"
#include "bundles/varint.h"
#include "tests/bundles/arbitrary.h"
#include "tests/bundles/samples.h"

namespace tidemark {
namespace {

// Refused, or else the very bytes that the encoder makes of what was read.
bool refused_or_canonical(ByteView bytes) {
  const auto decoded = decode_bundle(bytes);
  if (!decoded) return !decoded.error().code.empty() && !decoded.error().field.empty();
  const Bytes again = encoded(*decoded);
  return again.size() == bytes.size() && std::equal(bytes.begin(), bytes.end() - trailer_size, again.begin());
}

}  // namespace

TEST_CASE("a bundle cut at any byte is refused") {
  for (const Bundle& bundle : {edit_sample(), full_sample()}) {
    const Bytes bytes = encoded(bundle);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const ByteView cut = ByteView(bytes).first(size);
      CHECK_FALSE(decode_bundle(cut));
      CHECK_FALSE(check_trailer(cut, sample_previous(), sample_space));
    }
  }
}

TEST_CASE("a bundle with any bit flipped is refused or another canonical bundle, and never fits its trailer") {
  for (const Bundle& bundle : {edit_sample(), full_sample()}) {
    Bytes bytes = encoded(bundle);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      const auto mask = static_cast<std::uint8_t>(1 << bit % 8);
      bytes[bit / 8] ^= mask;
      CHECK(refused_or_canonical(bytes));
      CHECK_FALSE(check_trailer(bytes, sample_previous(), sample_space));
      bytes[bit / 8] ^= mask;
    }
  }
}

TEST_CASE("any byte of a bundle replaced, removed or doubled leaves no second form") {
  CHECK(rc::check([] {
    Bytes bytes = encoded(*arbitrary_bundle());
    const auto at = static_cast<std::ptrdiff_t>(*rc::gen::inRange<std::size_t>(0, bytes.size()));
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        bytes[static_cast<std::size_t>(at)] = *rc::gen::arbitrary<std::uint8_t>();
        break;
      case 1:
        bytes.erase(bytes.begin() + at);
        break;
      default:
        bytes.insert(bytes.begin() + at, bytes[static_cast<std::size_t>(at)]);
        break;
    }
    RC_ASSERT(refused_or_canonical(bytes));
  }));
}

// Damage that keeps more of a bundle's shape: parts change places, stand twice or take another's.
TEST_CASE("bundles damaged in several places leave no second form") {
  CHECK(rc::check([] {
    Bytes bytes = encoded(*arbitrary_bundle());
    const auto place = [&] { return *rc::gen::inRange<std::size_t>(0, bytes.size()); };
    for (int damage = *rc::gen::inRange(1, 5); damage > 0; --damage) {
      const std::size_t size = *rc::gen::inRange<std::size_t>(1, 20);
      const std::size_t from = place();
      const std::size_t to = place();
      const Bytes piece(bytes.begin() + std::ptrdiff_t(from),
                        bytes.begin() + std::ptrdiff_t(std::min(from + size, bytes.size())));
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          bytes.insert(bytes.begin() + std::ptrdiff_t(to), piece.begin(), piece.end());
          break;
        case 1:
          for (std::size_t i = 0; i < piece.size() && to + i < bytes.size(); ++i) bytes[to + i] = piece[i];
          break;
        case 2:
          std::swap(bytes[from], bytes[to]);
          break;
        default:
          bytes[to] = static_cast<std::uint8_t>(bytes[to] + *rc::gen::inRange(-2, 3));
          break;
      }
    }
    RC_ASSERT(refused_or_canonical(bytes));
  }));
}

TEST_CASE("arbitrary bytes behind a good header are refused or canonical") {
  CHECK(rc::check([] {
    Bytes bytes = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 1, 1};
    append_bytes(bytes, ByteView(*rc::gen::container<Bytes>(rc::gen::inRange<std::uint8_t>(0, 6))));
    bytes.resize(bytes.size() + trailer_size);
    RC_ASSERT(refused_or_canonical(bytes));
  }));
}

TEST_CASE("arbitrary bytes never upset the decoders") {
  CHECK(rc::check([](const Bytes& bytes) {
    RC_ASSERT(refused_or_canonical(bytes));
    const auto unpacked = unpack_envelope(bytes);
    RC_ASSERT((unpacked || !unpacked.error().code.empty()));
  }));
}

}  // namespace tidemark
