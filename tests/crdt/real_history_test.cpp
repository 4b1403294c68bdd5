// The edit history of a real notes vault, if it lies where TIDEMARK_SHARED says.
#include <doctest/doctest.h>
#include <sodium.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>

#include "crdt/model.h"
#include "tests/crdt/arbitrary.h"

namespace tidemark {
namespace {

std::vector<std::string> unpacked_lines() {
  const char* const shared = std::getenv("TIDEMARK_SHARED");
  if (shared == nullptr) return {};
  const std::string command = "gzip -dc '" + std::string(shared) + "/data/notes-history.jsonl.gz' 2>/dev/null";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  REQUIRE(pipe);
  std::vector<std::string> lines(1);
  std::vector<char> buffer(1 << 16);
  for (std::size_t size; (size = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) {
    for (std::size_t i = 0; i < size; ++i) {
      if (buffer[i] == '\n') {
        lines.emplace_back();
      } else {
        lines.back() += buffer[i];
      }
    }
  }
  lines.pop_back();
  return lines;
}

// What stands between two marks; the members of a line have a fixed order.
std::string_view between(std::string_view line, std::string_view open, std::string_view close) {
  const std::size_t begin = line.find(open) + open.size();
  return line.substr(begin, line.find(close, begin) - begin);
}

std::string_view value_text(std::string_view line) {
  constexpr std::string_view open = ",\"value\":";
  const std::size_t begin = line.find(open) + open.size();
  return line.substr(begin, line.rfind(",\"seq\":") - begin);
}

std::uint64_t number(std::string_view digits) { return std::strtoull(std::string(digits).c_str(), nullptr, 10); }

Change read_line(std::string_view line) {
  Change change;
  // Nobody wrote more than 65,535 events, so a device's own number serves as the counter.
  change.stamp = {number(between(line, "\"t\":", ",")),
                  static_cast<std::uint16_t>(number(line.substr(line.rfind("\"seq\":") + 6))),
                  {number(between(line, "\"device\":\"d", "\""))}};
  const Cell cell{std::string(between(line, "\"entity\":\"", "\"")),
                  std::string(between(line, "\"attribute\":\"", "\""))};
  change.events.push_back({cell, must(Value::from_json(value_text(line))), std::nullopt});
  return change;
}

std::string sha256(const std::string& text) {
  unsigned char digest[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  std::string hex(2 * sizeof digest + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), digest, sizeof digest);
  hex.pop_back();
  return hex;
}

}  // namespace

TEST_CASE("real values stay as they are, and every order of a real history ends in its published state") {
  const std::vector<std::string> lines = unpacked_lines();
  if (lines.empty()) {
    MESSAGE("skipped: no notes-history.jsonl.gz where TIDEMARK_SHARED says");
    return;
  }
  int altered = 0;
  std::vector<Change> changes;
  for (const std::string& line : lines) {
    changes.push_back(read_line(line));
    if (check_change(changes.back()) || changes.back().events[0].value.to_json() != value_text(line)) ++altered;
  }
  CHECK(altered == 0);

  const std::string expected = "6608342e152e6b14d28f1d39766a6e77bb244b0ef572b078f50cae3025f48640";
  Model straight;
  for (const Change& change : changes) straight.apply(change);
  CHECK(straight.state().size() == 6104);
  CHECK(sha256(straight.export_state()) == expected);

  const std::uint64_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  std::shuffle(changes.begin(), changes.end(), random);
  Model shuffled;
  for (const Change& change : changes) shuffled.apply(change);
  CHECK(sha256(shuffled.export_state()) == expected);
}

}  // namespace tidemark
