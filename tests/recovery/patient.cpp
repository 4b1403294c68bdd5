#include "tests/recovery/patient.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <fstream>
#include <sstream>

#include "bundles/bundle.h"
#include "bundles/envelope.h"
#include "store/store.h"

namespace tidemark::test {
namespace {

constexpr std::size_t page_size = 4096;

void park_a_bundle(Device& device) {
  const NodeId node{0x77};
  Bundle bundle{node, 1, {}};
  Result<Change> change = canonical_change({{{{"future", "title"}, *Value::text("not yet")}}, {}, {}});
  change->stamp = {9'000'000'000'000, 0, node};
  bundle.changes.push_back(*change);
  const EncodedBundle encoded = encode_bundle(bundle, {}, "space");
  store::Arrival arrival;
  arrival.kind = store::Arrival::Kind::parked;
  arrival.row = {encoded.head, bundle_version, suite_plain, change->stamp, change->stamp, 1, {}, true};
  arrival.reason = "clock_ahead";
  arrival.envelope = pack_envelope(encoded.bytes);
  device.replica->store().apply({&arrival, 1}, std::nullopt);
}

void write_some(World& world, Device& device, int round) {
  const std::string note = "note-" + std::to_string(round % 7);
  device.set(note, "title", device.name + " " + std::to_string(round));
  if (round % 3 == 0) device.set(note, "body", std::string(400 + 900 * (round % 11), char('a' + round % 26)));
  Draft draft;
  draft.writes = {{{"list", "item-" + std::to_string(round)}, Value::integer(round)},
                  {{device.replica->new_entity(), "done"}, Value::boolean(round % 2 == 0)},
                  {{note, "tags"}, *Value::from_json("[\"sea\"," + std::to_string(round) + "]")}};
  draft.metadata = {"someone", "test", "round " + std::to_string(round), "{}"};
  const auto first = device.replica->change(draft);
  REQUIRE(first);
  draft.links = {{LinkKind::causation, *first}};
  REQUIRE(device.replica->change(draft));
  if (round % 5 == 0) REQUIRE(device.replica->erase(note));
  world.wall_ms += 1000;
}

std::string delete_rows(const std::string& path, std::mt19937_64& random) {
  static const char* const tables[] = {"events",          "events", "events",  "attributes", "entities",
                                       "attribute_names", "nodes",  "bundles", "parked",     "change_notes"};
  const std::string table = tables[random() % std::size(tables)];
  const std::string some = std::to_string(1 + random() % 3);
  const std::string key = table == "bundles" ? "(node, n)" : "rowid";
  const std::string columns = table == "bundles" ? "node, n" : "rowid";
  const std::string from = std::to_string(random() % 100);
  run_sql(path, "INSERT INTO meta(key, value) VALUES('maintenance', 1); DELETE FROM " + table + " WHERE " + key +
                    " IN (SELECT " + columns + " FROM " + table + " LIMIT " + some + " OFFSET " + from +
                    " % (SELECT count(*) FROM " + table + ")); DELETE FROM meta WHERE key = 'maintenance'");
  return "deleted " + some + " rows of " + table + " from " + from;
}

}  // namespace

void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

void fill(World& world) {
  Device& patient = world.device("patient");
  Device& peer = world.device("peer");
  for (int round = 0; round < 24; ++round) {
    write_some(world, round % 2 == 0 ? patient : peer, round);
    if (round % 4 == 3) {
      REQUIRE(world.sync(patient));
      REQUIRE(world.sync(peer));
    }
  }
  REQUIRE(world.sync_all());
  park_a_bundle(patient);
  world.disconnect(patient);
  patient.set("late", "title", "not sent yet");
  patient.set("late", "body", std::string(3000, 'z'));
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

void write_file(const std::string& path, const std::string& bytes) {
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path + suffix);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::set<std::string> events_of(const store::Store& store) {
  std::set<std::string> lines;
  store.for_each_event([&](const store::HistoryRow& row) {
    lines.insert(row.event.cell.entity + " " + row.event.cell.attribute + " " + to_string(row.stamp) + " " +
                 row.event.value.to_json());
    return true;
  });
  return lines;
}

std::set<std::string> testimony(const store::Store& store) {
  std::set<std::string> lines;
  store.for_each_event([&](const store::HistoryRow& row) {
    std::string line = row.event.cell.entity + " " + row.event.cell.attribute + " " + to_string(row.stamp) + " " +
                       row.event.value.to_json() + (row.event.base ? " on " + to_string(*row.event.base) : "") +
                       (row.wins ? " wins" : "");
    if (const auto change = store.change(row.stamp)) {
      const Metadata& said = change->metadata;
      line += " by " + said.author + "|" + said.source + "|" + said.note + "|" + said.json;
      for (const Link& link : change->links) line += " " + std::to_string(int(link.kind)) + to_string(link.target);
    }
    lines.insert(line);
    return true;
  });
  store.for_each_cell([&](const store::CellState& cell) {
    lines.insert(cell.cell.entity + " " + cell.cell.attribute + " is " + cell.value.to_json() + " " +
                 to_string(cell.stamp));
    return true;
  });
  return lines;
}

std::string damage(const std::string& path, std::mt19937_64& random) {
  const std::uint64_t kind = random() % 10;
  if (kind == 0) return delete_rows(path, random);
  std::string bytes = read_file(path);
  const std::size_t pages = bytes.size() / page_size;
  const std::size_t page = random() % pages;
  const std::string where = " page " + std::to_string(page + 1);
  std::string what;
  if (kind == 1) {
    bytes.resize(page * page_size + (random() % 2 == 0 ? 0 : random() % page_size));
    what = "cut off at " + std::to_string(bytes.size()) + " in" + where;
  } else if (kind == 2) {
    std::fill_n(bytes.begin() + std::ptrdiff_t(page * page_size), page_size, '\0');
    what = "zeros in" + where;
  } else if (kind == 3) {
    for (std::size_t i = 0; i < page_size; ++i) bytes[page * page_size + i] = char(random());
    what = "noise in" + where;
  } else if (kind == 4) {
    const std::size_t other = random() % pages;
    for (std::size_t i = 0; i < page_size; ++i) std::swap(bytes[page * page_size + i], bytes[other * page_size + i]);
    what = "swapped with page " + std::to_string(other + 1) + where;
  } else {
    const std::size_t flips = 1 + random() % 8;
    for (std::size_t i = 0; i < flips; ++i) {
      const std::size_t at = page * page_size + random() % page_size;
      what += " " + std::to_string(at);
      bytes[at] = char(bytes[at] ^ (1 + random() % 255));
    }
    what = "flipped in" + where + ":" + what;
  }
  write_file(path, bytes);
  return what;
}

}  // namespace tidemark::test
