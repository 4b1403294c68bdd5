#include <doctest/doctest.h>

#include "tests/bundles/parts.h"

namespace tidemark {
namespace {

std::string header_code(const Parts& parts) { return code_of(decode_header(parts.join())); }

Bytes varint(std::uint64_t number) {
  Bytes bytes;
  append_varint(bytes, number);
  return bytes;
}

}  // namespace

TEST_CASE("a header is readable though nothing follows it") {
  Parts parts;
  Bytes bytes = parts.join();
  bytes.resize(18);
  const auto header = decode_header(bytes);
  REQUIRE(header);
  CHECK(header->node == sample_node);
  CHECK(header->first == Stamp{1000, 0, sample_node});
  CHECK(header->last == Stamp{1010, 0, sample_node});
  CHECK(header->changes == 3);
  CHECK(header->events == 4);
  for (std::size_t size = 0; size < 18; ++size) {
    CHECK(code_of(decode_header(ByteView(bytes).first(size))) == "truncated");
  }
}

TEST_CASE("headers of versions and suites to come are read, their insides are not") {
  Parts parts;
  parts.front[0] = 2;
  CHECK(decode_header(parts.join())->version == 2);
  CHECK(code_of(decode_bundle(parts.join())) == "unsupported_version");
  parts.front[0] = 1;
  parts.front[1] = 7;
  CHECK(decode_header(parts.join())->suite == 7);
  CHECK(code_of(decode_bundle(parts.join())) == "unsupported_suite");
}

TEST_CASE("a bundle's number starts at 1 and ends with 64 bits") {
  Parts parts;
  parts.n = {0};
  CHECK(header_code(parts) == "bad_header");
  parts.n = varint(~0ull);
  CHECK(decode_header(parts.join())->n == ~0ull);
  parts.n = {0x81, 0x00};
  CHECK(header_code(parts) == "bad_header");
}

TEST_CASE("stamps of a header end with the year 9999 and 16 bits of counter") {
  const auto code = [](std::uint64_t ms, std::uint64_t counter, std::uint64_t ms_after, std::uint64_t number) {
    Parts parts;
    parts.first_stamp = varint(ms);
    append_varint(parts.first_stamp, counter);
    parts.last_stamp = varint(ms_after);
    append_varint(parts.last_stamp, number);
    return header_code(parts);
  };
  CHECK(code(max_stamp_ms - 1, 65535, 1, 0) == "ok");
  CHECK(code(max_stamp_ms, 0, 0, 1) == "ok");
  CHECK(code(max_stamp_ms, 0, 1, 0) == "bad_header");
  CHECK(code(max_stamp_ms + 1, 0, 0, 1) == "bad_header");
  CHECK(code(~0ull, 0, 1, 0) == "bad_header");
  CHECK(code(1, 0, ~0ull, 0) == "bad_header");  // would wrap to 0
  CHECK(code(0, 65535, 1, 65535) == "ok");
  CHECK(code(0, 65536, 1, 0) == "bad_header");
  CHECK(code(0, 0, 1, 65536) == "bad_header");
  CHECK(code(0, 65534, 0, 1) == "ok");
  CHECK(code(0, 65534, 0, 2) == "bad_header");
  CHECK(code(0, 2, 0, ~0ull) == "bad_header");
}

TEST_CASE("counts of a header agree with each other and the limits") {
  const auto code = [](std::uint64_t changes, std::uint64_t events, Bytes last_stamp) {
    Parts parts;
    parts.last_stamp = std::move(last_stamp);
    parts.totals = varint(changes);
    append_varint(parts.totals, events);
    return header_code(parts);
  };
  CHECK(code(1, 1, {0, 0}) == "ok");
  CHECK(code(1, 1, {0, 1}) == "bad_header");
  CHECK(code(2, 2, {0, 0}) == "bad_header");
  CHECK(code(2, 2, {0, 1}) == "ok");
  CHECK(code(0, 1, {0, 0}) == "bad_header");
  CHECK(code(0, 0, {0, 0}) == "bad_header");
  CHECK(code(1, 0, {0, 0}) == "bad_header");
  CHECK(code(3, 2, {1, 0}) == "bad_header");
  CHECK(code(1, max_bundle_events - 1, {0, 0}) == "ok");
  CHECK(code(1, max_bundle_events, {0, 0}) == "ok");
  CHECK(code(1, max_bundle_events + 1, {0, 0}) == "bad_header");
  CHECK(code(1ull << 63, 1ull << 63, {1, 0}) == "bad_header");
}

}  // namespace tidemark
