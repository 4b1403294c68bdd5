#include "bundles/varint.h"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <array>

namespace tidemark {
namespace {

Bytes varint(std::uint64_t number) {
  Bytes out;
  append_varint(out, number);
  return out;
}

// What a reader makes of the bytes, and how it stands afterwards.
struct Outcome {
  std::uint64_t number;
  bool ok;
  bool malformed;
  std::size_t left;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(const Bytes& bytes) {
  Reader reader(bytes);
  const std::uint64_t number = reader.varint();
  return {number, reader.ok(), reader.malformed(), reader.left()};
}

const Outcome missing{0, false, false, 0};
const Outcome malformed{0, false, true, 0};

}  // namespace

TEST_CASE("LEB128: seven bits a byte, lowest first") {
  CHECK(varint(0) == Bytes{0x00});
  CHECK(varint(127) == Bytes{0x7f});
  CHECK(varint(128) == Bytes{0x80, 0x01});
  CHECK(varint(300) == Bytes{0xac, 0x02});
  CHECK(varint(16383) == Bytes{0xff, 0x7f});
  CHECK(varint(16384) == Bytes{0x80, 0x80, 0x01});
  CHECK(varint(~0ull) == Bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01});
  CHECK(varint(~0ull).size() == max_varint_size);
}

TEST_CASE("every number reads back, and every length is the least") {
  CHECK(rc::check([](std::uint64_t any) {
    const auto number = any >> *rc::gen::inRange(0, 64);
    const Bytes bytes = varint(number);
    RC_ASSERT((read(bytes) == Outcome{number, true, false, 0}));
    std::size_t least = 1;
    while (least < max_varint_size && number >> 7 * least != 0) ++least;
    RC_ASSERT(bytes.size() == least);
  }));
}

TEST_CASE("a number cut anywhere is missing bytes") {
  Bytes bytes = varint(~0ull);
  while (!bytes.empty()) {
    bytes.pop_back();
    CHECK(read(bytes) == missing);
  }
}

TEST_CASE("overlong forms and more than 64 bits are malformed") {
  CHECK(read({0x80, 0x00}) == malformed);
  CHECK(read({0xff, 0x80, 0x00}) == malformed);
  CHECK(read({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}) == malformed);
  CHECK(read({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x81, 0x00}) == malformed);
  CHECK(read({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}) == malformed);
  CHECK(read({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}) == Outcome{1ull << 63, true, false, 0});
}

TEST_CASE("fixed numbers are big-endian") {
  Bytes out;
  append_be64(out, 0x0123456789abcdef);
  CHECK(out == Bytes{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef});
  CHECK(Reader(out).be64() == 0x0123456789abcdef);
  out.pop_back();
  Reader cut(out);
  CHECK(cut.be64() == 0);
  CHECK_FALSE(cut.ok());
}

TEST_CASE("a reader hands out views and stops at the end") {
  const Bytes input{1, 2, 3, 4};
  Reader reader(input);
  CHECK(reader.byte() == 1);
  const ByteView two = reader.bytes(2);
  CHECK(two.data() == input.data() + 1);
  CHECK(two.size() == 2);
  CHECK(reader.left() == 1);
  CHECK(reader.bytes(2).empty());
  CHECK_FALSE(reader.ok());
  CHECK_FALSE(reader.malformed());
}

TEST_CASE("after a failure every read gives nothing, though bytes were left") {
  const Bytes input{5, 5, 5, 5, 5, 5, 5, 5, 5};
  Reader reader(input);
  CHECK(reader.bytes(~0ull).empty());
  CHECK(reader.left() == 0);
  CHECK(reader.byte() == 0);
  CHECK(reader.varint() == 0);
  CHECK(reader.be64() == 0);
  CHECK(reader.count(0) == 0);
  CHECK(reader.bytes(0).empty());
  CHECK_FALSE(reader.ok());
}

TEST_CASE("a count is believed only if so many can follow") {
  const auto count = [](std::uint64_t number, std::uint64_t bytes_each, std::size_t following) {
    Bytes bytes = varint(number);
    bytes.resize(bytes.size() + following);
    Reader reader(bytes);
    const std::uint64_t result = reader.count(bytes_each);
    CHECK(reader.ok() == (result == number));
    return result;
  };
  CHECK(count(3, 4, 12) == 3);
  CHECK(count(3, 4, 13) == 3);
  CHECK(count(3, 4, 11) == 0);
  CHECK(count(0, 4, 0) == 0);
  CHECK(count(1ull << 63, 8, 16) == 0);  // times 8 it would wrap to zero
  CHECK(count(1ull << 63, 2, 16) == 0);
  CHECK(count(~0ull, 1, 16) == 0);
  CHECK(count(~0ull, 0, 0) == ~0ull);
}

TEST_CASE("numbers that are set apart are those that would be read one by one") {
  CHECK(rc::check([] {
    const auto numbers = *rc::gen::container<std::vector<std::uint64_t>>(
        rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 300), rc::gen::arbitrary<std::uint64_t>()));
    const std::size_t apart = *rc::gen::inRange<std::size_t>(0, numbers.size() + 1);
    Bytes bytes;
    for (const std::uint64_t number : numbers) append_varint(bytes, number);
    Reader whole(bytes);
    Reader column = whole.varints(apart);
    for (std::size_t i = 0; i < numbers.size(); ++i) RC_ASSERT((i < apart ? column : whole).varint() == numbers[i]);
    RC_ASSERT((column.ok() && column.left() == 0 && whole.ok() && whole.left() == 0));
  }));
}

TEST_CASE("more numbers than there are cannot be set apart") {
  for (const std::size_t size : {0, 1, 7, 8, 9, 16, 17}) {
    const Bytes bytes(size, 1);
    for (const std::uint64_t more : {std::uint64_t{1}, std::uint64_t{8}, ~std::uint64_t{0} - size}) {
      Reader reader(bytes);
      CHECK(reader.varints(size + more).left() == 0);
      CHECK_FALSE(reader.ok());
      CHECK_FALSE(reader.malformed());
    }
    Bytes open = bytes;
    open.push_back(0x80);
    Reader reader(open);
    reader.varints(size + 1);
    CHECK_FALSE(reader.ok());
  }
}

}  // namespace tidemark
