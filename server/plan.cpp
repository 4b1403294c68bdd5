#include "server/plan.h"

#include <algorithm>

#include "bundles/chain.h"
#include "hlc/assert.h"

namespace tidemark::server {

Head Chains::head(NodeId node) const {
  const auto at = heads.find(node);
  return at == heads.end() ? Head{node, 0, {}} : at->second;
}

bool same_bundle(const sync::Pushed& bundle, const Hash& head) {
  const ByteView bytes(bundle.canonical);
  return std::equal(bytes.end() - trailer_size, bytes.end(), head.begin());
}

Place place_of(const Chains& chains, const sync::Pushed& bundle) {
  const Head head = chains.head(bundle.header.node);
  const std::uint64_t n = bundle.header.n;
  if (n > head.n + 1) return Place::gap;
  if (n == head.n + 1) return check_trailer(bundle.canonical, head.hash, chains.space) ? Place::next : Place::fork;
  if (n == head.n) return same_bundle(bundle, head.hash) ? Place::already : Place::fork;
  return Place::earlier;
}

LogEntry append(Chains& chains, const sync::Pushed& bundle) {
  const Result<Head> head = check_trailer(bundle.canonical, chains.head(bundle.header.node).hash, chains.space);
  TIDEMARK_ASSERT(head);
  chains.heads[head->node] = *head;
  chains.end = {chains.end.seq + 1, next_acc(chains.end.acc, *head)};
  return {*head, chains.end.acc, bundle.envelope};
}

}  // namespace tidemark::server
