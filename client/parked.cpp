#include "client/parked.h"

#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "client/seal.h"
#include "sync/limits.h"

namespace tidemark {

std::uint64_t apply_parked(store::Store& store, std::int64_t now_ms,
                           const std::function<void(std::vector<Change>&&)>& applied) {
  std::uint64_t count = 0;
  for (const store::ParkedRow& parked : store.parked()) {
    const bool waits = std::int64_t(parked.last.ms) > now_ms + sync::gate_given_back_ms;
    if (parked.reason == "clock_ahead" && waits) continue;
    const Result<Bytes> canonical = unpack_envelope(parked.envelope);
    if (!canonical) continue;
    const Head& place = parked.head;
    const Result<Head> head = check_trailer(*canonical, hash_at(store, place.node, place.n - 1), store.space());
    if (!head || head->hash != place.hash) continue;
    Result<Bundle> bundle = decode_bundle(*canonical);
    if (!bundle) continue;
    store.unpark(place.node, place.n, bundle->changes);
    ++count;
    if (applied) applied(std::move(bundle->changes));
  }
  return count;
}

}  // namespace tidemark
