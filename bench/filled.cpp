#include "bench/filled.h"

#include "bench/bench.h"
#include "bundles/envelope.h"

namespace tidemark::bench {

store::Arrival arrival_of(ByteView envelope, const Hash& previous, std::uint64_t seq) {
  const Result<Bytes> canonical = unpack_envelope(envelope);
  const Result<Head> head = check_trailer(*canonical, previous, Notes::space);
  Result<Bundle> bundle = decode_bundle(*canonical);
  const BundleHeader header = *decode_header(*canonical);
  store::Arrival arrival;
  arrival.kind = store::Arrival::Kind::bundle;
  arrival.row = {*head, header.version, header.suite, header.first, header.last, header.events, std::nullopt, false};
  arrival.seq = seq;
  arrival.changes = std::move(bundle->changes);
  return arrival;
}

Cursor apply_all(store::Store& store, const std::vector<Delivery>& deliveries, std::uint64_t events_a_transaction,
                 Cursor cursor) {
  std::vector<store::Arrival> arrivals;
  std::uint64_t events = 0;
  for (const Delivery& delivery : deliveries) {
    arrivals.push_back(arrival_of(delivery.envelope, delivery.previous.hash, ++cursor.seq));
    events += arrivals.back().row.events;
    if (events < events_a_transaction && &delivery != &deliveries.back()) continue;
    store.apply(arrivals, cursor);
    arrivals.clear();
    events = 0;
  }
  return cursor;
}

void check_state(const std::string& path, const Expected& expected) {
  store::Store store = store::Store::open(path);
  require(store.counts().events == expected.events(), "events in the file");
  std::uint64_t cells = 0;
  std::uint64_t digest = 0;
  store.for_each_cell([&](const store::CellState& state) {
    ++cells;
    digest += Expected::digest_of(state.cell, state.value, state.stamp);
    return true;
  });
  require(cells == expected.cells() && digest == expected.digest(), "the winners");
}

void fill(const std::string& path, std::uint64_t events) {
  store::Store store = store::Store::create(path, Notes::space, NodeId{1});
  apply_all(store, Notes({events, 1'000, 8, false}).all(), 100'000);
}

}  // namespace tidemark::bench
