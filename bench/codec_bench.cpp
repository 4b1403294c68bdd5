// Encoding and decoding of bundles: events a second, and bytes an event beside them.
//
// Workloads: "notes" is one node's edits of 200 notes with bases of eight nodes, one event a change, 40-byte texts;
// "import" is 1,000 first writes of new entities. The reference line is a copy of the same canonical bytes.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>

#include "bundles/bundle.h"
#include "bundles/envelope.h"

using namespace tidemark;

namespace {

constexpr NodeId own_node{0x89abcdef01234567};
constexpr std::uint64_t start_ms = 1'795'000'000'000;

std::string random_uuid(std::mt19937_64& random) {
  std::uint8_t bytes[10];
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return make_uuid_v7(static_cast<std::int64_t>(start_ms + random() % 1'000'000), bytes);
}

std::string random_text(std::mt19937_64& random, std::size_t size) {
  std::string text;
  while (text.size() < size) text += static_cast<char>('a' + random() % 26);
  return text;
}

Bundle make_bundle(std::size_t events, bool import) {
  std::mt19937_64 random(20261120);
  const std::vector<std::string> attributes = {"body", "title", "pinned", "order"};
  std::vector<std::string> entities(200);
  for (auto& entity : entities) entity = random_uuid(random);
  Bundle bundle{own_node, 7, {}};
  for (std::size_t i = 0; i < events; ++i) {
    Event event;
    event.cell = {import ? random_uuid(random) : entities[random() % entities.size()], attributes[random() % 4]};
    event.value = event.cell.attribute == "pinned"  ? Value::boolean(i % 2 == 0)
                  : event.cell.attribute == "order" ? Value::integer(static_cast<std::int64_t>(random() % 1000))
                                                    : *Value::text(random_text(random, 40));
    const std::uint64_t ms = start_ms + i * 350;
    if (!import) event.base = Stamp{ms - random() % 3'600'000, 0, NodeId{own_node.value + random() % 8}};
    bundle.changes.push_back({Stamp{ms, 0, own_node}, {event}, {}, {}});
  }
  return bundle;
}

void report(benchmark::State& state, std::size_t events, std::size_t bytes) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events));
  state.counters["bytes_per_event"] = static_cast<double>(bytes) / static_cast<double>(events);
}

template <class Work>
void run(benchmark::State& state, bool import, Work work) {
  const auto events = static_cast<std::size_t>(state.range(0));
  const Bundle bundle = make_bundle(events, import);
  const Bytes bytes = encode_bundle(bundle, Hash{}, "bench").bytes;
  std::size_t size = bytes.size();
  for (auto _ : state) size = work(bundle, bytes);
  report(state, events, size);
}

std::size_t encode(const Bundle& bundle, const Bytes&) { return encode_bundle(bundle, Hash{}, "bench").bytes.size(); }

std::size_t decode(const Bundle&, const Bytes& bytes) {
  const auto decoded = decode_bundle(bytes);
  benchmark::DoNotOptimize(decoded->changes.data());
  return bytes.size();
}

std::size_t copy(const Bundle&, const Bytes& bytes) {
  Bytes copied(bytes);
  benchmark::DoNotOptimize(copied.data());
  return bytes.size();
}

std::size_t pack(const Bundle&, const Bytes& bytes) { return pack_envelope(bytes).size(); }

std::size_t unpack(const Bundle&, const Bytes& bytes) {
  static const Bytes* source = nullptr;
  static Bytes envelope;
  if (source != &bytes || envelope.empty()) {
    source = &bytes;
    envelope = pack_envelope(bytes);
  }
  benchmark::DoNotOptimize(unpack_envelope(envelope)->data());
  return envelope.size();
}

}  // namespace

BENCHMARK_CAPTURE(run, encode_notes, false, encode)->Arg(1)->Arg(100)->Arg(1000)->Arg(5000);
BENCHMARK_CAPTURE(run, decode_notes, false, decode)->Arg(1)->Arg(100)->Arg(1000)->Arg(5000);
BENCHMARK_CAPTURE(run, encode_import, true, encode)->Arg(1000);
BENCHMARK_CAPTURE(run, decode_import, true, decode)->Arg(1000);
BENCHMARK_CAPTURE(run, pack_notes, false, pack)->Arg(100)->Arg(1000);
BENCHMARK_CAPTURE(run, unpack_notes, false, unpack)->Arg(1000);
BENCHMARK_CAPTURE(run, copy_reference, false, copy)->Arg(1000);

BENCHMARK_MAIN();
