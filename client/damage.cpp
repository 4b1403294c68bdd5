#include "client/damage.h"

#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "client/seal.h"

namespace tidemark {
namespace {

std::string place(NodeId node, std::uint64_t n) {
  return "bundle " + std::to_string(n) + " of node " + to_string(node);
}

std::string parked_problem(const store::Store& store, NodeId node, std::uint64_t n) {
  const auto parked = store.parked(node, n);
  const Result<Bytes> canonical = unpack_envelope(parked->envelope);
  if (!canonical) return place(node, n) + " is parked, but its bytes are damaged: " + to_string(canonical.error());
  const Result<Head> head = check_trailer(*canonical, hash_at(store, node, n - 1), store.space());
  if (head && head->hash == parked->head.hash) return {};
  return place(node, n) + " is parked, but its bytes do not make the head that is stored.";
}

// Empty if the bundle is sound.
std::string bundle_problem(const store::Store& store, NodeId node, std::uint64_t n) {
  try {
    const auto row = store.bundle(node, n);
    if (!row) return place(node, n) + " is missing from the chain.";
    if (row->parked) return parked_problem(store, node, n);
    if (row->version != bundle_version || row->suite != suite_plain)
      return place(node, n) + " has a format that this version does not write.";
    const EncodedBundle encoded = encode_again(store, node, n);
    if (row->events != decode_header(encoded.bytes)->events) return place(node, n) + " counts its events wrongly.";
  } catch (const store::StoreError& error) {
    if (error.failure() != store::Failure::corrupt) throw;
    return error.what();
  }
  return {};
}

}  // namespace

std::vector<DamagedBundle> damaged_bundles(const store::Store& store, const store::Progress& progress) {
  const std::vector<Head> heads = store.heads();
  std::uint64_t total = 0;
  for (const Head& head : heads) total += head.n;
  std::uint64_t done = 0;
  std::vector<DamagedBundle> damaged;
  for (const Head& head : heads) {
    for (std::uint64_t n = 1; n <= head.n; ++n) {
      std::string problem = bundle_problem(store, head.node, n);
      if (!problem.empty()) damaged.push_back({head.node, n, std::move(problem)});
      if (progress) progress(++done, total);
    }
  }
  return damaged;
}

std::vector<std::string> damaged_tails(const store::Store& store) {
  std::vector<std::string> problems;
  for (const store::OwnNode& own : store.own_nodes()) {
    try {
      for (const Change& change : store.tail(own.node, UINT64_MAX).changes) {
        if (const auto error = check_change(change)) {
          problems.push_back("the unsealed change " + to_string(change.stamp) + " is damaged: " + to_string(*error));
        }
      }
    } catch (const store::StoreError& error) {
      if (error.failure() != store::Failure::corrupt) throw;
      problems.push_back("unsealed changes of node " + to_string(own.node) + " cannot be read: " + error.what());
    }
  }
  return problems;
}

}  // namespace tidemark
