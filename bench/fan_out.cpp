// Fan-out: one device pushes bundles of one event, and the relay passes each on to all others that are connected.
#include <algorithm>

#include "bench/catalogue.h"
#include "bench/notes.h"
#include "bench/plain_process.h"
#include "bench/raw_device.h"
#include "bench/relay_process.h"

namespace tidemark::bench {
namespace {

// How many bundles a frame holds, if it holds any.
using Holds = std::function<std::uint64_t(const net::Frame&)>;

struct Published {
  double seconds = 0;  // until everything had arrived
  std::uint64_t frames = 0;
};

// The first connection publishes to the others, at most so many messages ahead of what has arrived on average.
Published publish(Network& network, RawConnections& connections, const std::vector<net::Frame>& load,
                  std::uint64_t ahead, const Holds& holds) {
  const std::uint64_t receivers = connections.size() - 1;
  std::vector<std::uint64_t> arrived(connections.size(), 0);
  Published published;
  std::uint64_t deliveries = 0;
  std::uint64_t sent = 0;
  const auto go_on = [&] {
    while (sent < load.size() && sent < deliveries / receivers + ahead) connections[0].send(load[sent++]);
    if (deliveries == load.size() * receivers) network.done();
  };
  for (std::size_t i = 1; i < connections.size(); ++i) {
    connections[i].on_frame([&, i](const net::Frame& frame) {
      const std::uint64_t count = holds(frame);
      arrived[i] += count;
      deliveries += count;
      published.frames += count > 0 ? 1 : 0;
      go_on();
    });
  }
  const double began = Stopwatch::now().wall_s;
  go_on();
  network.run("deliveries");
  published.seconds = Stopwatch::now().wall_s - began;
  for (RawConnection& connection : connections) connection.on_frame(nullptr);
  for (std::size_t i = 1; i < connections.size(); ++i) require(arrived[i] == load.size(), "bundles at a receiver");
  return published;
}

struct Kind {
  const char* name;
  const char* what;
  std::uint64_t ahead;
  std::optional<Goal> goal_at_100;
};

void measure_count(Bench& bench, const Kind& kind, std::uint64_t receivers) {
  const std::uint64_t bundles = std::clamp<std::uint64_t>(200'000 / receivers, 40, 4'000);  // a repetition
  Measure measure;
  measure.name = kind.name;
  measure.size = receivers;
  measure.what = kind.what;
  measure.unit = "deliveries/s";
  measure.reference = "a plain server that passes each message on at once and keeps nothing";
  if (receivers == 100) measure.goal = kind.goal_at_100;

  std::uint64_t frames = 0;
  double relay_cpu_s = 0;
  double plain_cpu_s = 0;
  RelayProcess relay(bench.options().relay, bench.fresh_path("relay"));
  PlainProcess plain("fan-out");
  {
    Network network;
    RawConnections devices;
    RawConnections others;
    OneEventChain chain(Notes::space, NodeId{1});
    open_more(network, devices, relay.url(), receivers + 1);
    greet(network, devices, 0, [](std::size_t i) { return Introduction{Notes::space, {NodeId{1 + i}, 0, {}}, {}}; });
    open_more(network, others, plain.url(), receivers + 1);
    for (unsigned i = 0; i < bench.options().repetitions; ++i) {
      bench.progress(measure.name + ", " + std::to_string(receivers) + " receivers, " + std::to_string(i + 1));
      const std::vector<net::Frame> load = chain.frames(bundles);
      const double plain_cpu = plain.process().cpu_s();
      const Published passed = publish(network, others, load, kind.ahead, [](const net::Frame&) { return 1; });
      const double plain_took = plain.process().cpu_s() - plain_cpu;
      const double relay_cpu = relay.process().cpu_s();
      const Published delivered = publish(network, devices, load, kind.ahead, entries_in);
      const double relay_took = relay.process().cpu_s() - relay_cpu;
      measure.values.push_back(double(receivers * bundles) / delivered.seconds);
      measure.references.push_back(double(receivers * bundles) / passed.seconds);
      frames += delivered.frames;
      relay_cpu_s += relay_took;
      plain_cpu_s += plain_took;
      if (relay_took > 0 && plain_took > 0) measure.cpu_ratios.push_back(plain_took / relay_took);
    }
  }
  const double deliveries = double(receivers * bundles * bench.options().repetitions);
  measure.seen["bundles a frame"] = deliveries / double(frames);
  measure.seen["us of processor a delivery"] = relay_cpu_s / deliveries * 1e6;
  measure.seen["reference's us of processor a delivery"] = plain_cpu_s / deliveries * 1e6;
  bench.add(std::move(measure));
  require(relay.process().stop() == 0 && plain.process().stop() == 0, "the servers' exit statuses");
  Bench::remove(relay.folder());
}

}  // namespace

void run_fan_out(Bench& bench) {
  // What waits at the relay goes out in one frame, which a server that does not know its messages cannot do.
  static const Kind kinds[] = {
      {"fan-out/stream", "durable bundles of one event to so many others, 16 under way", 16,
       Goal{Goal::Of::ratio, 0.7, {}}},
      {"fan-out/one-by-one", "the same, each when the one before has arrived everywhere", 1, {}},
  };
  for (const Kind& kind : kinds) {
    for (const std::uint64_t receivers : bench.sizes({1, 10, 100, 1'000, 5'000})) {
      // Two servers, and both ends of each connection to one of them are ours or its.
      if (may_open(2 * receivers + 100)) measure_count(bench, kind, receivers);
    }
  }
}

}  // namespace tidemark::bench
