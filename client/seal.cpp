#include "client/seal.h"

#include <optional>
#include <utility>

#include "hlc/assert.h"

namespace tidemark {

namespace {

// `bundle` with as many of the changes as fit it.
Bundle first_bundle(std::vector<Change> changes, Bundle bundle, std::size_t events_max) {
  std::size_t bytes = bundle_overhead_bound;
  std::size_t events = 0;
  for (Change& change : changes) {
    bytes += size_bound(change);
    events += change.events.size();
    if (!bundle.changes.empty() && (bytes > max_bundle_bytes || events > events_max)) break;
    bundle.changes.push_back(std::move(change));
  }
  return bundle;
}

store::BundleRow sealed_row(const Bundle& bundle, const Head& previous, const std::string& space) {
  if (!can_encode(bundle)) {
    throw store::StoreError(store::Failure::corrupt, "sealing changes of node " + to_string(bundle.node),
                            "they are no changes that could have been recorded");
  }
  store::BundleRow row;
  row.head = encode_bundle(bundle, previous.hash, space).head;
  row.version = bundle_version;
  row.suite = suite_plain;
  row.first = bundle.changes.front().stamp;
  row.last = bundle.changes.back().stamp;
  for (const Change& change : bundle.changes) row.events += change.events.size();
  return row;
}

}  // namespace

Hash hash_at(const store::Store& store, NodeId node, std::uint64_t n) {
  if (n == 0) return Hash{};
  const auto row = store.bundle(node, n);
  return row ? row->head.hash : Hash{};
}

bool seal_next(store::Store& store, NodeId node, std::size_t events_max) {
  while (true) {
    store::Tail tail = store.tail(node, events_max);
    if (tail.changes.empty()) return false;
    const Bundle bundle = first_bundle(std::move(tail.changes), {node, tail.previous.n + 1, {}}, events_max);
    if (store.seal(sealed_row(bundle, tail.previous, store.space()), bundle.changes.size())) return true;
  }
}

store::SealOne sealer(const store::Store& store) {
  return [space = store.space()](const Change& change, const Head& previous) {
    return sealed_row({previous.node, previous.n + 1, {change}}, previous, space);
  };
}

EncodedBundle encode_again(const store::Store& store, NodeId node, std::uint64_t n) {
  const auto row = store.bundle(node, n);
  TIDEMARK_ASSERT(row && !row->parked);
  const Bundle bundle{node, n, store.read_bundle(node, n)};
  std::optional<EncodedBundle> encoded;
  if (can_encode(bundle)) encoded = encode_bundle(bundle, hash_at(store, node, n - 1), store.space());
  if (!encoded || encoded->head.hash != row->head.hash) {
    throw store::StoreError(store::Failure::corrupt,
                            "encoding bundle " + std::to_string(n) + " of node " + to_string(node),
                            "its events no longer make the head that was sealed");
  }
  return *std::move(encoded);
}

}  // namespace tidemark
