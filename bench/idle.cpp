// Idle: the memory of the relay that a connection costs on which nothing happens, without the system's own buffers.
#include "bench/catalogue.h"
#include "bench/notes.h"
#include "bench/plain_process.h"
#include "bench/raw_device.h"
#include "bench/relay_process.h"

namespace tidemark::bench {
namespace {

// A first connection is not counted, since it makes what all share.
double kib_each(const ChildProcess& process, std::uint64_t count, const std::function<void(std::uint64_t)>& open) {
  open(1);
  const double before = process.resident_kib();
  open(count);
  return (process.resident_kib() - before) / double(count);
}

double of_relay(Bench& bench, std::uint64_t count) {
  RelayProcess relay(bench.options().relay, bench.fresh_path("relay"));
  double kib = 0;
  {
    Network network;
    RawConnections devices;
    kib = kib_each(relay.process(), count, [&](std::uint64_t more) {
      const std::size_t first = devices.size();
      open_more(network, devices, relay.url(), more);
      greet(network, devices, first,
            [](std::size_t i) { return Introduction{Notes::space, {NodeId{1 + i}, 0, {}}, {}}; });
    });
  }
  require(relay.process().stop() == 0, "the relay's exit status");
  Bench::remove(relay.folder());
  return kib;
}

double of_plain(std::uint64_t count) {
  PlainProcess plain("echo");
  Network network;
  RawConnections connections;
  return kib_each(plain.process(), count,
                  [&](std::uint64_t more) { open_more(network, connections, plain.url(), more); });
}

}  // namespace

void run_idle(Bench& bench) {
  for (const std::uint64_t count : bench.sizes({100, 1'000, 5'000})) {
    if (!may_open(count + 100)) continue;
    Measure measure;
    measure.name = "idle/memory";
    measure.size = count;
    measure.what = "memory of the relay for a device that is connected, greeted and silent";
    measure.unit = "KiB";
    measure.reference = "a connection of a plain server";
    measure.more_is_better = false;
    if (count == 5'000) measure.goal = Goal{Goal::Of::value, 16, {}};
    for (unsigned i = 0; i < bench.options().repetitions; ++i) {
      bench.progress("idle, " + std::to_string(count) + " connections, " + std::to_string(i + 1));
      measure.references.push_back(of_plain(count));
      measure.values.push_back(of_relay(bench, count));
    }
    bench.add(std::move(measure));
  }
}

}  // namespace tidemark::bench
