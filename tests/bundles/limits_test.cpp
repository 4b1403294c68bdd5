#include <doctest/doctest.h>

#include "tests/bundles/parts.h"

namespace tidemark {
namespace {

std::string decoded_code(const Parts& parts) { return code_of(decode_bundle(parts.join())); }

// `count` changes of one event each.
Bundle of_changes(std::size_t count) {
  Bundle bundle{sample_node, 1, {}};
  for (std::size_t i = 0; i < count; ++i) {
    bundle.changes.push_back(one_event({sample_ms + i, 0, sample_node}, "e", "a", Value::null()));
  }
  return bundle;
}

// One change of `count` events.
Bundle of_events(std::size_t count) {
  Change change;
  change.stamp = {sample_ms, 0, sample_node};
  for (std::size_t i = 0; i < count; ++i) {
    std::string attribute = std::to_string(100'000 + i);
    change.events.push_back({{"e", std::move(attribute)}, Value::null(), std::nullopt});
  }
  return {sample_node, 1, {change}};
}

}  // namespace

TEST_CASE("a bundle holds up to 10,000 events, in one change or in as many") {
  for (const std::size_t count : {max_bundle_events - 1, max_bundle_events}) {
    for (const Bundle& bundle : {of_changes(count), of_events(count)}) {
      const auto decoded = decode_bundle(encoded(bundle));
      REQUIRE(decoded);
      CHECK(same(*decoded, bundle));
    }
  }
  // The encoder would not make one more, so it is patched in: the totals stand after 8 bytes of first and last stamp.
  Bytes bytes = encoded(of_events(max_bundle_events));
  const std::size_t at = 2 + 8 + 1 + 6 + 1 + 2 + 1;
  REQUIRE(bytes[at] == 0x90);
  REQUIRE(bytes[at + 1] == 0x4e);
  ++bytes[at];
  CHECK(code_of(decode_bundle(bytes)) == "bad_header");
}

TEST_CASE("a value is up to 256 KiB") {
  CHECK(decoded_code(one_text(max_value_bytes - 1)) == "ok");
  CHECK(decoded_code(one_text(max_value_bytes)) == "ok");
  CHECK(decoded_code(one_text(max_value_bytes + 1)) == "too_large");
}

TEST_CASE("a bundle is up to 512 KiB with its trailer") {
  const auto sized = [](std::size_t size) {
    Parts parts = one_text(max_value_bytes);
    // A second text in the same change takes what is left.
    parts.totals = {1, 2};
    parts.attributes = {2, 1, 'a', 1, 'b'};
    parts.entity_uses = {0, 1};
    parts.attribute_uses = {0, 0};
    parts.types = {4, 4};
    parts.bases = {0, 0};
    const std::size_t text = size - parts.join().size() - 3;
    append_varint(parts.sizes, text);
    parts.strings.resize(parts.strings.size() + text, 'y');
    REQUIRE(parts.join().size() == size);
    return parts;
  };
  CHECK(decoded_code(sized(max_bundle_bytes - 1)) == "ok");
  CHECK(decoded_code(sized(max_bundle_bytes)) == "ok");
  CHECK(decoded_code(sized(max_bundle_bytes + 1)) == "too_large");
  CHECK(code_of(decode_header(sized(max_bundle_bytes + 1).join())) == "too_large");
  const auto largest = decode_bundle(sized(max_bundle_bytes).join());
  REQUIRE(largest);
  CHECK(encoded(*largest).size() == max_bundle_bytes);
}

TEST_CASE("an entity is up to 64 bytes, an attribute up to 255") {
  const auto entity = [](std::uint8_t size) {
    Parts parts = one_text(1);
    parts.entities = {1, size};
    parts.entities.resize(2 + std::size_t{size}, 'e');
    return decoded_code(parts);
  };
  CHECK(entity(1) == "ok");
  CHECK(entity(63) == "ok");
  CHECK(entity(64) == "ok");
  CHECK(entity(65) == "bad_entity");
  CHECK(entity(255) == "bad_entity");
  const auto attribute = [](std::size_t size) {
    Parts parts = one_text(1);
    parts.attributes = {1};
    append_varint(parts.attributes, size);
    parts.attributes.resize(parts.attributes.size() + size, 'a');
    return decoded_code(parts);
  };
  CHECK(attribute(1) == "ok");
  CHECK(attribute(254) == "ok");
  CHECK(attribute(255) == "ok");
  CHECK(attribute(256) == "bad_attribute");
  CHECK(attribute(100'000) == "bad_attribute");
}

TEST_CASE("a change has up to 256 links") {
  const auto links = [](std::size_t count) {
    Parts parts = one_text(1);
    parts.link_counts.clear();
    append_varint(parts.link_counts, count);
    append_varint(parts.link_counts, count);
    parts.link_kinds.assign(count, 0);
    parts.link_nodes.assign(count, 1);
    parts.link_ms.assign(count, 0);
    for (std::size_t i = 0; i < count; ++i) append_varint(parts.link_counters, i);
    return decoded_code(parts);
  };
  CHECK(links(max_change_links - 1) == "ok");
  CHECK(links(max_change_links) == "ok");
  CHECK(links(max_change_links + 1) == "too_many_links");
}

TEST_CASE("metadata is up to 64 KiB a change") {
  const auto metadata = [](std::size_t size) {
    Parts parts = one_text(1);
    parts.metadata = {1};
    append_varint(parts.metadata, size);
    parts.metadata.resize(parts.metadata.size() + size, 'm');
    parts.metadata_uses = {0, 0, 1, 0};
    return decoded_code(parts);
  };
  CHECK(metadata(max_metadata_bytes - 1) == "ok");
  CHECK(metadata(max_metadata_bytes) == "ok");
  CHECK(metadata(max_metadata_bytes + 1) == "metadata_too_large");
}

TEST_CASE("metadata of all changes is up to 512 KiB, however often a text is shared") {
  Bundle bundle = of_changes(9);
  for (std::size_t i = 0; i < 8; ++i) bundle.changes[i].metadata.note = std::string(max_metadata_bytes, 'n');
  Bytes bytes = encoded(bundle);
  const auto decoded = decode_bundle(bytes);
  REQUIRE(decoded);
  CHECK(same(*decoded, bundle));
  // The last four uses stand before the trailer: let the ninth change share the note too.
  bytes[bytes.size() - trailer_size - 2] = 2;
  CHECK(code_of(decode_bundle(bytes)) == "metadata_too_large");
  bundle.changes[7].metadata.note.pop_back();
  bundle.changes[8].metadata.note = std::string(1, 'x');
  CHECK(code_of(decode_bundle(encoded(bundle))) == "ok");
}

TEST_CASE("bundles chosen by their bounds keep the limit on metadata") {
  Change change = one_event({sample_ms, 0, sample_node}, "e", "a", Value::null());
  change.metadata.note = std::string(max_metadata_bytes, 'n');
  const std::size_t chosen = (max_bundle_bytes - bundle_overhead_bound) / size_bound(change);
  CHECK(chosen * max_metadata_bytes <= max_bundle_bytes);
}

TEST_CASE("a space's name is up to 255 bytes") {
  const Bundle bundle = edit_sample();
  for (const std::size_t size : {std::size_t{0}, max_space_bytes - 1, max_space_bytes}) {
    const std::string space(size, 's');
    const EncodedBundle made = encode_bundle(bundle, sample_previous(), space);
    CHECK(code_of(check_trailer(made.bytes, sample_previous(), space)) == "ok");
  }
}

}  // namespace tidemark
