// Bundles of a store as bytes: sealing the outbox, and encoding again what was sealed or applied before.
#pragma once

#include "bundles/bundle.h"
#include "store/store.h"

namespace tidemark {

// Closes unsealed changes of the node as its next bundle, as many as fit one and hold at most so many events, but at least
// one; false if there were none. Durable on return.
bool seal_next(store::Store& store, NodeId node, std::size_t events_max = max_bundle_events);

// For a write that is to be sealed at once: Store::record.
store::SealOne sealer(const store::Store& store);

// The canonical bytes of bundle n of a node as they were when it was sealed. It must be here and not parked. If they no
// longer make the head that is stored, the file is damaged: throws StoreError corrupt.
EncodedBundle encode_again(const store::Store& store, NodeId node, std::uint64_t n);

// Head of bundle n here; zeros for n = 0.
Hash hash_at(const store::Store& store, NodeId node, std::uint64_t n);

}  // namespace tidemark
