// A new device: everything that a relay has, over a socket, checked, folded, logged and durable.
#include "bench/catalogue.h"
#include "bench/disk.h"
#include "bench/filled.h"
#include "bench/plain.h"
#include "bench/relay_process.h"
#include "client/syncing.h"

namespace tidemark::bench {
namespace {

std::optional<Goal> goal_at(bool judged, Goal goal) { return judged ? std::optional(goal) : std::nullopt; }

// The relay's log lost what this device holds, so that the device gives it everything back: a real refill.
SyncSummary give_all(const std::string& path, const std::string& url) {
  SyncOptions options;
  options.url = url;
  const SyncOutcome outcome = sync_once(path, options);
  require(!outcome.error, "the sync that fills the relay");
  return outcome.summary;
}

SyncSummary take_all(const std::string& path, const std::string& url) {
  Replica::create(path, Notes::space);
  SyncOptions options;
  options.url = url;
  const SyncOutcome outcome = sync_once(path, options);
  require(!outcome.error, "the sync of the new device");
  return outcome.summary;
}

void measure_size(Bench& bench, std::uint64_t events) {
  const bool hundred = events == 100'000;
  const bool million = events == 1'000'000;
  bench.progress("catch-up, filling a relay with " + std::to_string(events) + " events");
  const std::vector<Delivery> deliveries = Notes({events, 1'000, 8, false}).all();
  Expected expected;
  for (const Delivery& delivery : deliveries) expected.add(delivery.bundle);
  RelayProcess relay(bench.options().relay, bench.fresh_path("relay"));
  const std::string full = bench.fresh_path("full");
  fill(full, events);

  Measure refill = named("relay/refill", "a device gives a relay that lost its log everything back, durably",
                         "events/s", events, {}, true);
  const Timing filling = timed([&] { give_all(full, relay.url()); });
  refill.values.push_back(double(events) / filling.wall_s);
  bench.add(std::move(refill));

  Measure speed = named("catch-up/relay", "a new device takes everything that a relay has, durably", "events/s", events,
                        goal_at(million, {Goal::Of::ratio, 0.25, 0.4}), true);
  speed.reference = "plain inserts into one rowid table, 1,000 a transaction";
  Measure seconds =
      named("catch-up/seconds", "the same as seconds", "s", events, goal_at(hundred, {Goal::Of::value, 0.25, {}}));
  Measure wire = named("catch-up/wire", "bytes of WebSocket messages, both ways", "bytes/event", events,
                       goal_at(hundred, {Goal::Of::value, 30, {}}));
  Measure log = named("relay/log", "the relay's folder on the disk", "bytes/event", events,
                      goal_at(hundred, {Goal::Of::value, 35, {}}));
  for (unsigned i = 0; i < bench.options().repetitions; ++i) {
    bench.progress("catch-up, " + std::to_string(events) + " events, " + std::to_string(i + 1));
    const std::string plain_path = bench.fresh_path("plain");
    Timing plain;
    {
      PlainTable table(plain_path, PlainDatabase::Sync::full);
      plain = timed([&] {
        for (const Delivery& delivery : deliveries) table.insert(delivery.bundle);
      });
    }
    const std::string path = bench.fresh_path("replica");
    SyncSummary summary;
    const double relay_before = relay.process().cpu_s();
    const Timing ours = timed([&] { summary = take_all(path, relay.url()); });
    const double relay_cpu = relay.process().cpu_s() - relay_before;
    check_state(path, expected);
    speed.values.push_back(double(events) / ours.wall_s);
    speed.references.push_back(double(events) / plain.wall_s);
    speed.cpu_ratios.push_back(plain.cpu_s / (ours.cpu_s + relay_cpu));
    seconds.values.push_back(ours.wall_s);
    wire.values.push_back(double(summary.bytes_up + summary.bytes_down) / double(events));
    speed.counted["round trips"] = double(summary.round_trips);
    Bench::remove(path);
    Bench::remove(plain_path);
  }
  log.values.push_back(double(disk_bytes(relay.folder())) / double(events));
  if (million) {
    bench.progress("catch-up, the textual schema");
    Measure textual = named("catch-up/textual", "the same beside a row of texts an event and an upsert a cell",
                            "events/s", events, Goal{Goal::Of::ratio, 8, {}}, true);
    textual.reference = "rows of texts under random ids, 1,000 a transaction, once";
    const std::string path = bench.fresh_path("textual");
    {
      TextualTables tables(path, PlainDatabase::Sync::full);
      const Timing timing = timed([&] {
        for (const Delivery& delivery : deliveries) tables.apply(delivery.bundle);
      });
      require(tables.cells() == expected.cells(), "cells of the textual tables");
      textual.references.push_back(double(events) / timing.wall_s);
    }
    textual.values.push_back(speed.value());
    Bench::remove(path);
    bench.add(std::move(textual));
  }
  for (Measure* measure : {&speed, &seconds, &wire, &log}) bench.add(std::move(*measure));
  require(relay.process().stop() == 0, "the relay's exit status");
  Bench::remove(relay.folder());
  Bench::remove(full);
}

}  // namespace

void run_catch_up(Bench& bench) {
  for (const std::uint64_t events : bench.sizes({1'000, 10'000, 100'000, 1'000'000})) measure_size(bench, events);
}

}  // namespace tidemark::bench
