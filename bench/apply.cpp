// Bundles of other devices into a file: one transaction each as when they arrive live, and many a transaction as while
// catching up; decoded, checked against their chains, logged, folded and durable.
#include <filesystem>

#include "bench/catalogue.h"
#include "bench/counting.h"
#include "bench/filled.h"
#include "bench/plain.h"

namespace tidemark::bench {
namespace {

void apply_into(const std::string& path, const std::vector<Delivery>& deliveries, std::uint64_t events_a_transaction,
                const std::string& vfs) {
  store::Options options;
  options.vfs = vfs;
  store::Store store = store::Store::create(path, Notes::space, NodeId{1}, options);
  apply_all(store, deliveries, events_a_transaction);
}

// Bytes after a clean close.
std::uint64_t file_bytes(const std::string& path) { return std::filesystem::file_size(path); }

struct Kind {
  const char* name;
  const char* what;
  std::uint64_t events_a_transaction;
  Goal goal;
};

void measure(Bench& bench, const Kind& kind, std::uint64_t events, bool last) {
  const std::vector<Delivery> deliveries = Notes({events, 1'000, 8, false}).all();
  Expected expected;
  for (const Delivery& delivery : deliveries) expected.add(delivery.bundle);
  Measure measure;
  measure.name = kind.name;
  measure.size = events;
  measure.what = kind.what;
  measure.unit = "events/s";
  measure.reference = "plain inserts into one rowid table, 1,000 a transaction";
  if (last) measure.goal = kind.goal;

  Measure size;
  size.name = std::string(kind.name) + "/file";
  size.size = events;
  size.what = "what the file takes beside the values, with the whole history";
  size.unit = "bytes/event";
  size.more_is_better = false;
  if (last) size.goal = Goal{Goal::Of::value, 90, {}};
  {
    bench.progress(measure.name + ", counting");
    Counting counting;
    const std::string path = bench.fresh_path("counted");
    counting.restart();
    apply_into(path, deliveries, kind.events_a_transaction, counting.vfs());
    counting.into(measure.counted, events);
    check_state(path, expected);
    measure.counted["file bytes"] = double(file_bytes(path));
    size.values.push_back(double(file_bytes(path) - expected.value_bytes()) / double(events));
    Bench::remove(path);
  }
  for (unsigned i = 0; i < bench.options().repetitions; ++i) {
    bench.progress(measure.name + ", " + std::to_string(events) + " events, " + std::to_string(i + 1));
    const std::string plain_path = bench.fresh_path("plain");
    Timing plain;
    {
      PlainTable table(plain_path, PlainDatabase::Sync::full);
      plain = timed([&] {
        for (const Delivery& delivery : deliveries) table.insert(delivery.bundle);
      });
      require(table.rows() == events, "rows of the plain table");
    }
    const std::string path = bench.fresh_path("replica");
    const Timing ours = timed([&] { apply_into(path, deliveries, kind.events_a_transaction, ""); });
    check_state(path, expected);
    measure.values.push_back(double(events) / ours.wall_s);
    measure.references.push_back(double(events) / plain.wall_s);
    measure.cpu_ratios.push_back(plain.cpu_s / ours.cpu_s);
    Bench::remove(path);
    Bench::remove(plain_path);
  }
  bench.add(std::move(measure));
  bench.add(std::move(size));
}

}  // namespace

void run_apply(Bench& bench) {
  static const Kind kinds[] = {
      {"apply/live", "bundles of 1,000 events, a transaction each", 1, {Goal::Of::ratio, 0.12, 0.17}},
      {"apply/catch-up", "the same bundles, 50,000 events a transaction", 50'000, {Goal::Of::ratio, 0.25, 0.4}},
  };
  const std::vector<std::uint64_t> sizes = bench.sizes({1'000, 10'000, 100'000, 1'000'000});
  for (const Kind& kind : kinds) {
    for (const std::uint64_t size : sizes) measure(bench, kind, size, size == 1'000'000);
  }
}

}  // namespace tidemark::bench
