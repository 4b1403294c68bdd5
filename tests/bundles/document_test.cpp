// The worked examples of docs/bundle-format.md are what the code writes.
#include <doctest/doctest.h>

#include "bundles/envelope.h"
#include "bundles/varint.h"
#include "tests/bundles/samples.h"

namespace tidemark {
namespace {

// The block between "```<tag>" and the next fence.
std::string block(const std::string& document, const std::string& tag) {
  const std::string fence = "```" + tag + "\n";
  const std::size_t start = document.find(fence);
  REQUIRE(start != std::string::npos);
  const std::size_t end = document.find("```", start + fence.size());
  REQUIRE(end != std::string::npos);
  return document.substr(start + fence.size(), end - start - fence.size());
}

// A line is hexadecimal pairs, then at least two spaces and what they mean.
Bytes annotated_bytes(const std::string& lines) {
  Bytes bytes;
  std::size_t start = 0;
  while (start < lines.size()) {
    const std::size_t end = lines.find('\n', start);
    const std::string line = lines.substr(start, end - start);
    append_bytes(bytes, ByteView(bytes_of_hex(line.substr(0, line.find("  ")))));
    start = end + 1;
  }
  return bytes;
}

const std::string& document() {
  static const std::string text = read_source_file("docs/bundle-format.md");
  return text;
}

}  // namespace

TEST_CASE("the worked example of the bundle format is a bundle, byte by byte") {
  const Bytes bytes = annotated_bytes(block(document(), "bundle"));
  CHECK(to_hex(bytes) == to_hex(encoded(full_sample())));
  const auto decoded = decode_bundle(bytes);
  REQUIRE(decoded);
  CHECK(same(*decoded, full_sample()));
}

TEST_CASE("the heads and digests of the document are those of the code") {
  const EncodedBundle made = encode_bundle(full_sample(), sample_previous(), sample_space);
  const Head heads[] = {{other_node, 1, Hash{}}, made.head};
  const std::string expected = "previous head  " + to_hex(sample_previous()) + "\n" +                             //
                               "head           " + to_hex(made.head.hash) + "\n" +                                //
                               "trailer        " + to_hex(ByteView(made.bytes).last(trailer_size)) + "\n" +       //
                               "acc(1)         " + to_hex(next_acc(Hash{}, made.head)) + "\n" +                   //
                               "derived node   " + to_string(derived_node(sample_node, made.head.hash)) + "\n" +  //
                               "heads digest   " + to_hex(heads_digest(heads)) + "\n";
  CHECK(block(document(), "digests") == expected);
}

TEST_CASE("the envelope of the worked example is one byte longer") {
  const Bytes bytes = encoded(full_sample());
  const Bytes packed = pack_envelope(bytes);
  CHECK(packed.size() == bytes.size() + 1);
  CHECK(packed[0] == 0);
}

TEST_CASE("every limit in the document is the limit in the code") {
  const std::pair<const char*, std::size_t> limits[] = {
      {"canonical bytes of a bundle, trailer included", max_bundle_bytes},
      {"events of a bundle", max_bundle_events},
      {"entity, bytes", max_entity_bytes},
      {"attribute, bytes", max_attribute_bytes},
      {"value, bytes of its canonical payload", max_value_bytes},
      {"links of a change", max_change_links},
      {"metadata of a change, bytes", max_metadata_bytes},
      {"its JSON, bytes", max_metadata_json_bytes},
      {"metadata of all changes, repeats counted, bytes", max_bundle_bytes},
      {"space, bytes", max_space_bytes},
      {"nesting of JSON", max_json_depth}};
  for (const auto& [what, limit] : limits) {
    const std::string row = std::string("| ") + what + " | " + std::to_string(limit) + " |";
    CAPTURE(row);
    CHECK(document().find(row) != std::string::npos);
  }
}

}  // namespace tidemark
