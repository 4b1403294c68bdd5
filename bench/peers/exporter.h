// Exporter: the bundles of a device that has seen nobody else's writes, as files; and what takes such files in. It works below
// the API of applications, as a sync does it, because there is no other way to bring bundles to a device without a relay.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "bench/peers/line.h"
#include "crdt/bytes.h"
#include "crdt/head.h"
#include "store/store.h"

namespace tidemark::bench {

class Exporter {
 public:
  Exporter(NodeId node, std::string space);

  void add(const Line& line);
  // What was added since the last call, into this folder, a file a bundle. Gives the bytes of the files.
  std::uint64_t write(const std::string& folder);

 private:
  void close();

  std::string space_;
  Head head_;
  std::vector<Change> changes_;  // of the bundle that is open
  std::map<Cell, Stamp> latest_;
  std::vector<std::pair<std::uint64_t, Bytes>> closed_;
  std::uint64_t events_ = 0;
};

// By device, and in the order of its chain.
std::vector<Bytes> read_envelopes(const std::string& folder);
// Unpacks, checks, decodes, logs and folds them, as many a transaction as while catching up.
void take_in(store::Store& store, const std::vector<Bytes>& envelopes);

}  // namespace tidemark::bench
