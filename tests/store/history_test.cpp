// The edit history of a real notes vault, if it lies where TIDEMARK_SHARED says: state, size of the file, speed of nothing.
#include <doctest/doctest.h>
#include <sodium.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/store/sql.h"
#include "tests/store/world.h"

namespace tidemark::store {
namespace {

struct History {
  std::map<NodeId, std::vector<Change>> changes;  // ascending by stamp
  std::uint64_t events = 0;
  std::uint64_t value_bytes = 0;
};

std::string_view between(std::string_view line, std::string_view open, std::string_view close) {
  const std::size_t begin = line.find(open) + open.size();
  return line.substr(begin, line.find(close, begin) - begin);
}

std::uint64_t digits(std::string_view text) { return std::strtoull(std::string(text).c_str(), nullptr, 10); }

// Each line as a change of its device.
History read_history() {
  History history;
  const char* const shared = std::getenv("TIDEMARK_SHARED");
  if (shared == nullptr) return history;
  const std::string command = "gzip -dc '" + std::string(shared) + "/data/notes-history.jsonl.gz' 2>/dev/null";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string all;
  std::vector<char> buffer(1 << 16);
  for (std::size_t size; (size = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
    all.append(buffer.data(), size);
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = all.find('\n', at);
    const std::string_view line = std::string_view(all).substr(at, end - at);
    at = end + 1;
    constexpr std::string_view open = ",\"value\":";
    const std::size_t value_at = line.find(open) + open.size();
    const std::string_view value = line.substr(value_at, line.rfind(",\"seq\":") - value_at);
    Change change = draft(
        {{{std::string(between(line, "\"entity\":\"", "\"")), std::string(between(line, "\"attribute\":\"", "\""))},
          *Value::from_json(value)}});
    // Nobody wrote more than 65,535 events, so a device's own number serves as the counter.
    change.stamp = {digits(between(line, "\"t\":", ",")),
                    static_cast<std::uint16_t>(digits(line.substr(line.rfind("\"seq\":") + 6))),
                    {digits(between(line, "\"device\":\"d", "\""))}};
    ++history.events;
    history.value_bytes += change.events[0].value.payload_size();
    history.changes[change.stamp.node].push_back(std::move(change));
  }
  for (auto& [node, changes] : history.changes) {
    std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) { return a.stamp < b.stamp; });
  }
  return history;
}

std::string sha256(const std::string& bytes) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  std::string hex(2 * sizeof digest + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), digest, sizeof digest);
  hex.pop_back();
  return hex;
}

TEST_CASE("a real history of 136 devices folds to its published state, in a file hardly larger than its values") {
  const History history = read_history();
  if (history.events == 0) {
    MESSAGE("skipped: no notes-history.jsonl.gz where TIDEMARK_SHARED says");
    return;
  }
  CHECK(history.events == 16'076);
  CHECK(history.changes.size() == 136);
  const Folder folder;
  {
    Store store = Store::create(folder.file(), "vault", {0xffff}, unsynced());
    std::vector<Arrival> batch;
    std::uint64_t seq = 0;
    std::uint64_t events = 0;
    for (const auto& [node, changes] : history.changes) {
      constexpr std::size_t each = 500;
      for (std::size_t at = 0; at < changes.size(); at += each) {
        const std::size_t end = std::min(changes.size(), at + each);
        batch.push_back(arrival(
            node, at / each + 1,
            {changes.begin() + static_cast<std::ptrdiff_t>(at), changes.begin() + static_cast<std::ptrdiff_t>(end)},
            ++seq));
        if (batch.size() == 10) events += store.apply(std::exchange(batch, {}), Cursor{{1}, seq, {}}).events;
      }
    }
    events += store.apply(batch, Cursor{{1}, seq, {}}).events;
    CHECK(events == history.events);
    std::string state;
    store.for_each_cell([&](const CellState& cell) {
      state += "{\"attribute\":\"" + cell.cell.attribute + "\",\"entity\":\"" + cell.cell.entity +
               "\",\"value\":" + cell.value.to_json() + "}\n";
      return true;
    });
    CHECK(sha256(state) == "6608342e152e6b14d28f1d39766a6e77bb244b0ef572b078f50cae3025f48640");
    CHECK(store.counts().cells == 6'104);
    CHECK(problems(store) == "");
    for (const auto& [node, changes] : history.changes) {
      std::vector<Change> back;
      for (std::uint64_t n = 1; n <= store.head(node).n; ++n) {
        for (Change& change : store.read_bundle(node, n)) back.push_back(std::move(change));
      }
      REQUIRE(back == changes);
    }
  }
  const std::uint64_t size = std::filesystem::file_size(folder.file());
  MESSAGE("values " << history.value_bytes << " bytes, file " << size << " bytes, "
                    << static_cast<double>(size) / static_cast<double>(history.value_bytes) << " times as much");
  CHECK(size <= history.value_bytes + history.value_bytes / 4);
}

}  // namespace
}  // namespace tidemark::store
