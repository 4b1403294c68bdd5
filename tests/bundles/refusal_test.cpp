#include <doctest/doctest.h>

#include "tests/bundles/parts.h"

namespace tidemark {
namespace {

// Spoils one piece of the small bundle and gives "code at place".
template <class Spoil>
std::string refusal(Spoil spoil) {
  Parts parts;
  spoil(parts);
  const auto decoded = decode_bundle(parts.join());
  return decoded ? "ok" : decoded.error().code + " at " + decoded.error().field;
}

}  // namespace

TEST_CASE("the small bundle is canonical before it is spoiled") {
  const Parts parts;
  const auto decoded = decode_bundle(parts.join());
  REQUIRE(decoded);
  REQUIRE(decoded->changes.size() == 3);
  const Change& second = decoded->changes[1];
  CHECK(second.stamp == Stamp{1004, 0, sample_node});
  REQUIRE(second.events.size() == 2);
  CHECK(second.events[0].value == Value::integer(-3));
  CHECK(second.events[0].base == Stamp{1000, 0, sample_node});
  CHECK(second.events[1].base == Stamp{1005, 7, other_node});
  CHECK(second.metadata.author == "ada");
  const Change& third = decoded->changes[2];
  CHECK(third.events[0].cell.entity == "00010203-0405-0607-0809-0a0b0c0d0e0f");
  CHECK(third.links == std::vector<Link>{{LinkKind::causation, {1010, 0, other_node}}});
}

TEST_CASE("stamps inside ascend and stay within the header's range") {
  CHECK(refusal([](Parts& p) { p.stamp_ms = {9}; }) == "ok");
  CHECK(refusal([](Parts& p) { p.stamp_ms = {10}; }) == "not_canonical at change 1 stamp");
  CHECK(refusal([](Parts& p) { p.stamp_ms = {10}, p.stamp_counters = {1}; }) == "stamp_outside at change 1 stamp");
  CHECK(refusal([](Parts& p) { p.stamp_ms = {11}; }) == "stamp_outside at change 1 stamp");
  CHECK(refusal([](Parts& p) { p.stamp_ms = {0}; }) == "not_canonical at change 1 stamp");
  CHECK(refusal([](Parts& p) { p.stamp_ms = {0}, p.stamp_counters = {1}; }) == "ok");
  CHECK(refusal([](Parts& p) { p.stamp_counters = {0x80, 0x80, 0x04}; }) == "stamp_outside at change 1 stamp");
}

TEST_CASE("event counts are at least one each and agree with the header") {
  CHECK(refusal([](Parts& p) { p.event_counts = {0, 2}; }) == "not_canonical at event counts");
  CHECK(refusal([](Parts& p) { p.event_counts = {2, 2}; }) == "not_canonical at event counts");
  CHECK(refusal([](Parts& p) { p.event_counts = {5, 1}; }) == "not_canonical at event counts");
}

TEST_CASE("dictionaries hold what is used, once, in order of first use") {
  CHECK(refusal([](Parts& p) { p.entity_uses = {0, 1, 1, 1}; }) == "not_canonical at dictionaries");
  CHECK(refusal([](Parts& p) { p.entity_uses = {1, 1, 1, 0}; }) == "not_canonical at entities");
  CHECK(refusal([](Parts& p) { p.entity_uses = {0, 2, 1, 0}; }) == "not_canonical at entities");
  CHECK(refusal([](Parts& p) { p.attribute_uses = {0, 1, 0, 3}; }) == "not_canonical at attributes");
  CHECK(refusal([](Parts& p) { p.attribute_uses = {0, 1, 0, 0}; }) == "not_canonical at attributes");
  CHECK(refusal([](Parts& p) { p.attributes = {2, 1, 'a', 1, 'a'}; }).substr(0, 13) == "not_canonical");
  CHECK(refusal([](Parts& p) { p.bases = {0, 2, 2, 0}, p.link_nodes = {0}; }) == "ok");
  CHECK(refusal([](Parts& p) { p.bases = {0, 2, 2, 0}; }) == "not_canonical at dictionaries");
  CHECK(refusal([](Parts& p) { p.link_nodes = {3}; }) == "not_canonical at link nodes");
  CHECK(refusal([](Parts& p) { p.nodes = {1, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67}; }) ==
        "not_canonical at bundle");
  CHECK(refusal([](Parts& p) { p.metadata_uses[4] = 3; }) == "not_canonical at metadata");
  CHECK(refusal([](Parts& p) { p.metadata_uses[0] = p.metadata_uses[4] = 0; }) == "not_canonical at bundle");
}

TEST_CASE("two entries that say the same are refused") {
  // A UUID as text, and the same entity in two entries of which the change uses both.
  CHECK(refusal([](Parts& p) {
          const std::string uuid = "00010203-0405-0607-0809-0a0b0c0d0e0f";
          p.entities = {2, 1, 'e', 36};
          append_bytes(p.entities, uuid);
        }) == "not_canonical at bundle");
  CHECK(refusal([](Parts& p) { p.entities = {2, 1, 'e', 1, 'e'}; }) == "not_canonical at bundle");
  CHECK(refusal([](Parts& p) {
          p.metadata = {2, 1, 'a', 1, 'a'};
          p.metadata_uses[4] = 1;
        }) == "not_canonical at bundle");
}

TEST_CASE("names keep to the rules of the data model") {
  CHECK(refusal([](Parts& p) { p.entities[2] = 0; }) == "bad_entity at event 0 entity");
  CHECK(refusal([](Parts& p) { p.entities[2] = 0xff; }) == "bad_entity at event 0 entity");
  CHECK(refusal([](Parts& p) { p.attributes = {2, 0, 1, 'b', 0}; }).substr(0, 3) != "ok");
  CHECK(refusal([](Parts& p) { p.attributes[2] = 0xff; }) == "bad_attribute at event 0 attribute");
  CHECK(refusal([](Parts& p) { p.attributes = {2, 1, 'b', 1, 'a'}; }) == "not_canonical at event 1 cell");
}

TEST_CASE("values are canonical") {
  CHECK(refusal([](Parts& p) { p.types[0] = 7; }) == "not_canonical at value types");
  CHECK(refusal([](Parts& p) { p.booleans = {2}; }) == "non_canonical_value at event 0 value");
  CHECK(refusal([](Parts& p) { p.integers = {0x85, 0x00}; }) == "not_canonical at values");
  CHECK(refusal([](Parts& p) { p.reals[0] = 0x80, p.reals[1] = 0; }) == "non_canonical_value at event 2 value");
  CHECK(refusal([](Parts& p) { p.reals[0] = 0x7f, p.reals[1] = 0xf1; }) == "non_canonical_value at event 2 value");
  CHECK(refusal([](Parts& p) { p.strings = {'h', 0xff}; }) == "non_canonical_value at event 3 value");
  CHECK(refusal([](Parts& p) { p.types[3] = 5, p.strings = {'h', 0xff}; }) == "ok");
  CHECK(refusal([](Parts& p) { p.types[3] = 6, p.strings = {'[', ']'}; }) == "ok");
  CHECK(refusal([](Parts& p) { p.types[3] = 6, p.strings = {'4', '2'}; }) == "non_canonical_value at event 3 value");
  CHECK(refusal([](Parts& p) {
          p.types[3] = 6, p.sizes = {3}, p.strings = {'[', ' ', ']'};
        }) == "non_canonical_value at event 3 value");
}

TEST_CASE("bases and links name possible stamps") {
  CHECK(refusal([](Parts& p) { p.base_ms = {0xd8, 0x0f, 1}; }) == "ok");                    // 1004 - 1004
  CHECK(refusal([](Parts& p) { p.base_ms = {0xda, 0x0f, 1}; }) == "bad_stamp at base ms");  // before 1970
  CHECK(refusal([](Parts& p) { p.base_counters = {0xff, 0xff, 0x03, 7}; }) == "ok");        // 65535
  CHECK(refusal([](Parts& p) { p.base_counters = {0x80, 0x80, 0x04, 7}; }) == "bad_stamp at base counters");
  CHECK(refusal([](Parts& p) { p.link_counters = {0x80, 0x80, 0x04}; }) == "bad_stamp at link counters");
  CHECK(refusal([](Parts& p) { p.link_kinds = {4}; }) == "not_canonical at link kinds");
  // How far the target lies before its change, which has ms 1010.
  const auto before = [](std::int64_t distance) {
    return refusal([distance](Parts& p) {
      p.link_ms.clear();
      append_varint(p.link_ms, static_cast<std::uint64_t>(distance) << 1 ^ static_cast<std::uint64_t>(distance >> 63));
    });
  };
  CHECK(before(1010) == "ok");
  CHECK(before(1011) == "bad_stamp at link ms");
  CHECK(before(1010 - static_cast<std::int64_t>(max_stamp_ms)) == "ok");
  CHECK(before(1009 - static_cast<std::int64_t>(max_stamp_ms)) == "bad_stamp at link ms");
  CHECK(before(INT64_MAX) == "bad_stamp at link ms");
  CHECK(before(INT64_MIN) == "bad_stamp at link ms");
}

TEST_CASE("link counts agree with their total, and links ascend") {
  CHECK(refusal([](Parts& p) { p.link_counts = {1, 0, 0, 2}; }) == "not_canonical at link counts");
  CHECK(refusal([](Parts& p) { p.link_counts = {1, 0, 0, 0}; }) == "not_canonical at link counts");
  const auto two_links = [](Bytes kinds) {
    return refusal([&](Parts& p) {
      p.link_counts = {2, 0, 0, 2};
      p.link_kinds = kinds;
      p.link_nodes = {1, 1};
      p.link_ms = p.link_counters = {0, 0};
    });
  };
  CHECK(two_links({0, 1}) == "ok");
  CHECK(two_links({1, 0}) == "not_canonical at link 1 target");
  CHECK(two_links({1, 1}) == "not_canonical at link 1 target");
}

TEST_CASE("metadata is text without an empty entry") {
  CHECK(refusal([](Parts& p) { p.metadata[2] = 0xff; }) == "bad_utf8 at metadata author");
  CHECK(refusal([](Parts& p) { p.metadata = {1, 0, 0, 0, 0}; }).substr(0, 2) != "ok");
}

TEST_CASE("bytes between the metadata and the trailer are refused") {
  CHECK(refusal([](Parts& p) { p.extra = {0}; }) == "not_canonical at end");
  CHECK(refusal([](Parts& p) { p.extra.assign(trailer_size, 0); }) == "not_canonical at end");
}

TEST_CASE("a number in a longer form than needed is refused wherever it stands") {
  const Parts whole;
  Bytes Parts::*const numbers[] = {
      &Parts::n,        &Parts::first_stamp,    &Parts::last_stamp,   &Parts::totals,
      &Parts::stamp_ms, &Parts::stamp_counters, &Parts::event_counts, &Parts::entities,
      &Parts::nodes,    &Parts::attributes,     &Parts::entity_uses,  &Parts::attribute_uses,
      &Parts::integers, &Parts::sizes,          &Parts::bases,        &Parts::base_ms,
      &Parts::link_ms,  &Parts::base_counters,  &Parts::link_counts,  &Parts::link_nodes,
      &Parts::metadata, &Parts::link_counters,  &Parts::metadata_uses};
  for (Bytes Parts::*const number : numbers) {
    Parts parts = whole;
    Bytes& bytes = parts.*number;
    const auto end = std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t digit) { return digit < 0x80; });
    *end |= 0x80;
    bytes.insert(end + 1, 0x00);
    const std::string code = code_of(decode_bundle(parts.join()));
    CHECK((code == "not_canonical" || code == "bad_header"));
  }
}

TEST_CASE("a count that the bytes cannot back is refused before anything is made for it") {
  const Bytes enormous = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01};  // 2^63
  for (Bytes Parts::*const count :
       {&Parts::entities, &Parts::attributes, &Parts::nodes, &Parts::link_counts, &Parts::metadata, &Parts::sizes}) {
    Parts parts;
    Bytes& bytes = parts.*count;
    bytes.erase(bytes.begin());
    bytes.insert(bytes.begin(), enormous.begin(), enormous.end());
    CHECK(code_of(decode_bundle(parts.join())) == "truncated");
  }
}

}  // namespace tidemark
