// Devices that push a bundle of one event, wait until the relay has it durably, and push the next one.
#include "bench/catalogue.h"
#include "bench/disk.h"
#include "bench/notes.h"
#include "bench/plain_process.h"
#include "bench/raw_device.h"
#include "bench/relay_process.h"

namespace tidemark::bench {
namespace {

constexpr std::size_t bundle_bytes = 110;  // about what one event takes

// Cheap, so that the device is not what is measured; what was confirmed is looked at afterwards.
bool is_confirm(const net::Frame& frame) {
  if (!frame.text) return false;
  if (frame.as_text().find("\"confirm\"") != std::string_view::npos) return true;
  understood(frame);
  return false;
}

// Devices of a relay, in a space of each one's own or all in one.
class Devices {
 public:
  Devices(const std::string& url, std::uint64_t count, bool one_space) {
    for (std::uint64_t i = 0; i < count; ++i) {
      spaces_.push_back(one_space ? "bench" : "bench-" + std::to_string(i));
      chains_.emplace_back(spaces_.back(), NodeId{1 + i});
    }
    open_more(network_, connections_, url, count);
    greet_all();
  }

  std::vector<std::vector<net::Frame>> load(std::uint64_t bundles) {
    std::vector<std::vector<net::Frame>> loads;
    for (OneEventChain& chain : chains_) loads.push_back(chain.frames(bundles));
    return loads;
  }

  ClosedLoop push(const std::vector<std::vector<net::Frame>>& loads) {
    return run_closed_loop(network_, connections_, loads, is_confirm);
  }

  // Another hello tells what the relay has.
  void check() {
    const std::vector<sync::Welcome> welcomes = greet_all();
    for (std::size_t i = 0; i < chains_.size(); ++i)
      require(welcomes[i].heads.at(0) == chains_[i].head(), "the head that the relay has of a device");
  }

 private:
  std::vector<sync::Welcome> greet_all() {
    return greet(network_, connections_, 0,
                 [&](std::size_t i) { return Introduction{spaces_[i], chains_[i].head(), {}}; });
  }

  Network network_;
  RawConnections connections_;
  std::vector<std::string> spaces_;
  std::deque<OneEventChain> chains_;
};

struct Kind {
  const char* name;
  const char* what;
  bool one_space;
  std::optional<Goal> goal_at_64;
};

Measure named(const char* name, const char* what, std::uint64_t devices, const char* reference) {
  Measure measure;
  measure.name = name;
  measure.size = devices;
  measure.what = what;
  measure.unit = "confirms/s";
  measure.reference = reference;
  return measure;
}

double syncs_a_second(Bench& bench, std::uint64_t count) {
  const std::string path = bench.fresh_path("synced");
  Timing timing;
  {
    SyncedFile file(path);
    timing = timed([&] {
      for (std::uint64_t i = 0; i < count; ++i) file.append(bundle_bytes);
    });
  }
  Bench::remove(path);
  return double(count) / timing.wall_s;
}

void measure_count(Bench& bench, const Kind& kind, std::uint64_t count) {
  const std::uint64_t bundles = count == 1 ? 2'000 : count == 8 ? 1'000 : 500;  // a device and repetition
  Measure measure = named(kind.name, kind.what, count,
                          "the same from a plain server that commits all that wait at once");
  if (count == 64) measure.goal = kind.goal_at_64;
  Measure disk = named("confirms/disk", "one device, beside the disk", count, "appends of 110 bytes, each synced");
  disk.goal = Goal{Goal::Of::ratio, 0.7, {}};

  RelayProcess relay(bench.options().relay, bench.fresh_path("relay"));
  const std::string plain_path = bench.fresh_path("plain");
  PlainProcess plain("durable", plain_path);
  std::vector<double> waits;
  std::vector<double> plain_waits;
  {
    Devices devices(relay.url(), count, kind.one_space);
    Network network;
    RawConnections connections;
    open_more(network, connections, plain.url(), count);
    for (unsigned i = 0; i < bench.options().repetitions; ++i) {
      bench.progress(measure.name + ", " + std::to_string(count) + " devices, " + std::to_string(i + 1));
      const auto load = devices.load(bundles);
      const double plain_cpu = plain.process().cpu_s();
      const ClosedLoop echoed =
          run_closed_loop(network, connections, load, [](const net::Frame&) { return true; });
      const double relay_cpu = relay.process().cpu_s();
      const double plain_took = plain.process().cpu_s() - plain_cpu;
      const ClosedLoop confirmed = devices.push(load);
      const double relay_took = relay.process().cpu_s() - relay_cpu;
      const double confirms = double(count * bundles);
      require(confirmed.waits_s.size() == count * bundles && echoed.waits_s.size() == count * bundles, "confirms");
      measure.values.push_back(confirms / confirmed.seconds);
      measure.references.push_back(confirms / echoed.seconds);
      if (relay_took > 0 && plain_took > 0) measure.cpu_ratios.push_back(plain_took / relay_took);
      waits.insert(waits.end(), confirmed.waits_s.begin(), confirmed.waits_s.end());
      plain_waits.insert(plain_waits.end(), echoed.waits_s.begin(), echoed.waits_s.end());
      if (count == 1) {
        disk.values.push_back(measure.values.back());
        disk.references.push_back(syncs_a_second(bench, bundles));
      }
    }
    devices.check();
  }
  measure.seen["ms, median"] = percentile(waits, 0.5) * 1e3;
  measure.seen["ms, 99 of 100"] = percentile(waits, 0.99) * 1e3;
  measure.seen["reference's ms, median"] = percentile(plain_waits, 0.5) * 1e3;
  measure.seen["reference's ms, 99 of 100"] = percentile(plain_waits, 0.99) * 1e3;
  bench.add(std::move(measure));
  if (count == 1 && !kind.one_space) bench.add(std::move(disk));
  require(relay.process().stop() == 0 && plain.process().stop() == 0, "the servers' exit statuses");
  Bench::remove(relay.folder());
  Bench::remove(plain_path);
}

}  // namespace

void run_confirms(Bench& bench) {
  static const Kind spaces{"confirms/spaces", "each device in a space of its own", false,
                           Goal{Goal::Of::ratio, 0.6, {}}};
  static const Kind one{"confirms/one-space", "all devices in one space: each also receives what the others push", true,
                        {}};
  for (const std::uint64_t count : bench.sizes({1, 8, 64})) measure_count(bench, spaces, count);
  for (const std::uint64_t count : bench.sizes({8, 64})) measure_count(bench, one, count);
}

}  // namespace tidemark::bench
