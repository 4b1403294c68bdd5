// Live: both devices are connected; one edits, and the edit is durable there, at the relay and on the other device.
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

#include "bench/catalogue.h"
#include "bench/disk.h"
#include "bench/notes.h"
#include "bench/plain_process.h"
#include "bench/raw_device.h"
#include "bench/relay_process.h"
#include "client/replica.h"

namespace tidemark::bench {
namespace {

constexpr std::uint64_t edits = 100;  // a repetition
constexpr std::chrono::seconds patience{30};

// Counts what another thread applied, and says when.
class Screen {
 public:
  void shows(std::uint64_t changes) {
    const std::lock_guard lock(mutex_);
    count_ += changes;
    at_s_ = Stopwatch::now().wall_s;
    more_.notify_all();
  }
  // When so many were there.
  double wait_for(std::uint64_t count) {
    std::unique_lock lock(mutex_);
    require(more_.wait_for(lock, patience, [&] { return count_ >= count; }), "an edit arrives");
    return at_s_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::uint64_t count_ = 0;
  double at_s_ = 0;
};

// As people do: not in step with anything that the devices do at intervals, and on a machine that idled meanwhile.
void pause_a_moment(std::mt19937_64& random) {
  std::this_thread::sleep_for(std::chrono::microseconds(random() % 100'000));
}

// What the same way costs without an engine: a sync on either device, and there and back through a relay twice.
std::vector<double> least_waits(Bench& bench, const std::string& url, std::mt19937_64& random) {
  const std::string path = bench.fresh_path("synced");
  std::vector<double> waits;
  {
    Network network;
    RawConnections connections;
    open_more(network, connections, url, 1);
    SyncedFile file(path);
    OneEventChain chain(Notes::space, NodeId{1});
    for (std::uint64_t i = 0; i < edits; ++i) {
      pause_a_moment(random);
      const std::vector<std::vector<net::Frame>> load{chain.frames(2)};
      const Timing timing = timed([&] {
        for (int end = 0; end < 2; ++end) file.append(load[0][0].bytes->size());
        run_closed_loop(network, connections, load, [](const net::Frame&) { return true; });
      });
      waits.push_back(timing.wall_s);
    }
  }
  Bench::remove(path);
  return waits;
}

}  // namespace

void run_live(Bench& bench) {
  Measure measure;
  measure.name = "live/edit";
  measure.size = edits;
  measure.what = "from the call that writes on one device to the commit on the other, median";
  measure.unit = "ms";
  measure.reference = "two synced appends and two round trips to a plain server that sends frames back";
  measure.more_is_better = false;
  measure.goal = Goal{Goal::Of::ratio, 2.5, {}};

  RelayProcess relay(bench.options().relay, bench.fresh_path("relay"));
  PlainProcess plain("echo");
  const std::string writer_path = bench.fresh_path("writer");
  const std::string reader_path = bench.fresh_path("reader");
  {
    Replica writer = Replica::create(writer_path, Notes::space);
    Replica reader = Replica::create(reader_path, Notes::space);
    Screen screen;
    SyncOptions reading;
    reading.url = relay.url();
    reading.on_applied = [&](const std::vector<Change>& changes) { screen.shows(changes.size()); };
    const auto reader_sync = reader.sync(reading);
    const auto writer_sync = writer.sync(relay.url());
    require(reader_sync && writer_sync, "both sync");
    std::uint64_t written = 0;
    std::mt19937_64 random(20'261'120);
    const auto edit = [&] {
      pause_a_moment(random);
      const std::string text = "edit " + std::to_string(++written);
      const double began = Stopwatch::now().wall_s;
      require(bool(writer.set("note-" + std::to_string(written % 10), "title", Value::text(text))), "the edit");
      return screen.wait_for(written) - began;
    };
    edit();  // both are connected now
    std::vector<double> waits;
    for (unsigned i = 0; i < bench.options().repetitions; ++i) {
      bench.progress("live, " + std::to_string(i + 1));
      const std::vector<double> least = least_waits(bench, plain.url(), random);
      std::vector<double> these;
      for (std::uint64_t n = 0; n < edits; ++n) these.push_back(edit());
      measure.values.push_back(median(these) * 1e3);
      measure.references.push_back(median(least) * 1e3);
      waits.insert(waits.end(), these.begin(), these.end());
    }
    require(reader.status().counts.events == written, "events on the other device");
    measure.seen["ms, fastest"] = percentile(waits, 0) * 1e3;
    measure.seen["ms, 99 of 100"] = percentile(waits, 0.99) * 1e3;
  }
  bench.add(std::move(measure));
  require(relay.process().stop() == 0 && plain.process().stop() == 0, "the servers' exit statuses");
  for (const std::string& path : {relay.folder(), writer_path, reader_path}) Bench::remove(path);
}

}  // namespace tidemark::bench
