// Envelope and bundle from hostile bytes: what decodes must encode to the very same bytes.
#include <algorithm>

#include "bundles/bundle.h"
#include "bundles/chain.h"
#include "bundles/envelope.h"
#include "hlc/assert.h"

using namespace tidemark;

namespace {

void check_canonical(ByteView canonical) {
  const auto header = decode_header(canonical);
  const auto bundle = decode_bundle(canonical);
  if (!bundle) return;
  TIDEMARK_ASSERT(header);
  TIDEMARK_ASSERT(header->node == bundle->node && header->n == bundle->n);
  TIDEMARK_ASSERT(header->changes == bundle->changes.size());
  TIDEMARK_ASSERT(header->first == bundle->changes.front().stamp && header->last == bundle->changes.back().stamp);
  // The trailer depends on the predecessor, which a lone bundle does not know.
  const EncodedBundle again = encode_bundle(*bundle, Hash{}, "fuzz");
  TIDEMARK_ASSERT(again.bytes.size() == canonical.size());
  TIDEMARK_ASSERT(std::equal(canonical.begin(), canonical.end() - trailer_size, again.bytes.begin()));
  TIDEMARK_ASSERT(check_trailer(again.bytes, Hash{}, "fuzz"));
  std::size_t bound = bundle_overhead_bound;
  for (const Change& change : bundle->changes) bound += size_bound(change);
  TIDEMARK_ASSERT(canonical.size() <= bound);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  check_canonical(input);
  if (const auto canonical = unpack_envelope(input)) {
    check_canonical(*canonical);
    const auto again = unpack_envelope(pack_envelope(*canonical));
    TIDEMARK_ASSERT(again && *again == *canonical);
  }
  return 0;
}
