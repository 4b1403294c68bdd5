// Every way to write the changes of the small bundle in other bytes is refused. Each case is accepted if its one rule is
// left out of the reader, so none of them stands for another.
#include <doctest/doctest.h>

#include "tests/bundles/parts.h"

namespace tidemark {
namespace {

template <class Spoil>
std::string code(Spoil spoil) {
  Parts parts;
  spoil(parts);
  return code_of(decode_bundle(parts.join()));
}

void append_entry(Bytes& dictionary, std::string_view text) {
  ++dictionary[0];
  dictionary.push_back(static_cast<std::uint8_t>(text.size()));
  append_bytes(dictionary, text);
}

}  // namespace

TEST_CASE("an entity does not stand in two entries") {
  // Both are used, in order of first use.
  CHECK(code([](Parts& p) {
          p.entities.insert(p.entities.begin() + 3, {1, 'e'}), p.entities[0] = 3;
          p.entity_uses = {0, 0, 1, 0};
        }) == "not_canonical");
  CHECK(code([](Parts& p) {
          p.entities.insert(p.entities.begin() + 3, {1, 'd'}), p.entities[0] = 3;
          p.entity_uses = {0, 0, 1, 0};
        }) == "ok");
  // The same with the UUID, which takes the place of "e".
  const auto with_uuid = [](std::uint8_t last) {
    return code([last](Parts& p) {
      const Bytes uuid(p.entities.begin() + 3, p.entities.end());
      p.entities = {2};
      for (int i = 0; i < 2; ++i) append_bytes(p.entities, ByteView(uuid));
      p.entities.back() = last;
    });
  };
  CHECK(with_uuid(15) == "not_canonical");
  CHECK(with_uuid(16) == "ok");
}

TEST_CASE("a text and a UUID of the same bytes are two entities") {
  CHECK(code([](Parts& p) {
          p.entities = {2, 16};
          for (std::uint8_t byte = 1; byte <= 16; ++byte) p.entities.push_back(byte);
          p.entities.push_back(0);
          for (std::uint8_t byte = 1; byte <= 16; ++byte) p.entities.push_back(byte);
        }) == "ok");
}

TEST_CASE("a UUID does not stand as text") {
  const auto with_entity = [](std::string_view text) {
    return code([text](Parts& p) {
      p.entities = {1, 1, 'e'};
      append_entry(p.entities, text);
    });
  };
  CHECK(with_entity("00010203-0405-0607-0809-0a0b0c0d0e0f") == "not_canonical");
  CHECK(with_entity("00010203-0405-0607-0809-0a0b0c0d0e0F") == "ok");
  CHECK(with_entity("00010203-0405-0607-0809-0a0b0c0d0e0") == "ok");
}

TEST_CASE("an attribute does not stand in two entries") {
  // In the changes 1 and 2, then in the change 3.
  CHECK(code([](Parts& p) { append_entry(p.attributes, "a"), p.attribute_uses = {0, 1, 0, 0}; }) == "not_canonical");
  CHECK(code([](Parts& p) { append_entry(p.attributes, "c"), p.attribute_uses = {0, 1, 0, 0}; }) == "ok");
}

TEST_CASE("a node does not stand in two entries, and the bundle's own in none") {
  const auto with_node = [](std::uint8_t last) {
    return code([last](Parts& p) {
      const Bytes node(p.nodes.begin() + 1, p.nodes.end());
      p.nodes = {2};
      for (int i = 0; i < 2; ++i) append_bytes(p.nodes, ByteView(node));
      p.nodes.back() = last;
      p.link_nodes = {0};
    });
  };
  CHECK(with_node(0x77) == "not_canonical");
  CHECK(with_node(0x78) == "ok");
  CHECK(code([](Parts& p) { std::copy(p.front.begin() + 2, p.front.end(), p.nodes.begin() + 1); }) == "not_canonical");
}

TEST_CASE("a text of metadata does not stand in two entries") {
  CHECK(code([](Parts& p) { append_entry(p.metadata, "ada"), p.metadata_uses[4] = 1; }) == "not_canonical");
  CHECK(code([](Parts& p) { append_entry(p.metadata, "bob"), p.metadata_uses[4] = 1; }) == "ok");
}

TEST_CASE("an empty text of metadata is no entry") {
  CHECK(code([](Parts& p) { append_entry(p.metadata, ""), p.metadata_uses[4] = 1; }) == "not_canonical");
}

TEST_CASE("no entry stands unused") {
  CHECK(code([](Parts& p) { append_entry(p.entities, "f"); }) == "not_canonical");
  CHECK(code([](Parts& p) { append_entry(p.attributes, "c"); }) == "not_canonical");
  CHECK(code([](Parts& p) { append_entry(p.metadata, "bob"); }) == "not_canonical");
  CHECK(code([](Parts& p) { ++p.nodes[0], p.nodes.resize(p.nodes.size() + 8); }) == "not_canonical");
}

TEST_CASE("metadata of which nothing is used is left out") {
  CHECK(code([](Parts& p) { p.metadata_uses.assign(12, 0); }) == "not_canonical");
  CHECK(code([](Parts& p) { p.metadata = {0}, p.metadata_uses.clear(); }) == "ok");
}

TEST_CASE("an element of a column in more digits than it needs is refused as the first, an inner and the last one") {
  for (Bytes Parts::*const column : {&Parts::entity_uses, &Parts::attribute_uses, &Parts::bases, &Parts::base_ms,
                                     &Parts::base_counters, &Parts::event_counts, &Parts::metadata_uses}) {
    const std::size_t size = (Parts().*column).size();
    for (std::size_t at = 0; at < size; ++at) {
      for (const std::size_t digits : {1, 2, 8, 9, 12}) {
        CHECK(code([&](Parts& p) {
                Bytes& bytes = p.*column;
                bytes[at] |= 0x80;
                bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 1, digits, 0x80);
                bytes[at + digits] = 0;
              }) == "not_canonical");
      }
    }
  }
}

}  // namespace tidemark
