#include "client/salvage.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "store/salvage.h"
#include "store/store.h"

namespace tidemark {
namespace {

constexpr std::uint64_t events_a_transaction = 20'000;

// The bundles of a node up to the last that is proven by its head, and all other changes that are left of it.
struct Chain {
  NodeId node;
  bool own = false;
  std::vector<store::Arrival> bundles;
  std::vector<Change> loose;
};

// The bundle as it would arrive, with the head that it makes after `previous`; nothing if it cannot be one.
std::optional<store::Arrival> encode(const store::RemainingBundle& remaining, const Hash& previous,
                                     const std::string& space) {
  store::Arrival arrival;
  arrival.row = remaining.row;
  const NodeId node = remaining.row.head.node;
  if (remaining.row.parked) {
    const Result<Bytes> canonical = unpack_envelope(remaining.envelope);
    const Result<Head> head = canonical ? check_trailer(*canonical, previous, space) : Result<Head>(canonical.error());
    const Result<BundleHeader> header = head ? decode_header(*canonical) : Result<BundleHeader>(head.error());
    if (!header || header->node != node || header->n != remaining.row.head.n) return std::nullopt;
    arrival.kind = store::Arrival::Kind::parked;
    arrival.row = {*head, header->version, header->suite, header->first, header->last, header->events, {}, true};
    arrival.envelope = remaining.envelope;
    arrival.reason = *remaining.reason;
    return arrival;
  }
  const Bundle bundle{node, remaining.row.head.n, remaining.changes};
  if (!can_encode(bundle)) return std::nullopt;
  arrival.kind = store::Arrival::Kind::bundle;
  arrival.row.head = encode_bundle(bundle, previous, space).head;
  arrival.row.version = bundle_version;
  arrival.row.suite = suite_plain;
  arrival.row.first = bundle.changes.front().stamp;
  arrival.row.last = bundle.changes.back().stamp;
  arrival.changes = bundle.changes;
  return arrival;
}

// A head proves everything before it, so a damaged head is passed over if a later one agrees.
std::size_t proven(const store::RemainingNode& node, const std::string& space, std::vector<store::Arrival>& bundles) {
  std::size_t good = 0;
  Hash previous{};
  for (const store::RemainingBundle& remaining : node.bundles) {
    if (remaining.row.head.n != bundles.size() + 1) break;
    auto arrival = encode(remaining, previous, space);
    if (!arrival) break;
    previous = arrival->row.head.hash;
    bundles.push_back(std::move(*arrival));
    if (previous == remaining.row.head.hash) good = bundles.size();
  }
  bundles.resize(good);
  return good;
}

// What of a change could have been recorded, in order; the events of one stamp may come from different places.
void add_loose(std::map<Stamp, Change>& loose, const Change& change) {
  Change& whole =
      loose.try_emplace(change.stamp, Change{change.stamp, {}, change.links, change.metadata}).first->second;
  whole.events.insert(whole.events.end(), change.events.begin(), change.events.end());
}

void make_canonical(Change& change) {
  const auto by_cell = [](const Event& a, const Event& b) { return a.cell < b.cell; };
  const auto same_cell = [](const Event& a, const Event& b) { return a.cell == b.cell; };
  std::stable_sort(change.events.begin(), change.events.end(), by_cell);
  change.events.erase(std::unique(change.events.begin(), change.events.end(), same_cell), change.events.end());
  if (!check_change(change)) return;
  change.links.clear();  // what is left to be wrong stands beside the events
  change.metadata = {};
}

Chain chain_of(const store::RemainingNode& node, const std::string& space) {
  Chain chain{node.node, node.own, {}, {}};
  const std::size_t good = proven(node, space, chain.bundles);
  std::set<Stamp> there;
  for (const store::Arrival& bundle : chain.bundles) {
    for (const Change& change : bundle.changes) there.insert(change.stamp);
  }
  std::map<Stamp, Change> loose;
  for (std::size_t i = good; i < node.bundles.size(); ++i) {
    for (const Change& change : node.bundles[i].changes) add_loose(loose, change);
  }
  for (const Change& change : node.loose) add_loose(loose, change);
  for (auto& [stamp, change] : loose) {
    if (there.count(stamp) != 0) continue;
    make_canonical(change);
    if (!check_change(change) && fits_bundle(change)) chain.loose.push_back(std::move(change));
  }
  return chain;
}

std::vector<Chain> chains_of(const store::Remains& remains, const std::string& space) {
  std::vector<Chain> chains;
  for (const store::RemainingNode& node : remains.nodes) chains.push_back(chain_of(node, space));
  return chains;
}

std::size_t bundles_in(const std::vector<Chain>& chains) {
  std::size_t bundles = 0;
  for (const Chain& chain : chains) bundles += chain.bundles.size();
  return bundles;
}

std::uint64_t events_in(const std::vector<Change>& changes) {
  std::uint64_t events = 0;
  for (const Change& change : changes) events += change.events.size();
  return events;
}

void write_chain(store::Store& out, const Chain& chain, Salvaged& salvaged) {
  std::vector<store::Arrival> batch;
  std::uint64_t events = 0;
  const auto flush = [&] {
    if (!batch.empty()) salvaged.events += out.apply(batch, std::nullopt).events;
    batch.clear();
    events = 0;
  };
  for (const store::Arrival& bundle : chain.bundles) {
    events += bundle.row.events;
    batch.push_back(bundle);
    if (events >= events_a_transaction) flush();
  }
  flush();
  if (chain.own || !chain.loose.empty()) out.adopt(chain.node, chain.loose);
  salvaged.bundles += chain.bundles.size();
  salvaged.loose += events_in(chain.loose);
}

void remove_files(const std::string& path) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix, ignored);
}

NodeId random_node(const Random& random) {
  NodeId node;
  random(&node.value, sizeof node.value);
  return node;
}

}  // namespace

Result<Salvaged> salvage(const std::string& damaged, const std::string& out, const SalvageOptions& options) {
  if (std::filesystem::exists(out))
    throw store::StoreError(store::Failure::exists, "salvaging into " + out, "there is a file of this name");
  store::Remains remains = store::read_remains(damaged, false, options.progress);
  if (remains.nodes.empty() && remains.space.empty() && remains.nameless == 0) {
    return Error{"nothing_found",
                 damaged,
                 "no row of a replica",
                 "at least one",
                 "Check the path; another copy of the file may hold more",
                 Retry::after_fix};
  }
  Salvaged salvaged;
  salvaged.space = remains.space.empty() ? options.space : remains.space;
  if (salvaged.space.empty()) {
    return Error{
        "space_unknown",        "space",         "nothing: the page that names it is damaged", "the name of its space",
        "Give it with --space", Retry::after_fix};
  }
  std::vector<Chain> chains = chains_of(remains, salvaged.space);
  if (remains.doubtful_names > 0) {
    // A name stands in its table and in the index; the one that is damaged makes no bundle's head.
    store::Remains others = store::read_remains(damaged, true, options.progress);
    std::vector<Chain> other_chains = chains_of(others, salvaged.space);
    if (bundles_in(other_chains) > bundles_in(chains)) {
      remains = std::move(others);
      chains = std::move(other_chains);
    }
  }
  salvaged.pages = remains.pages;
  salvaged.damaged_pages = remains.damaged_pages;
  salvaged.damaged_rows = remains.damaged_rows;
  salvaged.notes_lost = remains.notes_lost;
  for (const store::RemainingNode& node : remains.nodes) salvaged.damaged_bundles += node.bundles.size();
  salvaged.damaged_bundles -= bundles_in(chains);
  salvaged.node = random_node(options.random);
  const std::string partial = out + "-partial";
  remove_files(partial);
  try {
    store::Options file_options;
    file_options.vfs = options.vfs;
    store::Store file = store::Store::create(partial, salvaged.space, salvaged.node, file_options);
    for (const Chain& chain : chains) write_chain(file, chain, salvaged);
  } catch (...) {
    remove_files(partial);
    throw;
  }
  std::filesystem::rename(partial, out);
  salvaged.events += salvaged.loose;
  const std::uint64_t known = remains.events + remains.missing;
  salvaged.lost = known > salvaged.events ? known - salvaged.events : 0;
  return salvaged;
}

}  // namespace tidemark
