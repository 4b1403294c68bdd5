// Stored: the relay's memory for what it has stored: bundles of one event each, the most bundles that events can make.
#include <map>

#include "bench/catalogue.h"
#include "bench/notes.h"
#include "bench/raw_device.h"
#include "bench/relay_process.h"

namespace tidemark::bench {
namespace {

constexpr std::size_t frame_bundles = 100;
constexpr std::uint64_t unconfirmed_max = 1'600;  // bundles, less than a session may have in flight

// Pushes so many bundles of all the nodes of Notes over one connection.
class Filling {
 public:
  Filling(const std::string& url, std::uint64_t bundles) : notes_({bundles, 1, 8, false}), left_(bundles) {
    open_more(network_, connections_, url, 1);
    const std::vector<NodeId>& nodes = notes_.nodes();
    greet(network_, connections_, 0, [&](std::size_t) {
      return Introduction{Notes::space, {nodes[0], 0, {}}, {nodes.begin() + 1, nodes.end()}};
    });
  }

  void run() {
    connections_[0].on_frame([&](const net::Frame& frame) {
      const sync::Message message = understood(frame);
      const auto* confirm = std::get_if<sync::Confirm>(&message);
      if (!confirm) return;
      std::uint64_t& confirmed = confirmed_[confirm->node];
      left_ -= confirm->n - confirmed;
      unconfirmed_ -= confirm->n - confirmed;
      confirmed = confirm->n;
      push();
      if (left_ == 0) network_.done();
    });
    push();
    network_.run("confirms");
  }

 private:
  void push() {
    while (!ended_ && unconfirmed_ + frame_bundles <= unconfirmed_max) {
      std::vector<Bytes> envelopes;
      while (envelopes.size() < frame_bundles) {
        std::optional<Delivery> delivery = notes_.next();
        ended_ = !delivery;
        if (ended_) break;
        envelopes.push_back(std::move(delivery->envelope));
      }
      if (envelopes.empty()) return;
      unconfirmed_ += envelopes.size();
      connections_[0].send(push_frame({envelopes.begin(), envelopes.end()}));
    }
  }

  Network network_;
  RawConnections connections_;
  Notes notes_;
  std::map<NodeId, std::uint64_t> confirmed_;
  std::uint64_t left_;
  std::uint64_t unconfirmed_ = 0;
  bool ended_ = false;
};

// A device without anything takes everything.
void catch_up(const std::string& url, std::uint64_t bundles) {
  Network network;
  RawConnections connections;
  std::uint64_t came = 0;
  const auto count = [&](const net::Frame& frame) {
    came += entries_in(frame);
    if (came >= bundles) network.done();
  };
  open_more(network, connections, url, 1);
  const auto welcomes = greet(network, connections, 0,
                              [](std::size_t) { return Introduction{Notes::space, {NodeId{1}, 0, {}}, {}}; }, count);
  require(welcomes[0].seq == bundles, "the head of the relay's log");
  connections[0].on_frame(count);
  if (came < bundles) network.run("entries");
  require(came == bundles, "entries of a catch-up");
}

Measure named(const char* name, const char* what, std::uint64_t bundles) {
  Measure measure;
  measure.name = name;
  measure.size = bundles;
  measure.what = what;
  measure.unit = "MiB";
  measure.more_is_better = false;
  if (bundles == 1'000'000) measure.goal = Goal{Goal::Of::value, 100, {}};
  return measure;
}

void measure_size(Bench& bench, std::uint64_t bundles) {
  Measure started = named("stored/restart", "memory of a relay started on so many bundles of one event", bundles);
  Measure served = named("stored/catch-up", "the same after a device has taken them all", bundles);
  const std::string folder = bench.fresh_path("relay");
  bench.progress("stored, filling a relay with " + std::to_string(bundles) + " bundles");
  {
    RelayProcess relay(bench.options().relay, folder);
    {
      Filling filling(relay.url(), bundles);
      const Timing timing = timed([&] { filling.run(); });
      started.seen["bundles/s while filling"] = double(bundles) / timing.wall_s;
    }
    started.seen["MiB after filling"] = relay.process().resident_kib() / 1024;
    require(relay.process().stop() == 0, "the relay's exit status");
  }
  for (unsigned i = 0; i < bench.options().repetitions; ++i) {
    bench.progress("stored, " + std::to_string(bundles) + " bundles, " + std::to_string(i + 1));
    RelayProcess relay(bench.options().relay, folder);
    started.values.push_back(relay.process().resident_kib() / 1024);
    catch_up(relay.url(), bundles);
    served.values.push_back(relay.process().resident_kib() / 1024);
    require(relay.process().stop() == 0, "the relay's exit status");
  }
  bench.add(std::move(started));
  bench.add(std::move(served));
  Bench::remove(folder);
}

}  // namespace

void run_stored(Bench& bench) {
  for (const std::uint64_t bundles : bench.sizes({1'000, 100'000, 1'000'000})) measure_size(bench, bundles);
}

}  // namespace tidemark::bench
