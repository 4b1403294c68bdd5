// A small bundle in pieces, so that a test can spoil one of them and leave the rest as it is.
#pragma once

#include "bundles/varint.h"
#include "tests/bundles/samples.h"

namespace tidemark {

// Three changes with four events: e.a = true | e.a = -3, e.b = 0.5 | <UUID>.a = "hi", the last with a link.
struct Parts {
  Bytes front = {1, 0, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67};  // version, suite, node
  Bytes n = {1};
  Bytes first_stamp = {0xe8, 0x07, 0};  // 1000 ms
  Bytes last_stamp = {10, 0};
  Bytes totals = {3, 4};
  Bytes stamp_ms = {4};
  Bytes stamp_counters = {0};
  Bytes event_counts = {1, 2};
  Bytes entities = {2, 1, 'e', 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  Bytes attributes = {2, 1, 'a', 1, 'b'};
  Bytes nodes = {1, 0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77};
  Bytes entity_uses = {0, 1, 1, 0};
  Bytes attribute_uses = {0, 1, 0, 2};
  Bytes types = {1, 2, 3, 4};
  Bytes booleans = {1};
  Bytes integers = {5};
  Bytes reals = {0x3f, 0xe0, 0, 0, 0, 0, 0, 0};
  Bytes sizes = {2};
  Bytes strings = {'h', 'i'};
  Bytes bases = {0, 2, 1, 0};
  Bytes base_ms = {8, 1};
  Bytes base_counters = {0, 7};
  Bytes link_counts = {1, 0, 0, 1};  // the total first
  Bytes link_kinds = {1};
  Bytes link_nodes = {1};
  Bytes link_ms = {0};
  Bytes link_counters = {0};
  Bytes metadata = {1, 3, 'a', 'd', 'a'};
  Bytes metadata_uses = {1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0};
  Bytes extra;

  // With eight zeros for a trailer, which decode_bundle does not judge.
  Bytes join() const {
    Bytes out;
    for (const Bytes* part :
         {&front,         &n,           &first_stamp, &last_stamp, &totals,      &stamp_ms,       &stamp_counters,
          &event_counts,  &entities,    &attributes,  &nodes,      &entity_uses, &attribute_uses, &types,
          &booleans,      &integers,    &reals,       &sizes,      &strings,     &bases,          &base_ms,
          &base_counters, &link_counts, &link_kinds,  &link_nodes, &link_ms,     &link_counters,  &metadata,
          &metadata_uses, &extra}) {
      append_bytes(out, *part);
    }
    out.resize(out.size() + trailer_size);
    return out;
  }
};

// One event e.a with a text of `size` bytes, without bases, links and metadata.
inline Parts one_text(std::size_t size) {
  Parts parts;
  parts.last_stamp = {0, 0};
  parts.totals = {1, 1};
  parts.entities = {1, 1, 'e'};
  parts.attributes = {1, 1, 'a'};
  parts.nodes = {0};
  parts.entity_uses = parts.attribute_uses = {0};
  parts.types = {4};
  parts.sizes = {};
  append_varint(parts.sizes, size);
  parts.strings.assign(size, 'x');
  parts.bases = parts.link_counts = parts.metadata = {0};
  for (Bytes* none : {&parts.stamp_ms, &parts.stamp_counters, &parts.event_counts, &parts.booleans, &parts.integers,
                      &parts.reals, &parts.base_ms, &parts.base_counters, &parts.link_kinds, &parts.link_nodes,
                      &parts.link_ms, &parts.link_counters, &parts.metadata_uses}) {
    none->clear();
  }
  return parts;
}

}  // namespace tidemark
