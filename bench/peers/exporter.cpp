#include "bench/peers/exporter.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "bench/peers/need.h"
#include "bundles/bundle.h"
#include "bundles/envelope.h"

namespace tidemark::bench {
namespace {

constexpr std::uint64_t bundle_events = 1'000;
constexpr std::uint64_t transaction_events = 50'000;

}  // namespace

Exporter::Exporter(NodeId node, std::string space) : space_(std::move(space)) { head_.node = node; }

void Exporter::add(const Line& line) {
  const Stamp stamp{std::uint64_t(line.ms), 0, head_.node};
  if (changes_.empty() || changes_.back().stamp != stamp) {
    if (events_ >= bundle_events) close();
    changes_.push_back({stamp, {}, {}, {}});
  }
  Stamp& latest = latest_[line.write.cell];
  const std::optional<Stamp> base = latest.ms != 0 ? std::optional(latest) : std::nullopt;
  changes_.back().events.push_back({line.write.cell, line.write.value, base});
  latest = stamp;
  ++events_;
}

std::uint64_t Exporter::write(const std::string& folder) {
  close();
  std::uint64_t bytes = 0;
  for (const auto& [n, envelope] : closed_) {
    std::string name = std::to_string(n);
    name.insert(0, 6 - name.size(), '0');
    std::ofstream out(folder + "/" + to_string(head_.node) + "-" + name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(envelope.data()), std::streamsize(envelope.size()));
    bytes += envelope.size();
  }
  closed_.clear();
  return bytes;
}

void Exporter::close() {
  if (changes_.empty()) return;
  for (Change& change : changes_) {
    std::sort(change.events.begin(), change.events.end(), [](const auto& a, const auto& b) { return a.cell < b.cell; });
  }
  const EncodedBundle encoded = encode_bundle({head_.node, head_.n + 1, std::move(changes_)}, head_.hash, space_);
  head_ = encoded.head;
  closed_.emplace_back(head_.n, pack_envelope(encoded.bytes));
  changes_.clear();
  events_ = 0;
}

std::vector<Bytes> read_envelopes(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path());
  std::sort(names.begin(), names.end());
  std::vector<Bytes> envelopes;
  for (const std::string& name : names) {
    std::ifstream in(name, std::ios::binary);
    envelopes.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return envelopes;
}

void take_in(store::Store& store, const std::vector<Bytes>& envelopes) {
  std::vector<store::Arrival> arrivals;
  std::uint64_t events = 0;
  Cursor cursor = store.cursor().value_or(Cursor{});
  Head last;
  for (const Bytes& envelope : envelopes) {
    const Bytes canonical = need(unpack_envelope(envelope));
    const BundleHeader header = need(decode_header(canonical));
    if (header.node != last.node) last = store.head(header.node);
    last = need(check_trailer(canonical, last.hash, store.space()));
    store::Arrival arrival;
    arrival.kind = store::Arrival::Kind::bundle;
    arrival.row = {last, header.version, header.suite, header.first, header.last, header.events, std::nullopt, false};
    arrival.seq = ++cursor.seq;
    arrival.changes = need(decode_bundle(canonical)).changes;
    arrivals.push_back(std::move(arrival));
    events += header.events;
    if (events < transaction_events && &envelope != &envelopes.back()) continue;
    store.apply(arrivals, cursor);
    arrivals.clear();
    events = 0;
  }
}

}  // namespace tidemark::bench
