// Reading through Replica, beside SELECTs on a table that is keyed by entity and attribute.
#include <sqlite3.h>

#include <random>

#include "bench/catalogue.h"
#include "bench/counting.h"
#include "bench/micro.h"
#include "bench/plain.h"
#include "client/replica.h"
#include "store/store.h"

namespace tidemark::bench {
namespace {

constexpr std::uint64_t attributes = 8;
constexpr std::uint64_t rounds = 10;  // of writes to the cells that have a history
constexpr std::uint64_t reads = 10'000;

std::string entity_name(std::uint64_t number) { return "note-" + std::to_string(100'000'000 + number); }
std::string attribute_name(std::uint64_t number) { return "attribute" + std::to_string(number); }
Value value_of(std::uint64_t entity, std::uint64_t attribute) {
  if (attribute % 4 == 3) return Value::integer(std::int64_t(entity * attributes + attribute));
  return *Value::text("value " + std::to_string(entity * attributes + attribute));
}

// The same cells in a replica and in plain tables.
struct Files {
  std::string replica;
  std::string plain;
};

Files make_files(Bench& bench, std::uint64_t entities) {
  const Files files{bench.fresh_path("replica"), bench.fresh_path("plain")};
  Replica replica = Replica::create(files.replica, "bench");
  PlainDatabase plain(files.plain, PlainDatabase::Sync::full);
  plain.run(
      "CREATE TABLE cells(entity TEXT, attribute TEXT, value, PRIMARY KEY(entity, attribute)) WITHOUT ROWID;"
      "CREATE TABLE events(id INTEGER PRIMARY KEY, entity TEXT, attribute TEXT, hlc INTEGER, node INTEGER, value);"
      "CREATE INDEX events_of_cell ON events(entity, attribute, hlc);"
      "BEGIN");
  PlainStatement cell(plain, "INSERT INTO cells VALUES(?, ?, ?)");
  PlainStatement event(plain, "INSERT INTO events(entity, attribute, hlc, node, value) VALUES(?, ?, ?, ?, ?)");
  std::int64_t hlc = 0;
  Draft draft;
  const auto record = [&] {
    require(bool(replica.change(std::move(draft))), "a change");
    draft = {};
  };
  for (std::uint64_t e = 0; e < entities; ++e) {
    const std::string entity = entity_name(e);
    for (std::uint64_t a = 0; a < attributes; ++a) {
      const std::string attribute = attribute_name(a);
      const Value value = value_of(e, a);
      cell.bind(1, entity).bind(2, attribute).bind(3, value).step();
      event.bind(1, entity).bind(2, attribute).bind(3, ++hlc).bind(4, std::int64_t(1)).bind(5, value).step();
      draft.writes.push_back({{entity, attribute}, value});
    }
    if (draft.writes.size() >= 5'000 || e + 1 == entities) record();
  }
  // The first attribute of every tenth entity gets a history.
  for (std::uint64_t round = 1; round < rounds; ++round) {
    for (std::uint64_t e = 0; e < entities; e += 10) {
      const std::string entity = entity_name(e);
      const std::string attribute = attribute_name(0);
      const Value value = round + 1 == rounds ? value_of(e, 0) : Value::integer(std::int64_t(round));
      event.bind(1, entity).bind(2, attribute).bind(3, ++hlc).bind(4, std::int64_t(1)).bind(5, value).step();
      draft.writes.push_back({{entity, attribute}, value});
      if (draft.writes.size() >= 5'000 || e + 10 >= entities) record();
    }
  }
  plain.run("COMMIT");
  return files;
}

// A value's part in a sum that both sides must agree on.
std::uint64_t weight(const Value& value) {
  return value.type() == ValueType::integer ? std::uint64_t(value.as_integer()) : value.as_string().size();
}

Value value_at(sqlite3_stmt* row, int column) {
  if (sqlite3_column_type(row, column) == SQLITE_INTEGER) return Value::integer(sqlite3_column_int64(row, column));
  return *Value::text(std::string(reinterpret_cast<const char*>(sqlite3_column_text(row, column)),
                                  std::size_t(sqlite3_column_bytes(row, column))));
}

std::string text_at(sqlite3_stmt* row, int column) {
  return {reinterpret_cast<const char*>(sqlite3_column_text(row, column)),
          std::size_t(sqlite3_column_bytes(row, column))};
}

// One way to read, and the same by hand. Both give a sum over what they read.
struct Kind {
  const char* name;
  const char* what;
  const char* reference;
  const char* unit;
  double scale;  // of seconds to the unit
  std::optional<Goal> goal;
  std::uint64_t times;  // reads a repetition
  std::function<std::uint64_t(Replica& replica)> read;
  std::function<std::uint64_t(PlainDatabase& plain)> plain;
};

void measure(Bench& bench, const Kind& kind, const Files& files, std::uint64_t entities) {
  Measure measure;
  measure.name = kind.name;
  measure.size = entities;
  measure.what = kind.what;
  measure.unit = kind.unit;
  measure.reference = kind.reference;
  measure.more_is_better = false;
  measure.goal = kind.goal;
  PlainDatabase plain(files.plain, PlainDatabase::Sync::full);
  {
    Counting counting;
    ReplicaOptions counted;
    counted.vfs = counting.vfs();
    Replica replica = Replica::open(files.replica, counted);
    counting.restart();
    kind.read(replica);
    counting.into(measure.counted, kind.times);
    measure.counted["statements a unit"] = measure.counted["statements"] / double(kind.times);
    for (const char* other : {"statements", "transactions", "syncs", "written bytes"}) measure.counted.erase(other);
  }
  Replica replica = Replica::open(files.replica);
  kind.read(replica);  // what a file just opened reads from the disk is not the question here
  kind.plain(plain);
  for (unsigned i = 0; i < bench.options().repetitions; ++i) {
    bench.progress(measure.name + ", " + std::to_string(entities) + " entities, " + std::to_string(i + 1));
    std::uint64_t by_hand = 0;
    std::uint64_t got = 0;
    const Timing reference = timed([&] { by_hand = kind.plain(plain); });
    const Timing ours = timed([&] { got = kind.read(replica); });
    require(got == by_hand && got != 0, std::string("what ") + kind.name + " reads");
    measure.values.push_back(ours.wall_s / double(kind.times) * kind.scale);
    measure.references.push_back(reference.wall_s / double(kind.times) * kind.scale);
    measure.cpu_ratios.push_back(ours.cpu_s / reference.cpu_s);
  }
  bench.add(std::move(measure));
}

std::vector<std::uint64_t> drawn_entities(std::uint64_t entities, std::uint64_t step) {
  std::mt19937_64 random(7);
  std::vector<std::uint64_t> drawn;
  for (std::uint64_t i = 0; i < reads; ++i) drawn.push_back(random() % ((entities + step - 1) / step) * step);
  return drawn;
}

std::uint64_t list_of(const std::vector<Entity>& entities) {
  std::uint64_t sum = 0;
  for (const Entity& entity : entities) {
    for (const auto& [name, value] : entity.attributes) sum += weight(value);
  }
  return sum;
}

std::vector<Entity> list_by_hand(PlainDatabase& plain) {
  PlainStatement all(plain, "SELECT entity, attribute, value FROM cells ORDER BY entity, attribute");
  std::vector<Entity> entities;
  while (all.step()) {
    std::string name = text_at(all.handle(), 0);
    if (entities.empty() || entities.back().id != name) entities.push_back({std::move(name), {}});
    auto& attributes_of = entities.back().attributes;
    attributes_of.emplace_hint(attributes_of.end(), text_at(all.handle(), 1), value_at(all.handle(), 2));
  }
  return entities;
}

void measure_all(Bench& bench, std::uint64_t entities, bool judged) {
  bench.progress("read, filling a file with " + std::to_string(entities) + " entities");
  const Files files = make_files(bench, entities);
  const std::vector<std::uint64_t> some = drawn_entities(entities, 1);
  const std::vector<std::uint64_t> with_history = drawn_entities(entities, 10);
  const auto goal = [judged](double bound) {
    return judged ? std::optional<Goal>(Goal{Goal::Of::ratio, bound, {}}) : std::nullopt;
  };
  const Kind kinds[] = {
      {"read/entity", "get() of an entity of eight attributes", "SELECT by the key's first column", "us", 1e6, goal(3),
       reads,
       [&](Replica& replica) {
         std::uint64_t sum = 0;
         for (const std::uint64_t number : some) sum += list_of({*replica.get(entity_name(number))});
         return sum;
       },
       [&](PlainDatabase& plain) {
         PlainStatement select(plain, "SELECT attribute, value FROM cells WHERE entity = ?");
         std::uint64_t sum = 0;
         for (const std::uint64_t number : some) {
           Entity entity{entity_name(number), {}};
           select.bind(1, entity.id);
           while (select.step())
             entity.attributes.emplace(text_at(select.handle(), 0), value_at(select.handle(), 1));
           sum += list_of({entity});
         }
         return sum;
       }},
      {"read/cell", "get() of one attribute", "SELECT by the whole key", "us", 1e6, {}, reads,
       [&](Replica& replica) {
         std::uint64_t sum = 0;
         for (const std::uint64_t number : some)
           sum += weight(*replica.get(entity_name(number), attribute_name(number % attributes)));
         return sum;
       },
       [&](PlainDatabase& plain) {
         PlainStatement select(plain, "SELECT value FROM cells WHERE entity = ? AND attribute = ?");
         std::uint64_t sum = 0;
         for (const std::uint64_t number : some) {
           const std::string entity = entity_name(number);
           const std::string attribute = attribute_name(number % attributes);
           select.bind(1, entity).bind(2, attribute);
           while (select.step()) sum += weight(value_at(select.handle(), 0));
         }
         return sum;
       }},
      {"read/list", "list() of all entities with all attributes", "SELECT of everything, into the same structures",
       "ms", 1e3, goal(2), 1, [](Replica& replica) { return list_of(replica.list()); },
       [](PlainDatabase& plain) { return list_of(list_by_hand(plain)); }},
      {"read/scan", "each cell in order, handed to a function", "SELECT of everything, each row looked at", "ms", 1e3,
       goal(2), 1,
       [](Replica& replica) {
         std::uint64_t sum = 0;
         replica.store().for_each_cell([&](const store::CellState& state) {
           sum += weight(state.value);
           return true;
         });
         return sum;
       },
       [](PlainDatabase& plain) {
         PlainStatement all(plain, "SELECT entity, attribute, value FROM cells ORDER BY entity, attribute");
         std::uint64_t sum = 0;
         while (all.step()) {
           const std::string entity = text_at(all.handle(), 0);
           const std::string attribute = text_at(all.handle(), 1);
           keep(entity.data());
           keep(attribute.data());
           sum += weight(value_at(all.handle(), 2));
         }
         return sum;
       }},
      {"read/history", "history() of a cell with ten events", "SELECT by an index on entity, attribute and stamp", "us",
       1e6, goal(2), reads,
       [&](Replica& replica) {
         std::uint64_t sum = 0;
         for (const std::uint64_t number : with_history) {
           replica.history(entity_name(number), attribute_name(0),
                           [&](const store::HistoryRow& row) { sum += weight(row.event.value); });
         }
         return sum;
       },
       [&](PlainDatabase& plain) {
         PlainStatement select(plain, "SELECT hlc, node, value FROM events WHERE entity = ? AND attribute = ? ORDER BY hlc");
         const std::string attribute = attribute_name(0);
         std::uint64_t sum = 0;
         for (const std::uint64_t number : with_history) {
           const std::string entity = entity_name(number);
           select.bind(1, entity).bind(2, attribute);
           while (select.step()) sum += weight(value_at(select.handle(), 2));
         }
         return sum;
       }},
  };
  for (const Kind& kind : kinds) measure(bench, kind, files, entities);
  Bench::remove(files.replica);
  Bench::remove(files.plain);
}

}  // namespace

void run_read(Bench& bench) {
  for (const std::uint64_t entities : bench.sizes({1'000, 10'000, 100'000}))
    measure_all(bench, entities, entities == 100'000);
}

}  // namespace tidemark::bench
