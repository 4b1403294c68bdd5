// tidemark-peer: a device of Tidemark in a process of its own, with the roles and arguments of device.mjs, through what an
// application has. Only what devices had exported before is made and taken in below that: as bundles, as a sync does it.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/disk.h"
#include "bench/peers/exporter.h"
#include "bench/peers/line.h"
#include "bench/peers/need.h"
#include "client/replica.h"

namespace tidemark::bench {
namespace {

using nlohmann::json;

constexpr int devices = 4;
constexpr const char* space = "notes";
constexpr const char* mark_entity = "mark";
constexpr const char* mark_attribute = "said";
constexpr std::int64_t patience_ms = 120'000;

std::int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

void say(const json& line) { std::cout << line.dump() << std::endl; }
void told() {
  std::string word;
  std::getline(std::cin, word);
}

double memory_kib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stod(line.substr(6));
  }
  return 0;
}

// As device.mjs takes it.
json percentile(const std::vector<std::int64_t>& sorted, double part) {
  if (sorted.empty()) return nullptr;
  return sorted[std::min(sorted.size() - 1, std::size_t(part * double(sorted.size())))];
}

class Device {
 public:
  Device(const json& args, const std::string& folder)
      : path_(folder + "/notes.tidemark"), options_(options_of(args)), replica_(opened(folder)) {}

  Replica& replica() { return replica_; }

  void connect(const std::string& url, std::function<void(const std::vector<Change>&)> on_applied = {}) {
    SyncOptions options;
    options.url = url;
    options.on_applied = std::move(on_applied);
    syncing_ = need(replica_.sync(options));
  }
  void wait_synced() {
    if (!syncing_->wait_synced(patience_ms)) throw std::runtime_error("not synced in time");
  }

  void set(const std::string& entity, const std::string& attribute, const std::string& text) {
    (void)need(replica_.set(entity, attribute, Value::text(text)));
  }
  // Each burst is a change of its own.
  void write_dated(const Line* begin, const Line* end) {
    std::vector<Replica::Dated> dated;
    for (; begin != end; ++begin) {
      if (dated.empty() || dated.back().wall_ms != begin->ms) dated.push_back({{}, begin->ms});
      dated.back().draft.writes.push_back(begin->write);
    }
    (void)need(replica_.change_at(dated));
  }
  void write_dated(const std::vector<Line>& lines, std::size_t per) {
    for (std::size_t at = 0; at < lines.size(); at += per) {
      write_dated(lines.data() + at, lines.data() + std::min(at + per, lines.size()));
    }
  }

  void write_state(const std::string& path) const {
    std::ofstream out(path);
    ListOptions all;
    all.deleted = true;
    for (const Entity& entity : replica_.list(all)) {
      for (const auto& [attribute, value] : entity.attributes) {
        out << json{entity.id, attribute, json::parse(value.to_json())}.dump() << "\n";
      }
    }
  }

 private:
  static ReplicaOptions options_of(const json& args) {
    ReplicaOptions options;
    if (args.value("relaxed", false)) options.durability = store::Durability::relaxed;
    return options;
  }
  Replica opened(const std::string& folder) const {
    std::filesystem::create_directories(folder);
    return Replica::open_or_create(path_, space, options_);
  }

  std::string path_;
  ReplicaOptions options_;
  Replica replica_;
  std::unique_ptr<Syncing> syncing_;
};

// What a device is shown: the marks with their times, and how long edits took that begin with the time of their call.
class Screen {
 public:
  void show(const std::vector<Change>& changes) {
    const std::int64_t at = now_us();
    const std::lock_guard lock(mutex_);
    for (const Change& change : changes) {
      for (const Event& event : change.events) {
        if (event.value.type() != ValueType::text) continue;
        const std::string& text = event.value.as_string();
        if (event.cell.entity == mark_entity) marks_[text] = at;
        if (event.cell.entity.rfind("live-", 0) == 0) waits_.push_back(at - std::stoll(text));
      }
    }
    more_.notify_all();
  }
  auto shower() {
    return [this](const std::vector<Change>& changes) { show(changes); };
  }
  std::int64_t wait_for(const std::string& mark) {
    std::unique_lock lock(mutex_);
    if (!more_.wait_for(lock, std::chrono::milliseconds(patience_ms), [&] { return marks_.count(mark) != 0; })) {
      throw std::runtime_error("no mark " + mark);
    }
    return marks_[mark];
  }
  std::vector<std::int64_t> take_waits() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waits_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::map<std::string, std::int64_t> marks_;
  std::vector<std::int64_t> waits_;
};

// What is there when the file is opened again.
void write_reopened(const json& args) { Device(args, args["folder"]).write_state(args["state"]); }

void edit(const json& args) {
  const std::vector<Line> lines = read_lines(args["workload"]);
  std::vector<std::int64_t> waits;
  std::int64_t took = 0;
  {
    Device device(args, args["folder"]);
    const std::int64_t began = now_us();
    for (const Line& line : lines) {
      const std::int64_t before = now_us();
      if (double(before - began) > args["cap_s"].get<double>() * 1e6) break;
      (void)need(device.replica().set(line.write.cell.entity, line.write.cell.attribute, line.write.value));
      waits.push_back(now_us() - before);
    }
    took = now_us() - began;
  }
  write_reopened(args);
  std::sort(waits.begin(), waits.end());
  say({{"edits", waits.size()},
       {"seconds", double(took) / 1e6},
       {"p50_us", percentile(waits, 0.5)},
       {"p99_us", percentile(waits, 0.99)}});
}

void bulk(const json& args) {
  const std::vector<Line> lines = read_lines(args["workload"]);
  std::int64_t took = 0;
  double rss_kib = 0;
  {
    Device device(args, args["folder"]);
    const std::int64_t began = now_us();
    device.write_dated(lines, args["per"]);
    took = now_us() - began;
    rss_kib = memory_kib();
  }
  write_reopened(args);
  say({{"edits", lines.size()},
       {"seconds", double(took) / 1e6},
       {"rss_kib", rss_kib},
       {"disk_bytes", disk_bytes(args["folder"])}});
}

// The first quarter is there already; the rest is what there is to merge.
void prepare(const json& args) {
  const std::string exports = args["exports"];
  const std::string first = exports + "-first";
  std::filesystem::create_directories(exports);
  std::filesystem::create_directories(first);
  std::vector<Exporter> exporters;
  for (int i = 0; i < devices; ++i) exporters.emplace_back(NodeId{std::uint64_t(i) + 1}, space);
  const std::vector<Line> lines = read_lines(args["workload"]);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == args["first"].get<std::size_t>()) {
      for (Exporter& exporter : exporters) exporter.write(first);
    }
    exporters[std::size_t(lines[i].device)].add(lines[i]);
  }
  std::uint64_t bytes = 0;
  for (Exporter& exporter : exporters) bytes += exporter.write(exports);
  Device device(args, args["folder"]);
  take_in(device.replica().store(), read_envelopes(first));
  say({{"bytes", bytes}});
}

void merge(const json& args) {
  const std::vector<Bytes> envelopes = read_envelopes(args["exports"]);
  std::int64_t took = 0;
  double rss_kib = 0;
  {
    Device device(args, args["folder"]);
    const std::int64_t began = now_us();
    take_in(device.replica().store(), envelopes);
    took = now_us() - began;
    rss_kib = memory_kib();
  }
  write_reopened(args);
  say({{"seconds", double(took) / 1e6}, {"rss_kib", rss_kib}});
}

void seed(const json& args) {
  const std::vector<Line> lines = read_lines(args["workload"]);
  {
    Device device(args, args["folder"]);
    const std::int64_t began = now_us();
    device.connect(args["url"]);
    device.write_dated(lines, args["per"]);
    device.set(mark_entity, mark_attribute, "seeded");
    device.wait_synced();
    say({{"seconds", double(now_us() - began) / 1e6}});
    told();
  }
  say({{"disk_bytes", disk_bytes(args["folder"])}});
}

void bootstrap(const json& args) {
  Screen screen;
  {
    Device device(args, args["folder"]);
    std::ofstream("/proc/self/clear_refs") << "5" << std::flush;
    const double before_kib = memory_kib();
    say({{"ready", true}});
    told();
    const std::int64_t began = now_us();
    device.connect(args["url"], screen.shower());
    screen.wait_for("seeded");
    const std::int64_t took = now_us() - began;
    say({{"seconds", double(took) / 1e6}, {"rss_before_kib", before_kib}, {"rss_kib", memory_kib()}});
  }
  write_reopened(args);
  say({{"disk_bytes", disk_bytes(args["folder"])}});
}

void meet(const json& args) {
  const std::vector<Line> lines = read_lines(args["workload"]);
  const bool online = args["online"];
  Screen screen;
  {
    Device device(args, args["folder"]);
    if (online) device.connect(args["url"], screen.shower());
    const std::size_t per = args["per"];
    for (std::size_t at = 0; at < lines.size(); at += per) {
      Draft draft;
      for (std::size_t i = at; i < std::min(at + per, lines.size()); ++i) draft.writes.push_back(lines[i].write);
      (void)need(device.replica().change(std::move(draft)));
    }
    device.set(mark_entity, args["name"], args["mine"]);
    if (online) device.wait_synced();
    say({{"ready", true}});
    told();
    if (!online) device.connect(args["url"], screen.shower());
    say({{"at_us", screen.wait_for(args["theirs"])}});
    told();
  }
  write_reopened(args);
  say({{"done", true}});
}

void live_read(const json& args) {
  const int receivers = args["receivers"];
  std::vector<std::unique_ptr<Screen>> screens;
  std::vector<std::unique_ptr<Device>> readers;
  for (int i = 0; i < receivers; ++i) {
    screens.push_back(std::make_unique<Screen>());
    readers.push_back(std::make_unique<Device>(args, args["folder"].get<std::string>() + "/" + std::to_string(i)));
    readers.back()->connect(args["url"], screens.back()->shower());
  }
  say({{"ready", true}});
  const auto all = [&](const char* mark) {
    std::int64_t last = 0;
    for (const auto& screen : screens) last = std::max(last, screen->wait_for(mark));
    return last;
  };
  all("hello");
  for (const auto& screen : screens) screen->take_waits();
  say({{"hello", true}});
  all("paced");
  std::vector<std::int64_t> waits;
  for (const auto& screen : screens) {
    for (const std::int64_t wait : screen->take_waits()) waits.push_back(wait);
  }
  std::sort(waits.begin(), waits.end());
  say({{"p50_us", percentile(waits, 0.5)}, {"p99_us", percentile(waits, 0.99)}, {"shown", waits.size()}});
  say({{"ended_us", all("burst")}});
  told();
  for (int i = 0; i < receivers; ++i) {
    readers[std::size_t(i)]->write_state(args["state"].get<std::string>() + "-" + std::to_string(i));
  }
  say({{"done", true}});
}

void live_write(const json& args) {
  std::map<std::string, std::string> meant;
  std::uint64_t written = 0;
  {
    Device device(args, args["folder"]);
    const auto edit = [&] {
      const std::string entity = "live-" + std::to_string(written++ % 10);
      const std::string text = std::to_string(now_us()) + " an edit";
      meant[entity] = text;
      device.set(entity, "title", text);
    };
    device.connect(args["url"]);
    for (int i = 0; i < 10; ++i) edit();
    device.set(mark_entity, mark_attribute, "hello");
    say({{"ready", true}});
    told();
    for (int i = 0; i < args["paced"].get<int>(); ++i) {
      const double part = 0.5 + (i * 7 % 10) / 10.0;
      std::this_thread::sleep_for(std::chrono::microseconds(std::int64_t(args["pace_ms"].get<double>() * 1e3 * part)));
      edit();
    }
    device.set(mark_entity, mark_attribute, "paced");
    say({{"paced", true}});
    told();
    const std::int64_t began = now_us();
    const std::uint64_t before = written;
    const double cap_us = args["cap_s"].get<double>() * 1e6;
    while (written - before < args["burst"].get<std::uint64_t>() && double(now_us() - began) < cap_us) edit();
    device.set(mark_entity, mark_attribute, "burst");
    say({{"began_us", began}, {"edits", written - before + 1}});
    told();
  }
  std::ofstream out(args["state"].get<std::string>());
  for (const auto& [entity, text] : meant) out << json{entity, "title", text}.dump() << "\n";
  out << json{mark_entity, mark_attribute, "burst"}.dump() << "\n";
  out.close();
  say({{"done", true}});
}

void play(const std::string& role, const json& args) {
  static const std::map<std::string, void (*)(const json&)> roles = {
      {"edit", edit},           {"bulk", bulk}, {"prepare", prepare},     {"merge", merge},          {"seed", seed},
      {"bootstrap", bootstrap}, {"meet", meet}, {"live-read", live_read}, {"live-write", live_write}};
  roles.at(role)(args);
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: tidemark-peer ROLE JSON; device.mjs says which there are\n";
    return 2;
  }
  try {
    tidemark::bench::play(argv[1], nlohmann::json::parse(argv[2]));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "Error: " << error.what() << "\n";
    return 1;
  }
}
