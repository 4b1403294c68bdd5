// Ten million events, or as many as are allowed: through a device's file, into a relay and out of it again. Once, since that takes minutes.
#include <algorithm>
#include <filesystem>

#include "bench/catalogue.h"
#include "bench/disk.h"
#include "bench/filled.h"
#include "bench/memory.h"
#include "bench/plain.h"
#include "bench/relay_process.h"
#include "client/syncing.h"

namespace tidemark::bench {
namespace {

constexpr std::uint64_t most_events = 10'000'000;
constexpr std::uint64_t events_a_transaction = 50'000;

// Makes the file and the plain table beside it by turns, as the events come, so that they are never all in memory.
Expected make_file(Bench& bench, const std::string& path, std::uint64_t events) {
  Measure speed =
      named("large/apply", "bundles of 1,000 events, 50,000 events a transaction", "events/s", events, {}, true);
  speed.reference = "plain inserts into one rowid table, 1,000 a transaction";
  Measure size =
      named("large/file", "what the file takes beside the values, with the whole history", "bytes/event", events);
  Expected expected;
  Stopwatch ours;
  Stopwatch theirs;
  const std::string plain_path = bench.fresh_path("plain");
  {
    PlainTable table(plain_path, PlainDatabase::Sync::full);
    store::Store store = store::Store::create(path, Notes::space, NodeId{1});
    Notes notes({events, 1'000, 8, false});
    Cursor cursor;
    for (std::vector<Delivery> some;;) {
      std::optional<Delivery> next = notes.next();
      if (next) {
        expected.add(next->bundle);
        some.push_back(std::move(*next));
      }
      if (some.size() < events_a_transaction / 1'000 && next) continue;
      if (some.empty()) break;
      theirs.start();
      for (const Delivery& delivery : some) table.insert(delivery.bundle);
      theirs.stop();
      ours.start();
      cursor = apply_all(store, some, events_a_transaction, cursor);
      ours.stop();
      some.clear();
      bench.progress("large, " + std::to_string(expected.events()) + " events");
    }
  }
  check_state(path, expected);
  speed.values.push_back(double(events) / ours.total().wall_s);
  speed.references.push_back(double(events) / theirs.total().wall_s);
  speed.cpu_ratios.push_back(theirs.total().cpu_s / ours.total().cpu_s);
  speed.seen["s"] = ours.total().wall_s;
  size.values.push_back(double(std::filesystem::file_size(path) - expected.value_bytes()) / double(events));
  size.seen["MB"] = double(std::filesystem::file_size(path)) / 1e6;
  Bench::remove(plain_path);
  bench.add(std::move(speed));
  bench.add(std::move(size));
  return expected;
}

struct Synced {
  SyncSummary summary;
  Timing timing;
  double device_mib;  // most memory at once
};

Synced sync(const std::string& path, const std::string& url) {
  SyncOptions options;
  options.url = url;
  const PeakMemory memory;
  SyncOutcome outcome;
  const Timing timing = timed([&] { outcome = sync_once(path, options); });
  require(!outcome.error, "the sync");
  return {outcome.summary, timing, memory.mib()};
}

void add(Bench& bench, Measure measure, const Synced& synced, RelayProcess& relay) {
  const double events = double(measure.size);
  measure.values.push_back(events / synced.timing.wall_s);
  measure.seen["s"] = synced.timing.wall_s;
  measure.seen["MiB of the device"] = synced.device_mib;
  measure.seen["MiB of the relay"] = relay.process().resident_kib() / 1024;
  measure.seen["wire bytes an event"] = double(synced.summary.bytes_up + synced.summary.bytes_down) / events;
  bench.add(std::move(measure));
}

}  // namespace

void run_large(Bench& bench) {
  const std::uint64_t events = std::min(most_events, bench.options().size_max);
  const std::string full = bench.fresh_path("full");
  const Expected expected = make_file(bench, full, events);
  RelayProcess relay(bench.options().relay, bench.fresh_path("relay"));
  bench.progress("large, into a relay");
  add(bench,
      named("large/refill", "a device gives all to a relay that lost its log, durably", "events/s", events, {}, true),
      sync(full, relay.url()), relay);
  Bench::remove(full);
  const std::string fresh = bench.fresh_path("fresh");
  Replica::create(fresh, Notes::space);
  bench.progress("large, a new device");
  add(bench,
      named("large/catch-up", "a new device takes all of it from the relay, durably", "events/s", events, {}, true),
      sync(fresh, relay.url()), relay);
  check_state(fresh, expected);
  Measure log = named("large/log", "the relay's folder on the disk", "bytes/event", events);
  require(relay.process().stop() == 0, "the relay's exit status");
  log.values.push_back(double(disk_bytes(relay.folder())) / double(events));
  bench.add(std::move(log));
  Bench::remove(fresh);
  Bench::remove(relay.folder());
}

}  // namespace tidemark::bench
