// Local writes through Replica, beside rows in a plain table with the same sync setting: one by one and in bulk, into files
// that hold more and more.
#include <set>

#include "bench/catalogue.h"
#include "bench/counting.h"
#include "bench/filled.h"
#include "bench/plain.h"
#include "client/replica.h"

namespace tidemark::bench {
namespace {

// What is written: what others wrote into the file before, so that it goes to the same notes.
std::vector<Event> events_to_write(std::uint64_t held, std::uint64_t count) {
  std::vector<Event> events;
  Notes notes({held, 1'000, 8, false});
  while (events.size() < count) {
    std::optional<Delivery> delivery = notes.next();
    if (!delivery) {
      notes = Notes({held, 1'000, 8, false});
      continue;
    }
    for (Change& change : delivery->bundle.changes)
      std::move(change.events.begin(), change.events.end(), std::back_inserter(events));
  }
  events.resize(count);
  return events;
}

struct Kind {
  const char* name;
  const char* what;
  const char* reference;
  store::Durability durability;
  std::uint64_t events;   // a repetition
  std::uint64_t changes;  // in a transaction
  std::uint64_t events_a_change;
  Goal goal;
};

// One set() after the other, each timed for the percentiles.
Timing set_each(Replica& replica, const std::vector<Event>& events, std::vector<double>& each) {
  Stopwatch watch;
  watch.start();
  double began = Stopwatch::now().wall_s;
  for (const Event& event : events) {
    require(bool(replica.set(event.cell.entity, event.cell.attribute, event.value)), "a set");
    const double ended = Stopwatch::now().wall_s;
    each.push_back(ended - began);
    began = ended;
  }
  watch.stop();
  return watch.total();
}

// Drafts of so many events each. Of two writes of one cell in a draft the last counts.
std::vector<Replica::Dated> drafts_of(const std::vector<Event>& events, std::uint64_t events_a_change) {
  std::vector<Replica::Dated> drafts;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i % events_a_change == 0) drafts.push_back({});
    drafts.back().draft.writes.push_back({events[i].cell, events[i].value});
  }
  return drafts;
}

Timing change_each(Replica& replica, std::vector<Replica::Dated> drafts, std::uint64_t changes) {
  Stopwatch watch;
  watch.start();
  for (std::size_t i = 0; i < drafts.size(); i += changes) {
    if (changes == 1) {
      require(bool(replica.change(std::move(drafts[i].draft))), "a change");
      continue;
    }
    const std::span<Replica::Dated> some(drafts.data() + i, std::min<std::size_t>(changes, drafts.size() - i));
    for (Replica::Dated& dated : some) dated.wall_ms = system_wall_ms();
    require(bool(replica.change_at(some)), "changes in one transaction");
  }
  watch.stop();
  return watch.total();
}

Timing write_all(const Kind& kind, Replica& replica, const std::vector<Event>& events, std::vector<double>& each) {
  if (kind.events_a_change == 1) return set_each(replica, events, each);
  return change_each(replica, drafts_of(events, kind.events_a_change), kind.changes);
}

Timing write_plain(const Kind& kind, const std::string& path, const std::vector<Event>& events,
                   std::vector<double>& each) {
  const bool full = kind.durability == store::Durability::full;
  PlainTable table(path, full ? PlainDatabase::Sync::full : PlainDatabase::Sync::normal);
  Stopwatch watch;
  if (kind.events_a_change == 1) {
    watch.start();
    double began = Stopwatch::now().wall_s;
    std::uint64_t ms = 1'767'225'600'000;
    for (const Event& event : events) {
      table.insert_one({++ms, 0, NodeId{1}}, event);
      const double ended = Stopwatch::now().wall_s;
      each.push_back(ended - began);
      began = ended;
    }
    watch.stop();
  } else {
    std::vector<Bundle> bundles;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (i % 1'000 == 0) bundles.push_back({NodeId{1}, i, {Change{{1'767'225'600'000 + i, 0, NodeId{1}}, {}, {}, {}}}});
      bundles.back().changes.front().events.push_back(events[i]);
    }
    watch.start();
    for (const Bundle& bundle : bundles) table.insert(bundle);
    watch.stop();
  }
  require(table.rows() == events.size(), "rows of the plain table");
  return watch.total();
}

std::uint64_t distinct_cells(const std::vector<Event>& events, std::uint64_t events_a_change) {
  std::uint64_t distinct = 0;
  std::set<Cell> cells;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i % events_a_change == 0) cells.clear();
    distinct += cells.insert(events[i].cell).second ? 1 : 0;
  }
  return distinct;
}

void measure(Bench& bench, const Kind& kind, const std::string& path, std::uint64_t held, bool judged) {
  const std::vector<Event> events = events_to_write(held, kind.events);
  const std::uint64_t recorded = distinct_cells(events, kind.events_a_change);
  Measure measure;
  measure.name = kind.name;
  measure.size = held;
  measure.what = kind.what;
  measure.unit = "events/s";
  measure.reference = kind.reference;
  if (judged) measure.goal = kind.goal;
  ReplicaOptions options;
  options.durability = kind.durability;
  const auto count = [&] { return Replica::open(path, options).status().counts.events; };
  std::vector<double> each;
  {
    Counting counting;
    ReplicaOptions counted = options;
    counted.vfs = counting.vfs();
    Replica replica = Replica::open(path, counted);
    counting.restart();
    write_all(kind, replica, events, each);
    counting.into(measure.counted, recorded);
  }
  each.clear();
  std::vector<double> plain_each;
  for (unsigned i = 0; i < bench.options().repetitions; ++i) {
    bench.progress(measure.name + ", " + std::to_string(held) + " events in the file, " + std::to_string(i + 1));
    const std::string plain_path = bench.fresh_path("plain");
    const Timing plain = write_plain(kind, plain_path, events, plain_each);
    const std::uint64_t before = count();
    Timing ours;
    {
      Replica replica = Replica::open(path, options);
      ours = write_all(kind, replica, events, each);
    }
    require(count() == before + recorded, "events in the file");
    measure.values.push_back(double(recorded) / ours.wall_s);
    measure.references.push_back(double(events.size()) / plain.wall_s);
    measure.cpu_ratios.push_back(plain.cpu_s / ours.cpu_s * double(recorded) / double(events.size()));
    Bench::remove(plain_path);
  }
  if (!each.empty()) {
    measure.seen["p50 us"] = percentile(each, 0.5) * 1e6;
    measure.seen["p99 us"] = percentile(each, 0.99) * 1e6;
    measure.seen["reference p50 us"] = percentile(plain_each, 0.5) * 1e6;
    measure.seen["reference p99 us"] = percentile(plain_each, 0.99) * 1e6;
  }
  bench.add(std::move(measure));
}

}  // namespace

void run_write(Bench& bench) {
  static const Kind kinds[] = {
      {"write/set", "one set() after the other, each durable on return", "one row a transaction, synchronous=FULL",
       store::Durability::full, 2'000, 1, 1, {Goal::Of::ratio, 0.85, {}}},
      {"write/set-relaxed", "one set() after the other without a sync", "one row a transaction, synchronous=NORMAL",
       store::Durability::relaxed, 10'000, 1, 1, {Goal::Of::ratio, 0.25, 0.4}},
      {"write/bulk", "changes of 1,000 events, a transaction each", "plain inserts, 1,000 a transaction",
       store::Durability::full, 50'000, 1, 1'000, {Goal::Of::ratio, 0.12, {}}},
      {"write/bulk-10", "ten such changes a transaction", "plain inserts, 1,000 a transaction",
       store::Durability::full, 50'000, 10, 1'000, {Goal::Of::ratio, 0.2, {}}},
  };
  constexpr std::uint64_t judged = 100'000;
  for (const std::uint64_t held : bench.sizes({1'000, 10'000, 100'000, 1'000'000})) {
    const std::string path = bench.fresh_path("replica");
    bench.progress("write, filling a file with " + std::to_string(held) + " events");
    fill(path, held);
    for (const Kind& kind : kinds) measure(bench, kind, path, held, held == judged);
    Bench::remove(path);
  }
}

}  // namespace tidemark::bench
