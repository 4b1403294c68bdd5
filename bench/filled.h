// Files that are full before anything is measured.
#pragma once

#include <string>

#include "bench/notes.h"
#include "store/store.h"

namespace tidemark::bench {

// A bundle as it comes over the network, as the store takes it: decoded and checked, as client/exchange.h does it.
store::Arrival arrival_of(ByteView envelope, const Hash& previous, std::uint64_t seq);

// Applies what came after `cursor`, so many events a transaction, in this order. Gives the cursor behind it.
Cursor apply_all(store::Store& store, const std::vector<Delivery>& deliveries, std::uint64_t events_a_transaction,
                 Cursor cursor = {});

// Throws unless the file holds so many events, and these winners.
void check_state(const std::string& path, const Expected& expected);

// Makes a replica file that holds so many events of Notes, none of which is its own.
void fill(const std::string& path, std::uint64_t events);

}  // namespace tidemark::bench
